"""What `/neutral` shows that is the same on any day: usual sun times, the towns and the bank holidays.

Nothing here depends on the day of the build. What belongs to today is worked out on the phone, by
`web/scripts/calendar.js`.
"""

from __future__ import annotations

import calendar
import datetime
import importlib.metadata
import json
from dataclasses import dataclass

from astral import Observer
from astral.sun import sunrise, sunset

from server.cache import CacheFolder
from server.clock import LONDON
from server.content.bank_holidays import PUBLISHED_TO, bank_holidays
from server.content.site_text import Area, Town

USUAL_YEAR = 2026
"""Any year would do: sun times on the same date differ by two minutes at most from one year to another."""
BankHolidays = tuple[tuple[datetime.date, str], ...]
NEAREST = 5
"""Minutes that the usual times are rounded to, so that they hold for the whole area and for any year."""


@dataclass(frozen=True)
class Month:
    """Usual sunrise and sunset in the middle of a month, as the clocks in London show them then."""

    name: str
    sunrise: str
    sunset: str


@dataclass(frozen=True)
class Calendar:
    towns: tuple[Town, ...]
    months: tuple[Month, ...]
    bank_holidays: BankHolidays


def remembered_bank_holidays(cache: CacheFolder) -> BankHolidays:
    """The bank holidays as far as they are published. Loading the package `holidays` takes longer than a build."""

    def known() -> bytes:
        return json.dumps([(date.isoformat(), name) for date, name in bank_holidays()]).encode()

    name = f"holidays-{importlib.metadata.version('holidays')}-{PUBLISHED_TO}.json"
    return tuple((datetime.date.fromisoformat(date), name) for date, name in json.loads(cache.get_or_make(name, known)))


def make_calendar(areas: tuple[Area, ...], bank_holidays: BankHolidays) -> Calendar:
    towns = tuple(area.town for area in areas)
    middle = Observer(
        sum(town.latitude for town in towns) / len(towns), sum(town.longitude for town in towns) / len(towns)
    )
    return Calendar(
        towns=towns,
        months=tuple(_month(middle, number) for number in range(1, 13)),
        bank_holidays=bank_holidays,
    )


def _month(place: Observer, number: int) -> Month:
    day = datetime.date(USUAL_YEAR, number, 15)
    return Month(calendar.month_name[number], _clock(sunrise(place, day)), _clock(sunset(place, day)))


def _clock(moment: datetime.datetime) -> str:
    seconds = NEAREST * 60
    rounded = datetime.datetime.fromtimestamp(round(moment.timestamp() / seconds) * seconds, LONDON)
    return f"{rounded:%H:%M}"
