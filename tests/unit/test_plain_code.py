"""The code is written in the standard terms of its field, in functions that can be read at a glance."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.support.running import ROOT

LONGEST_FUNCTION = 60
RETIRED_WORDS = re.compile(
    r"\b(hand(s|ed|ing)? (it )?out|handout|swap(s|ped|ping)?|almanac|courier|passes for|intake|own-back"
    r"|amend(s|ed|ing)?|pressed (site|page|content|release|library)|press(es|ed|ing)? (the|a) (site|content|release)"
    r"|who has left|the mark)\b",
    re.IGNORECASE,
)
"""Private words of the first months, and what to write instead (built, served, replaced, calendar, push client, VAPID
token, subscriptions API, native back, apply corrections, exit state)."""
RETIRED_NAMES = {"told", "said", "known", "kept", "asked"}
"""Participles that say nothing of what a value is."""
STORED = {"'own-back'"}
"""What phones have in their storage under this name keeps it."""
PYTHON = sorted((ROOT / "server").rglob("*.py"))
SCRIPTS = sorted((ROOT / "web").rglob("*.js"))
WRITTEN = [
    *PYTHON,
    *SCRIPTS,
    *sorted((ROOT / "web").rglob("*.html")),
    *sorted((ROOT / "web").rglob("*.css")),
    *sorted((ROOT / "docs").glob("*.md")),
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
]


def name(file: Path) -> str:
    return str(file.relative_to(ROOT))


@pytest.mark.parametrize("file", PYTHON, ids=name)
def test_no_function_is_too_long_to_read(file: Path) -> None:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert (node.end_lineno or 0) - node.lineno < LONGEST_FUNCTION, f"{node.name} is too long"


@pytest.mark.parametrize("file", WRITTEN, ids=name)
def test_retired_words_are_absent(file: Path) -> None:
    text = file.read_text()
    for stored in STORED:
        text = text.replace(stored, "")
    assert [found[0] for found in RETIRED_WORDS.finditer(text)] == []


@pytest.mark.parametrize("file", PYTHON, ids=name)
def test_values_are_named_after_what_they_are(file: Path) -> None:
    tree = ast.parse(file.read_text())
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    names |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    names |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    assert {each for each in names if each.strip("_") in RETIRED_NAMES} == set()


@pytest.mark.parametrize("file", SCRIPTS, ids=name)
def test_values_of_scripts_are_named_after_what_they_are(file: Path) -> None:
    not_code = r"""/\*.*?\*/|//[^\n]*|'[^'\n]*'|"[^"\n]*"|`[^`]*`"""
    code = re.sub(not_code, "", file.read_text(), flags=re.DOTALL)
    assert set(re.findall(r"\b(?:told|said|known|kept|asked)\b", code)) == set()
