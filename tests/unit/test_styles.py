"""The style sheets keep to their rules: sizes are tokens, each sheet styles the component it is named after."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.running import ROOT

STYLES = ROOT / "web" / "styles"
SHEETS = sorted(STYLES.rglob("*.css"))
EMERGENCY = ROOT / "web" / "worker" / "emergency.css"
"""The style of a page that the worker makes when all else is lost: it stands alone, without the tokens."""
SIZES = re.compile(r"(?<![\w-])(?:font-size|border-radius|font):([^;]+);")
SIZE_OF_TEXT = re.compile(r"inherit|var\(--(?:text|title|number|print|radius)[\w-]*\)(?:/[\d.]+ .+)?")


def name(file: Path) -> str:
    return str(file.relative_to(ROOT / "web"))


def css(file: Path) -> str:
    return re.sub(r"/\*.*?\*/", "", file.read_text(encoding="utf-8"), flags=re.DOTALL)


def selectors(file: Path) -> list[str]:
    """The selectors of each rule, without at-rules."""
    return [found.strip() for found in re.findall(r"([^{};]+)\{", css(file)) if not found.strip().startswith("@")]


@pytest.mark.parametrize("file", [each for each in SHEETS if each.name != "tokens.css"], ids=name)
def test_sizes_of_text_and_corners_are_tokens(file: Path) -> None:
    literal = [size.strip() for size in SIZES.findall(css(file)) if not SIZE_OF_TEXT.fullmatch(size.strip())]
    assert literal == []


@pytest.mark.parametrize("file", [*SHEETS, EMERGENCY], ids=name)
def test_no_id_is_styled(file: Path) -> None:
    assert [each for each in selectors(file) if "#" in each] == []


@pytest.mark.parametrize("file", [*SHEETS, EMERGENCY], ids=name)
def test_a_line_holds_one_declaration_and_a_blank_line_parts_two_rules(file: Path) -> None:
    lines = css(file).splitlines()
    assert [line for line in lines if line.count(";") > 1 or ("{" in line and ";" in line)] == []
    text = file.read_text(encoding="utf-8")
    assert re.findall(r"\}\n(?![\n ]*\}|\n)[^\n]+", text) == []


@pytest.mark.parametrize("file", sorted((STYLES / "parts").glob("*.css")), ids=name)
def test_a_part_styles_the_component_it_is_named_after(file: Path) -> None:
    component = re.compile(rf"(?:^|[\s.\[-]){file.stem}(?![a-rt-z])", re.MULTILINE)
    assert [each for each in selectors(file) if each != "body" and not component.search(each)] == []


@pytest.mark.parametrize("token", re.findall(r"^\s+(--[\w-]+):", css(STYLES / "tokens.css"), re.MULTILINE))
def test_each_token_is_used(token: str) -> None:
    drawings = [ROOT / "web" / "templates" / "areas.html", *(ROOT / "web" / "icons" / "ui").glob("*.svg")]
    assert f"var({token})" in "".join(map(css, [*SHEETS, *drawings]))


def test_each_class_that_is_styled_is_set_somewhere() -> None:
    styled = set(re.findall(r"\.([a-z][\w-]*)", "\n".join(each for file in SHEETS for each in selectors(file))))
    folders = {"templates": "html", "icons": "svg", "scripts": "js"}
    files = [file for folder, ending in folders.items() for file in (ROOT / "web" / folder).rglob(f"*.{ending}")]
    files.append(ROOT / "server" / "site" / "qr.py")
    words = set(re.findall(r"[a-z][\w-]*", "\n".join(file.read_text(encoding="utf-8") for file in files)))
    prints = {f"sheet-{file.stem}" for file in (ROOT / "content" / "pages" / "print").glob("*.md")}
    assert styled - words - prints == set()
