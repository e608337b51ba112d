"""The table of the slides stays true: every row names a place, and every sentence it quotes stands there."""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

import pytest

from tests.support.running import ROOT

CONTENT = ROOT / "content"
_ROW = re.compile(r"^\| (?P<number>\d+\.\d+) \|")
_FILE = re.compile(r"`([\w/-]+\.(?:md|toml))`")
_IDS = re.compile(r"`([\w-]+\.toml)` \(((?:`[\w-]+`(?:, )?)+)\)")
_ELSEWHERE = re.compile(r"\bas ((?:\d+\.\d+)(?:(?:, | and )\d+\.\d+)*)", re.IGNORECASE)
_MARKDOWN = (
    (re.compile(r"\\(.)"), r"\1"),
    (re.compile(r"\[([^\]]*)\]\([^)]*\)"), r"\1"),
    (re.compile(r"(?m)^\s*(?:#+|[-*>]|\d+\.)\s+"), ""),
    (re.compile(r"\*\*|`"), ""),
    (re.compile("[“”]"), '"'),
    (re.compile(r"\s+"), " "),
)


class Row(NamedTuple):
    number: str
    slide: str
    place: str
    words: str
    source: str


def plain(text: str) -> str:
    """The text as it is heard: no Markdown, each gap one space, one kind of quotation mark."""
    for pattern, instead in _MARKDOWN:
        text = pattern.sub(instead, text)
    return text.strip()


@cache
def said_in(file: str) -> str:
    return plain((CONTENT / file).read_text())


def quotations(text: str) -> list[str]:
    """What stands between “ and ”; a quotation inside another belongs to it."""
    found, depth, start = [], 0, 0
    for at, mark in enumerate(text):
        if mark == "“":
            depth += 1
            start = at + 1 if depth == 1 else start
        elif mark == "”":
            depth -= 1
            if depth == 0:
                found.append(text[start:at])
    assert depth == 0, f"a quotation has no end: {text}"
    return found


def rows() -> list[Row]:
    lines = [line for line in (ROOT / "docs" / "deck.md").read_text().splitlines() if _ROW.match(line)]
    found = []
    for line in lines:
        cells = [cell.strip() for cell in line.strip().strip("|").split(" | ")]
        assert len(cells) == len(Row._fields), f"a row with {len(cells)} cells: {line}"
        above = found[-1].place if found else ""
        found.append(Row(cells[0], cells[1], above if cells[2] == "same" else cells[2], cells[3], cells[4]))
    return found


ROWS = rows()


def test_every_slide_has_its_rows_in_order() -> None:
    numbers = [tuple(map(int, row.number.split("."))) for row in ROWS]
    assert numbers == sorted(set(numbers))
    slides = [slide for slide, _ in numbers]
    assert sorted(set(slides)) == list(range(1, slides[-1] + 1))
    for slide in set(slides):
        assert [at for each, at in numbers if each == slide] == list(range(1, slides.count(slide) + 1))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.number)
def test_every_row_names_a_place_and_a_source(row: Row) -> None:
    assert row.slide and row.words and row.source
    assert _FILE.search(row.place) or row.place == "nowhere" or _ELSEWHERE.fullmatch(row.place), row.place
    for file in _FILE.findall(row.place + row.words):
        assert (CONTENT / file).is_file(), file
    for file, ids in _IDS.findall(row.place):
        for name in re.findall(r"`([\w-]+)`", ids):
            assert f'id = "{name}"' in (CONTENT / file).read_text(), f"{file} has no {name}"
    known = {each.number for each in ROWS}
    for numbers in _ELSEWHERE.findall(f"{row.place} {row.words} {row.source}"):
        assert set(re.findall(r"\d+\.\d+", numbers)) <= known, numbers


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.number)
def test_every_quoted_sentence_stands_in_the_file(row: Row) -> None:
    quoted = quotations(row.words)
    files = _FILE.findall(row.place) + _FILE.findall(row.words)
    assert quoted or row.place == "nowhere" or _ELSEWHERE.search(row.words) or row.words == "As there", row.words
    for words in quoted:
        assert any(plain(words) in said_in(file) for file in files), (
            f"docs/deck.md, row {row.number}: “{words}” stands in none of {', '.join(files)}: quote it as it is now"
        )
