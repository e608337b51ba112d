"""The calendar of /neutral: right on any day of any year, whatever day it was built on and wherever the phone is."""

from __future__ import annotations

import datetime
import json
import os
import subprocess
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from astral import Observer
from astral.sun import sunrise, sunset

from server.content.bank_holidays import PUBLISHED_TO, bank_holidays
from server.content.due import due_by
from server.content.model import Library
from server.settings import read_settings
from server.site.build import build_site
from server.site.calendar import make_calendar
from server.site.resource import Site
from tests.support.phone import node
from tests.support.running import ROOT, Served

LONDON = ZoneInfo("Europe/London")
UTC = datetime.UTC
DAYS = [datetime.date(2026, 1, 1) + datetime.timedelta(days=step) for step in range(0, 11 * 365, 5)]
"""2026 to 2036; the sun needs no nearer look."""
needs_node = pytest.mark.skipif(not node() and not os.environ.get("CI"), reason="Node.js is not here")


def milliseconds(day: datetime.date) -> int:
    return int(datetime.datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 1000


def day_of(time: int) -> datetime.date:
    return datetime.datetime.fromtimestamp(time / 1000, UTC).date()


def on_the_phone(expression: str, given: Any, zone: str = "Pacific/Auckland") -> Any:
    """`expression` of the calendar's own functions and of `given`, in Node.js in another time zone."""
    module = (ROOT / "web" / "scripts" / "neutral" / "calendar.js").as_uri()
    code = f"""import {{ readFileSync }} from 'node:fs';
      const {{ clockChanges, londonDay, sunTimes }} = await import('data:text/javascript,' +
        encodeURIComponent(readFileSync(new URL('{module}'), 'utf8')));
      const given = JSON.parse(readFileSync(0, 'utf8'));
      console.log(JSON.stringify({expression}));"""
    run = subprocess.run(
        [str(node()), "--input-type=module", "-e", code],
        input=json.dumps(given), capture_output=True, text=True, check=True, env={"TZ": zone},
    )  # fmt: skip
    return json.loads(run.stdout)


@needs_node
def test_the_sun_is_where_astral_says_for_eleven_years(library: Library) -> None:
    towns = [area.town for area in library.site.areas]
    asked = [(milliseconds(day), town.latitude, town.longitude) for town in towns for day in DAYS]
    answers = on_the_phone("given.map((each) => sunTimes(...each))", asked)
    worst = 0.0
    for (time, latitude, longitude), answer in zip(asked, answers, strict=True):
        place, day = Observer(latitude, longitude), day_of(time)
        for wanted, got in zip((sunrise(place, day), sunset(place, day)), answer, strict=True):
            worst = max(worst, abs(wanted.timestamp() - got / 1000))
    assert worst < 60, f"{worst:.0f} s off"


@needs_node
def test_the_clocks_change_when_london_changes_them() -> None:
    years = list(range(2026, 2038))
    for year, found in zip(years, on_the_phone("given.map(clockChanges)", years), strict=True):
        days = [datetime.date(year, 1, 1) + datetime.timedelta(days=step) for step in range(365)]
        noons = [datetime.datetime.combine(day, datetime.time(12), LONDON).utcoffset() for day in days]
        wanted = [day for day, before, after in zip(days[1:], noons, noons[1:], strict=False) if before != after]
        assert [day_of(time) for time in found] == wanted


@needs_node
@pytest.mark.parametrize("zone", ["Pacific/Auckland", "Europe/London", "America/Los_Angeles"])
def test_today_is_londons_day(zone: str) -> None:
    moments = [
        datetime.datetime(*date, hour, minute, tzinfo=UTC)
        for date in ((2026, 12, 31), (2027, 3, 28), (2027, 7, 1), (2027, 10, 30), (2028, 2, 28))
        for hour in (0, 11, 22, 23)
        for minute in (0, 59)
    ]
    asked = [int(moment.timestamp()) * 1000 for moment in moments]
    answers = on_the_phone("given.map((time) => londonDay(new Date(time)))", asked, zone)
    assert [day_of(time) for time in answers] == [moment.astimezone(LONDON).date() for moment in moments]


def test_the_usual_times_are_within_five_minutes_for_every_town_and_year(library: Library) -> None:
    months = make_calendar(library.site.areas, ()).months
    assert [month.name for month in months][::11] == ["January", "December"]
    for year in range(2026, 2037):
        for number, month in enumerate(months, 1):
            for area in library.site.areas:
                place, day = Observer(area.town.latitude, area.town.longitude), datetime.date(year, number, 15)
                for shown, moment in ((month.sunrise, sunrise(place, day)), (month.sunset, sunset(place, day))):
                    hour, minute = map(int, shown.split(":"))
                    stated = datetime.datetime(year, number, 15, hour, minute, tzinfo=LONDON)
                    assert abs(stated - moment) < datetime.timedelta(minutes=5), (area.town.name, day, shown, moment)


def test_the_neutral_page_is_the_same_whatever_day_it_is_built(library: Library, server: Served, site: Site) -> None:
    settings = read_settings({"TELLSOMEONE_ORIGIN": server.url, **server.environment})
    later = build_site(library, settings, datetime.date(2029, 12, 31))
    pages = [each.resources["/neutral"].body.decode().replace(each.release, "") for each in (site, later)]
    assert pages[0] == pages[1]


def test_an_editor_hears_of_the_end_of_the_bank_holidays_long_before(library: Library) -> None:
    last = bank_holidays()[-1][0]
    assert last.year == PUBLISHED_TO
    months_before = last - datetime.timedelta(days=270)
    assert [what for _, about, what in due_by(library, months_before) if about == "bank holidays"]
    assert not [what for _, about, what in due_by(library, datetime.date(2026, 12, 1)) if about == "bank holidays"]
