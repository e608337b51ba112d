"""Opening hours and bank holidays as data: what is accepted, and what it means."""

from __future__ import annotations

import datetime

import pytest

from server.content.bank_holidays import PUBLISHED_TO, bank_holidays
from server.content.hours import outside, packed, read_week
from server.content.model import Library
from server.site.resource import Site

WORCESTERSHIRE = "Mo-Th 09:00-17:00; Fr 09:00-16:30; PH off"
SHROPSHIRE = "Mo-Th 09:00-17:00; Fr 09:00-16:00; PH 09:00-17:00 unknown"
PUBLISHED = """
2024: 01-01 03-29 04-01 05-06 05-27 08-26 12-25 12-26
2025: 01-01 04-18 04-21 05-05 05-26 08-25 12-25 12-26
2026: 01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-28
2027: 01-01 03-26 03-29 05-03 05-31 08-30 12-27 12-28
2028: 01-03 04-14 04-17 05-01 05-29 08-28 12-25 12-26
"""
"""As published for England and Wales (gov.uk/bank-holidays), copied by hand. `ONE_OFFS` has the extraordinary ones."""
ONE_OFFS = ["2020-05-08", "2022-06-02", "2022-06-03", "2022-09-19", "2023-05-08"]


def test_the_bank_holidays_are_the_published_ones_and_their_weekends() -> None:
    for row in PUBLISHED.split("\n")[1:-1]:
        year, days = row.split(": ")
        published = {datetime.date.fromisoformat(f"{year}-{day}") for day in days.split()}
        dates = {date for date, _ in bank_holidays(int(year), int(year))}
        assert published <= dates
        # A holiday on a weekend counts as well as its substitute day: nobody works on Christmas Day.
        assert {f"{day:%m-%d}" for day in dates - published} <= {"01-01", "12-25", "12-26"}
        assert all(day.weekday() >= 5 for day in dates - published)
    assert int(year) == PUBLISHED_TO
    for day in ONE_OFFS:
        date = datetime.date.fromisoformat(day)
        assert date in dict(bank_holidays(date.year, date.year))
    assert datetime.date(2020, 5, 4) not in dict(bank_holidays(2020, 2020)), "it was moved"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Mo-Fr 9-5", "is not OSM opening_hours"),
        ("weekday nights", "is not OSM opening_hours"),
        ("Mo-Fr 09:00-17:00 || unknown", "more than is read here"),
        ("Mo-Fr sunrise-17:00", "more than is read here"),
        ("Jan Mo 09:00-17:00", "more than is read here"),
        ("Mo-Fr 17:00-08:30; PH off", "split it at midnight"),
        ("PH 20:00-04:00", "split it at midnight"),
        ("PH 22:00-24:30 unknown", "split it at midnight"),
        ("PH off; Mo-Fr 09:00-17:00", "stands last"),
        ("Mo-Fr off", "never open"),
        ("Mo-Fr 09:00-17:00; We 12:00-13:00 off", "write the times that are left"),
        ("Mo-Fr 09:00-17:00; PH 12:00-24:00 off", "write the times that are left"),
        ("Mo-Fr 09:00-17:00; We 00:00-24:00 off", "write the times that are left"),
    ],
)
def test_hours_that_phones_could_misread_are_refused(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        read_week(text)


def test_the_hours_outside_others_are_the_rest_of_the_week_and_no_surer(library: Library, site: Site) -> None:
    assert packed(outside(read_week(WORCESTERSHIRE)), sure=True) == "1234:0-540,1020-1440 5:0-540,990-1440 678:0-1440"
    assert packed(outside(read_week(SHROPSHIRE)), sure=True).endswith("8:0-540,540-1020?,1020-1440")
    shropshire = site.resources["/areas/shropshire"].body.decode()
    assert library.contact("shropshire-out-of-hours").hours.confidence == "high"  # type: ignore[union-attr]
    assert 'data-hours="~1234:0-540,1020-1440' in shropshire, "the day team's own hours are medium"
