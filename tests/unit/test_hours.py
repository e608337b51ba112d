"""Who is open now: the phone's answer compared with a maintained library, and with instants worked out by hand."""

from __future__ import annotations

import datetime
import os
import random
from collections.abc import Iterator
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from opening_hours import OpeningHours

from server.content.bank_holidays import bank_holidays
from server.content.contact import Hours
from server.content.hours import DAYS, HOLIDAY, Week, outside, packed, read_week
from server.content.model import Library
from server.site.resource import Site
from tests.support.phone import Phone, node, phone
from tests.support.sampling import WHOLE, sample

LONDON = ZoneInfo("Europe/London")
UTC = ZoneInfo("UTC")
FIRST = datetime.datetime(2026, 11, 24, tzinfo=UTC)
DATES = [date for date, _ in bank_holidays(2026)]
needs_node = pytest.mark.skipif(not node() and not os.environ.get("CI"), reason="Node.js is not here")


@pytest.fixture(scope="module")
def own(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Phone]:
    script = next(r.body for path, r in site.resources.items() if path.startswith("/assets/hours."))
    with phone(script, tmp_path_factory.mktemp("phone")) as running:
        yield running


def milliseconds(moment: datetime.datetime) -> int:
    return int(moment.timestamp()) * 1000


def reference(text: str) -> OpeningHours:
    """The text as the library reads it. Bank holidays become dates, since the library's British calendar lacks two."""
    days = ",".join(f"{date:%Y %b %-d}" for date in DATES)
    return OpeningHours(text.replace("PH", days), timezone=LONDON)


def state(hours: OpeningHours, moment: datetime.datetime) -> bool | None:
    return None if hours.is_unknown(moment) else bool(hours.is_open(moment))


@cache
def instants() -> list[datetime.datetime]:
    """Two years of moments: many around each bank holiday and clock change, and some of all other days."""
    moments = []
    for date in DATES:
        start = datetime.datetime(date.year, date.month, date.day, tzinfo=UTC) - datetime.timedelta(hours=9)
        moments += [start + datetime.timedelta(minutes=29 * step) for step in range(85)]
    for day in ((2027, 3, 28), (2027, 10, 31), (2028, 3, 26), (2028, 10, 29)):
        start = datetime.datetime(*day, tzinfo=UTC) - datetime.timedelta(hours=2)
        moments += [start + datetime.timedelta(minutes=5 * step) for step in range(72)]
    end = FIRST + datetime.timedelta(days=731)
    step = datetime.timedelta(minutes=15 if WHOLE else 1861)
    moment = FIRST
    while moment < end:
        moments.append(moment)
        moment += step
    return sorted({moment for moment in moments if FIRST <= moment < end})


def compare(own: Phone, text: str, moments: list[datetime.datetime], *, inverted: bool = False) -> int:
    """Compares the phone's answers with the library's, for the hours of `text` or for all other hours."""
    hours, week = reference(text), read_week(text)
    code = packed(outside(week) if inverted else week, sure=True)
    for moment, answer in zip(moments, own.answers([(code, milliseconds(m)) for m in moments]), strict=True):
        expected = state(hours, moment)
        if inverted and expected is not None:
            expected = not expected
        assert answer["open"] == expected, (text, moment, code, answer)
        change = hours.next_change(moment.astimezone(LONDON))
        if answer["change"] is None:
            distance = change and change.replace(tzinfo=None) - moment.astimezone(LONDON).replace(tzinfo=None)
            assert not distance or distance > datetime.timedelta(days=13), (text, moment, change)
        else:
            at = datetime.datetime(1970, 1, 1) + datetime.timedelta(minutes=answer["change"])
            if at.replace(tzinfo=LONDON).astimezone(UTC).astimezone(LONDON).replace(tzinfo=None) == at:
                assert change, (text, moment, at)
                assert change.replace(tzinfo=None) == at, (text, moment, at, change)
    return len(moments)


def all_hours(library: Library) -> list[Hours]:
    records = [record for contact in library.contacts for record in (contact, *contact.channels)]
    return [record.hours for record in records if record.hours]


