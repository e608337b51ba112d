"""Notices: mistakes in them are refused, and those that are over cause a warning."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from server.content.checks import check_library
from server.content.reader import read_library
from tests.support.editing import Mistake, notice, refuses


def notice_of_unknown_area(folder: Path) -> tuple[str, int, str]:
    return notice(folder, areas='["hereford"]'), 3, "'hereford'"


def notice_without_title(folder: Path) -> tuple[str, int, str]:
    return notice(folder, title=""), 2, "'title' is missing"


def notice_for_nobody(folder: Path) -> tuple[str, int, str]:
    return notice(folder, audiences="[]"), 4, "'audiences'"


def notice_ending_first(folder: Path) -> tuple[str, int, str]:
    return notice(folder, until="2026-11-24"), 6, "ends before it begins"


def notice_with_telling_title(folder: Path) -> tuple[str, int, str]:
    return notice(folder, title='"Sexual exploitation"'), 2, "neutral words"


def notice_with_telling_name(folder: Path) -> tuple[str, int, str]:
    return notice(folder, "grooming-warning"), 1, "the id says"


def notice_with_link_outside(folder: Path) -> tuple[str, int, str]:
    return notice(folder, body="\nSee [this](https://example.org/)."), 10, "leaves the site"


def notice_with_unknown_contact(folder: Path) -> tuple[str, int, str]:
    return notice(folder, body="{{ contacts: nobody-at-all }}"), 9, "'nobody-at-all'"


def notice_with_word_never_used(folder: Path) -> tuple[str, int, str]:
    return notice(folder, body="It was a lifestyle choice."), 9, "never used"


def notice_without_sources(folder: Path) -> tuple[str, int, str]:
    return notice(folder, sources=""), 1, "no sources"


def notice_with_long_name(folder: Path) -> tuple[str, int, str]:
    return notice(folder, "a" * 61), 1, "60 at most"


MISTAKES: list[Mistake] = [
    notice_of_unknown_area,
    notice_without_title,
    notice_for_nobody,
    notice_ending_first,
    notice_with_telling_title,
    notice_with_telling_name,
    notice_with_link_outside,
    notice_with_unknown_contact,
    notice_with_word_never_used,
    notice_without_sources,
    notice_with_long_name,
]


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.__name__)
def test_a_mistake_in_a_notice_is_refused_with_file_and_line(content: Path, mistake: Mistake) -> None:
    refuses(content, mistake)


def test_notices_are_read_newest_first(content: Path) -> None:
    notice(content, "the-first", **{"from": "2026-11-01"})
    notice(content, "the-second", areas="[]")
    library = read_library(content)
    assert [notice.id for notice in library.notices] == ["the-second", "the-first"]
    assert library.notices[1].meta.areas == ("herefordshire",)
    assert library.notices[0].blocks[0].text == "This site is a preview."
    assert [str(problem) for problem in check_library(library, datetime.date(2026, 12, 1))] == []


def test_a_notice_that_is_over_causes_a_warning(content: Path) -> None:
    file = notice(content, until="2026-11-30")
    problems = check_library(read_library(content), datetime.date(2026, 12, 1))
    assert [(problem.file, problem.line, problem.level) for problem in problems] == [(f"content/{file}", 6, "warning")]
