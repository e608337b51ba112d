"""Rules of the code itself that no linter knows."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.support.running import ROOT

CHANGING = {"re.sub", "re.subn", "re.split", "re.compile"}
"""The functions that change a text, and the one that makes a pattern for later."""


def patterns(file: Path) -> Iterator[tuple[int, str]]:
    """The regular expressions in a module that a text may be changed by, with their lines."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Call) and node.args and ast.unparse(node.func) in CHANGING:
            yield node.lineno, ast.unparse(node.args[0])


def test_no_html_is_changed_by_regular_expression() -> None:
    found = {
        f"{file.relative_to(ROOT)}:{line}": pattern
        for file in (ROOT / "server").rglob("*.py")
        for line, pattern in patterns(file)
        if "<" in re.sub(r"\(\?(P?<\w+>|<[=!])", "", pattern)  # named groups and look-behinds are no HTML
    }
    assert found == {}