@needs_node
def test_the_phone_agrees_with_the_library_on_all_hours_of_the_content(own: Phone, library: Library) -> None:
    texts = sorted({hours.opening_hours for hours in all_hours(library) if hours.opening_hours})
    inverted = {library.contact(hours.outside).hours for hours in all_hours(library) if hours.outside}
    assert len(texts) > 8
    assert inverted
    moments = instants()
    compared = sum(compare(own, text, sample(moments, part, 3)) for part, text in enumerate(texts))
    compared += sum(compare(own, str(h and h.opening_hours), sample(moments, 0, 3), inverted=True) for h in inverted)
    print(f"instants compared: {compared}, no disagreement")


TIMES = st.integers(0, 288).map(lambda five: f"{five // 12:02}:{five % 12 * 5:02}")


@st.composite
def texts(draw: st.DrawFn) -> str:
    """Hours of the supported syntax: some days, several spans, unknown spans, and spans past midnight."""

    def spans() -> str:
        edges = sorted(draw(st.sets(TIMES, min_size=2, max_size=6)))
        return ",".join(f"{a}-{b}" for a, b in zip(edges[::2], edges[1::2], strict=False))

    def days() -> str:
        one, two = draw(st.sampled_from(DAYS)), draw(st.sampled_from(DAYS))
        return one if one == two else f"{one}{draw(st.sampled_from('-,'))}{two}"

    if draw(st.booleans()):
        start, end = sorted(draw(st.lists(TIMES, min_size=2, max_size=2, unique=True)))
        if start != "00:00" and end != "24:00":
            return f"{days()} {end}-{start}"
    rules = [f"{days()} {spans()}{draw(st.sampled_from(['', '', ' unknown']))}" for _ in range(draw(st.integers(1, 3)))]
    rules += draw(st.sampled_from([[], ["PH off"], ["PH unknown"], [f"PH {spans()}"], [f"PH {spans()} unknown"]]))
    return "; ".join(rules)


