"""What `/neutral` shows: sunrise and sunset, clock changes, bank holidays. Nothing else is on that page."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import holidays
from astral import Observer
from astral.sun import sunrise, sunset

from server.content.model import Area

LONDON = ZoneInfo("Europe/London")
PUBLISHED_TO = 2028
"""The last year whose bank holidays are published (gov.uk/bank-holidays): after it a phone says it doesn't know."""


@dataclass(frozen=True)
class Sun:
    """Sunrise and sunset in minutes after midnight UTC."""

    date: datetime.date
    rise: int
    set: int


@dataclass(frozen=True)
class Almanac:
    towns: tuple[tuple[str, tuple[Sun, ...]], ...]
    """Each town's name with one row a week, for the year from `start`; the page's script takes the nearest two."""
    start: datetime.date
    clock_changes: tuple[datetime.date, ...]
    bank_holidays: tuple[tuple[datetime.date, str], ...]


def make_almanac(areas: tuple[Area, ...], today: datetime.date) -> Almanac:
    """The almanac of this year and the next, from 1 January, so that it only changes once a year."""
    start = datetime.date(today.year, 1, 1)
    weeks = [start + datetime.timedelta(weeks=week) for week in range(54)]
    years = (today.year, today.year + 1)
    return Almanac(
        towns=tuple((area.town.name, tuple(_sun(area, date) for date in weeks)) for area in areas),
        start=start,
        clock_changes=tuple(date for year in years for date in _clock_changes(year)),
        bank_holidays=bank_holidays(*years),
    )


def bank_holidays(first: int, last: int = PUBLISHED_TO) -> tuple[tuple[datetime.date, str], ...]:
    """The bank holidays of England from the year `first` to `last`, each with its name, in order.

    Where one falls on a weekend, both it and the day that stands for it.
    """
    return tuple(sorted(holidays.country_holidays("GB", subdiv="ENG", years=range(first, last + 1)).items()))


def _sun(area: Area, date: datetime.date) -> Sun:
    place = Observer(area.town.latitude, area.town.longitude)
    return Sun(date, _minutes(sunrise(place, date)), _minutes(sunset(place, date)))


def _minutes(moment: datetime.datetime) -> int:
    return round(moment.hour * 60 + moment.minute + moment.second / 60)


def _clock_changes(year: int) -> Iterator[datetime.date]:
    day = datetime.date(year, 1, 1)
    while day.year == year:
        noon = datetime.datetime.combine(day, datetime.time(12), LONDON)
        if noon.utcoffset() != (noon - datetime.timedelta(days=1)).utcoffset():
            yield day
        day += datetime.timedelta(days=1)
