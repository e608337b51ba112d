"""What is the same on every day in the calendar of `/neutral`; `web/scripts/neutral/calendar.js` works out the rest."""

import calendar
import datetime
import importlib.metadata
import json
from statistics import fmean
from typing import NamedTuple

from astral import Observer
from astral.sun import sunrise, sunset

from server.cache import CacheFolder
from server.clock import LONDON
from server.content.bank_holidays import PUBLISHED_TO, bank_holidays
from server.content.site_text import Area

USUAL_YEAR = 2026
"""Any year would do: between years, sun times on the same date differ by two minutes at most."""
ROUNDED_TO = 5
"""Minutes. Times this coarse are right for every area and every year."""
BankHolidays = tuple[tuple[datetime.date, str], ...]
"""Each bank holiday's date and name, oldest first."""


class Month(NamedTuple):
    """Sunrise and sunset in the middle of a month, London time, as `HH:MM`."""

    name: str
    sunrise: str
    sunset: str


class Calendar(NamedTuple):
    months: list[Month]
    bank_holidays: BankHolidays


def cached_bank_holidays(cache: CacheFolder) -> BankHolidays:
    """The published bank holidays, cached: importing the package `holidays` takes longer than a build."""

    def published() -> bytes:
        return json.dumps([(date.isoformat(), name) for date, name in bank_holidays()]).encode()

    name = f"holidays-{importlib.metadata.version('holidays')}-{PUBLISHED_TO}.json"
    dates = json.loads(cache.get_or_make(name, published))
    return tuple((datetime.date.fromisoformat(date), name) for date, name in dates)


def make_calendar(areas: tuple[Area, ...], bank_holidays: BankHolidays) -> Calendar:
    """The calendar, with sun times at the point in the middle of the areas' towns."""
    middle = Observer(fmean(area.town.latitude for area in areas), fmean(area.town.longitude for area in areas))
    return Calendar([_month(middle, number) for number in range(1, 13)], bank_holidays)


def _month(place: Observer, number: int) -> Month:
    day = datetime.date(USUAL_YEAR, number, 15)
    return Month(calendar.month_name[number], _clock(sunrise(place, day)), _clock(sunset(place, day)))


def _clock(moment: datetime.datetime) -> str:
    seconds = ROUNDED_TO * 60
    rounded = datetime.datetime.fromtimestamp(round(moment.timestamp() / seconds) * seconds, LONDON)
    return f"{rounded:%H:%M}"