@needs_node
@settings(
    max_examples=500 if WHOLE else 60, deadline=None, derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(text=texts(), part=st.integers(0, 99))
def test_the_phone_agrees_with_the_library_on_any_hours(own: Phone, text: str, part: int) -> None:
    compare(own, text, instants()[part :: 700 if WHOLE else 100])


WORCESTERSHIRE = "Mo-Th 09:00-17:00; Fr 09:00-16:30; PH off"
DUTY = "Mo-Fr unknown; Sa-Su 00:00-24:00; PH 00:00-24:00"
NIGHTS = "Mo-Fr 17:00-08:30"
EVERY_NIGHT = "Mo-Su 22:00-01:30"
SHROPSHIRE = "Mo-Th 09:00-17:00; Fr 09:00-16:00; PH 09:00-17:00 unknown"
LUNCH = "Mo-Fr 09:00-12:00,13:00-17:00"
WEEKEND = "Sa-Su 10:00-16:00; PH 10:00-12:00"
BY_HAND = [
    (WORCESTERSHIRE, "2026-11-25T10:00", "Open now, until 5pm"),
    (WORCESTERSHIRE, "2026-11-25T08:59", "Closed now. Opens at 9am"),
    (WORCESTERSHIRE, "2026-11-25T09:00", "Open now, until 5pm"),
    (WORCESTERSHIRE, "2026-11-25T16:59", "Open now, until 5pm"),
    (WORCESTERSHIRE, "2026-11-25T17:00", "Closed now. Opens tomorrow at 9am"),
    (WORCESTERSHIRE, "2026-11-27T16:29", "Open now, until 4.30pm"),
    (WORCESTERSHIRE, "2026-11-27T16:30", "Closed now. Opens on Monday at 9am"),
    (WORCESTERSHIRE, "2026-11-29T23:59", "Closed now. Opens tomorrow at 9am"),
    (WORCESTERSHIRE, "2026-11-30T00:00", "Closed now. Opens at 9am"),
    (WORCESTERSHIRE, "2026-12-24T16:00", "Open now, until 5pm"),
    (WORCESTERSHIRE, "2026-12-24T18:00", "Closed now. Opens on Tuesday at 9am"),
    (WORCESTERSHIRE, "2026-12-25T11:00", "Closed now. Opens on Tuesday at 9am"),
    (WORCESTERSHIRE, "2026-12-28T10:00", "Closed now. Opens tomorrow at 9am"),
    (WORCESTERSHIRE, "2026-12-28T18:10", "Closed now. Opens tomorrow at 9am"),
    (WORCESTERSHIRE, "2027-08-30T17:10", "Closed now. Opens tomorrow at 9am"),
    (WORCESTERSHIRE, "2027-03-29T09:00", "Closed now. Opens tomorrow at 9am"),
    (WORCESTERSHIRE, "2027-03-30T08:00", "Open now, until 5pm"),
    (WORCESTERSHIRE, "2027-07-01T15:30", "Open now, until 5pm"),
    (WORCESTERSHIRE, "2027-07-01T16:00", "Closed now. Opens tomorrow at 9am"),
    (WORCESTERSHIRE, "2027-12-27T12:00", "Closed now. Opens on Wednesday at 9am"),
    (DUTY, "2026-12-28T18:10", "Open now, until midnight"),
    (DUTY, "2026-12-25T18:10", "Open now, until midnight on Monday"),
    (DUTY, "2026-12-29T18:10", "We don't know if it is open now"),
    (DUTY, "2026-11-28T03:00", "Open now, until midnight tomorrow"),
    (NIGHTS, "2026-11-25T17:00", "Open now, until 8.30am tomorrow"),
    (NIGHTS, "2026-11-26T00:00", "Open now, until 8.30am"),
    (NIGHTS, "2026-11-26T08:29", "Open now, until 8.30am"),
    (NIGHTS, "2026-11-26T08:30", "Closed now. Opens at 5pm"),
    (NIGHTS, "2026-11-28T03:00", "Open now, until 8.30am"),
    (NIGHTS, "2026-11-28T08:30", "Closed now. Opens on Monday at 5pm"),
    (NIGHTS, "2026-11-30T03:00", "Closed now. Opens at 5pm"),
    (EVERY_NIGHT, "2027-03-28T00:30", "Open now, until 1.30am"),
    (EVERY_NIGHT, "2027-03-28T01:05", "Closed now. Opens at 10pm"),
    (EVERY_NIGHT, "2027-10-31T00:20", "Open now, until 1.30am"),
    (EVERY_NIGHT, "2027-10-31T01:10", "Open now, until 1.30am"),
    (EVERY_NIGHT, "2027-10-31T01:40", "Closed now. Opens at 10pm"),
    (SHROPSHIRE, "2027-01-01T11:00", "We don't know its bank holiday hours"),
    (SHROPSHIRE, "2027-01-01T18:10", "Closed now. Opens on Monday at 9am"),
    (LUNCH, "2027-06-02T11:15", "Closed now. Opens at 1pm"),
    (LUNCH, "2027-06-02T10:59", "Open now, until midday"),
    (WEEKEND, "2027-05-03T10:00", "Open now, until midday"),
    (WEEKEND, "2027-05-03T11:00", "Closed now. Opens on Saturday at 10am"),
    ("24/7", "2026-12-25T03:00", "Open now, day and night"),
    (WORCESTERSHIRE, "2026-11-20T10:00", "Check your phone's date: we can't tell who is open"),
    (WORCESTERSHIRE, "2029-01-02T10:00", "These hours are years old: we can't tell who is open"),
    ("24/7", "2001-01-01T00:00", "Open now, day and night"),
]
"""Hours, a moment in UTC, and the line on the card: worked out on a calendar, by hand."""


@needs_node
def test_the_card_says_what_was_worked_out_by_hand(own: Phone) -> None:
    assert len(BY_HAND) >= 40
    cases = [
        (packed(read_week(text), sure=True), milliseconds(datetime.datetime.fromisoformat(at + "+00:00")))
        for text, at, _ in BY_HAND
    ]
    lines = [answer["line"] for answer in own.answers(cases)]
    assert [(text, at, line) for (text, at, _), line in zip(BY_HAND, lines, strict=True)] == BY_HAND


@needs_node
def test_unsure_hours_only_suggest_and_never_reorder_contacts(own: Phone) -> None:
    evening = milliseconds(datetime.datetime(2026, 11, 25, 20, tzinfo=UTC))
    week = read_week(WORCESTERSHIRE)
    front, night = packed(week, sure=True), packed(outside(week), sure=True)
    assert [
        answer["line"] for answer in own.answers([("~" + front, evening), ("~" + night, evening), ("~", evening)])
    ] == [
        "Published hours suggest it is closed now. Opens tomorrow at 9am",
        "Published hours suggest it is open now, until 9am tomorrow",
        "Published hours suggest it is open now, day and night",
    ]
    assert own.turned((front, night), evening)
    assert not own.turned((front, night), evening - 8 * 3600 * 1000), "the front door is open"
    assert not own.turned((front, "~" + night), evening)
    assert not own.turned(("~" + front, night), evening)
    assert not own.turned((front, None), evening)
    assert not own.turned((front, night), evening - 10 * 864e5), "the phone's clock is wrong"  # type: ignore[operator]


@needs_node
def test_after_the_last_known_year_the_phone_does_not_know(own: Phone) -> None:
    later = milliseconds(datetime.datetime(2029, 1, 2, 12, tzinfo=UTC))
    eve = milliseconds(datetime.datetime(2028, 12, 31, 12, tzinfo=UTC))
    code = packed(read_week(WORCESTERSHIRE), sure=True)
    answers = own.answers([(code, later), (code, eve), (code[:-3], later)])
    assert [answer["open"] for answer in answers] == [None, False, True]


EDGES = ("00:00", "00:30", "08:00", "09:00", "09:15", "12:00", "13:00", "16:30", "17:00", "22:00", "24:00", "24:30")
WINTER = [datetime.datetime(2026, 12, 21) + datetime.timedelta(days=day) for day in range(9)]
"""Nine days with bank holidays on three of them, while London's clocks show UTC."""


def any_text(choose: random.Random) -> str:
    """Random hours of the supported syntax, most of them without sense."""

    def days() -> str:
        ends = [(choose.choice(DAYS), choose.choice(DAYS)) for _ in range(choose.choice((1, 1, 1, 2)))]
        return ",".join(choose.choice((first, f"{first}-{last}")) for first, last in ends)

    def spans() -> str:
        pairs = [[choose.choice(EDGES), choose.choice(EDGES)] for _ in range(choose.choice((1, 1, 2, 3)))]
        return ",".join("-".join(pair if choose.random() < 0.05 else sorted(pair)) for pair in pairs)

    def rule(when: str) -> str:
        if choose.random() < 0.15:
            return f"{when} off"
        times = f" {spans()}" if choose.random() < 0.85 else ""
        return when + times + choose.choice(("",) * 12 + (" unknown",) * 3 + (" off",))

    rules = [rule(days()) for _ in range(choose.choice((0, 1, 1, 2, 2, 3, 4)))]
    return "; ".join([*rules, *([rule("PH")] if not rules or choose.random() < 0.4 else [])])


def as_read(week: Week, moment: datetime.datetime) -> bool | None:
    """Whether somebody answers at a moment in London, according to the week; None if that is unknown."""
    holiday = week[HOLIDAY] if moment.date() in DATES else None
    minute = moment.hour * 60 + moment.minute
    spans = holiday if holiday is not None else week[moment.weekday()]
    current = next((span for span in spans or () if span.start <= minute < span.end), None)
    return (True if current.is_known else None) if current else False


@needs_node
def test_five_thousand_random_texts_are_read_as_the_library_reads_them(own: Phone) -> None:
    choose = random.Random(15)
    cases: list[tuple[str, datetime.datetime, bool | None]] = []
    codes: list[tuple[str, int]] = []
    refused = 0
    while len(codes) < 3 * 5000:
        text = any_text(choose)
        try:
            week = read_week(text)
        except ValueError:
            refused += 1
            continue
        hours, code = reference(text), packed(week, sure=True)
        for day in choose.sample(WINTER, 3):
            minute = choose.choice((0, 15, 29, 30, 479, 480, 539, 540, 555, 720, 779, 780, 990, 1020, 1320, 1439))
            moment = day + datetime.timedelta(minutes=minute)
            expected = state(hours, moment.replace(tzinfo=LONDON))
            assert as_read(week, moment) == expected, (text, moment)
            cases.append((text, moment, expected))
            codes.append((code, milliseconds(moment.replace(tzinfo=UTC))))
    assert refused > 1000
    for (text, moment, expected), answer in zip(cases, own.answers(codes), strict=True):
        assert answer["open"] == expected, (text, moment, answer)
