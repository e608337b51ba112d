"""Opening hours as data: a part of OpenStreetMap's `opening_hours` syntax, read into a week.

Syntax: https://wiki.openstreetmap.org/wiki/Key:opening_hours/specification. The library `opening-hours-py` decides
whether a text is valid, and `read_week` whether it stays within the part that phones can work out.
"""

import re
from typing import NamedTuple

from opening_hours import validate

DAY = 24 * 60
DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
HOLIDAY = 7
"""The index of bank holidays in a `Week`, after the seven days."""

_TIME = r"([01]\d|2[0-4]):[0-5]\d"
_SPAN = rf"{_TIME}-{_TIME}"
_RANGE = rf"(?:{'|'.join(DAYS)})(?:-(?:{'|'.join(DAYS)}))?"
_RULE = re.compile(
    rf"(?P<days>PH|{_RANGE}(?:,{_RANGE})*)(?: (?P<spans>{_SPAN}(?:,{_SPAN})*))?(?: (?P<state>off|unknown))?"
)


class Span(NamedTuple):
    """From `start` up to `end`, in minutes of a day (0 to 1440).

    `is_known` is False if no source says whether somebody answers then.
    """

    start: int
    end: int
    is_known: bool = True


Week = tuple[tuple[Span, ...] | None, ...]
"""The spans of Monday to Sunday, then of bank holidays: None if those are like any other day."""


def read_week(text: str) -> Week:
    """The week that an `opening_hours` text describes. Hours past midnight are split between their two days.

    Raises `ValueError`, with a message for editors, if the text is malformed or more than phones can work out.
    """
    if not validate(text):
        raise ValueError(
            f"'{text}' is not OSM opening_hours: write it like 'Mo-Th 09:00-17:00; Fr 09:00-16:30; PH off'"
        )
    if text == "24/7":
        return ((Span(0, DAY),),) * 7 + (None,)
    days: list[tuple[Span, ...] | None] = [()] * 7 + [None]
    rules = text.split("; ")
    if any(part.startswith("PH") for part in rules[:-1]):
        raise ValueError(f"'{text}': the rule for PH stands last, or the days after it would win over it")
    for part in rules:
        rule = _RULE.fullmatch(part)
        if not rule:
            raise ValueError(
                f"'{part}' is more than is read here: days, times, and 'off' or 'unknown', '; ' between rules"
            )
        if rule["state"] == "off" and rule["spans"]:
            raise ValueError(
                f"'{part}': 'off' is read for whole days only: write the times that are left, "
                "such as 'We 09:00-12:00,13:00-17:00' or 'PH 00:00-12:00'"
            )
        spans = [] if rule["state"] == "off" else _spans(rule["spans"], is_known=rule["state"] != "unknown")
        if any(span.end > DAY for span in spans) and (len(rules) > 1 or rule["days"] == "PH"):
            raise ValueError(
                f"'{part}' runs past midnight, and what the next day's rule does to it is unclear: "
                "split it at midnight, such as 'Mo-Fr 00:00-08:30,17:00-24:00'"
            )
        indices = [HOLIDAY] if rule["days"] == "PH" else _day_indices(rule["days"])
        for index in indices:
            days[index] = tuple(span for span in spans if span.end <= DAY)
        for span in spans:
            if span.end > DAY:
                for index in indices:
                    days[index] = (*(days[index] or ()), span._replace(end=DAY))
                    tomorrow = (index + 1) % 7
                    days[tomorrow] = (*(days[tomorrow] or ()), Span(0, span.end - DAY, span.is_known))
    if not any(days):
        raise ValueError(f"'{text}' is never open: leave it out")
    return tuple(None if spans is None else _joined(spans) for spans in days)


def outside(week: Week) -> Week:
    """The week of a service that answers whenever another one is closed. Unknown spans stay unknown."""

    def inverted(spans: tuple[Span, ...]) -> tuple[Span, ...]:
        edges = [0, *(edge for span in spans for edge in span[:2]), DAY]
        gaps = [Span(start, end) for start, end in zip(edges[::2], edges[1::2], strict=True) if start < end]
        return tuple(sorted([*gaps, *(span for span in spans if not span.is_known)]))

    return tuple(None if spans is None else inverted(spans) for spans in week)


def _day_indices(days: str) -> list[int]:
    indices: set[int] = set()
    for part in days.split(","):
        first, _, last = part.partition("-")
        start, length = DAYS.index(first), (DAYS.index(last or first) - DAYS.index(first)) % 7 + 1
        indices |= {(start + step) % 7 for step in range(length)}
    return sorted(indices)


def _spans(text: str | None, *, is_known: bool) -> list[Span]:
    spans = []
    for part in text.split(",") if text else ["00:00-24:00"]:
        start, end = (int(time[:2]) * 60 + int(time[3:]) for time in part.split("-"))
        spans.append(Span(start, end if start < end else end + DAY, is_known))
    return spans


def _joined(spans: tuple[Span, ...]) -> tuple[Span, ...]:
    """The spans in order, with those that touch or overlap merged."""
    joined: list[Span] = []
    for span in sorted(spans):
        if span.start == span.end:
            continue
        if joined and span.start <= joined[-1].end:
            joined[-1] = joined[-1]._replace(end=max(joined[-1].end, span.end))
        else:
            joined.append(span)
    return tuple(joined)


def packed(week: Week, *, sure: bool) -> str:
    """A week in the short form that `web/scripts/hours.js` reads. `sure` is False below high confidence.

    Equal days are listed together, bank holidays as 8: `1234:540-1020 5:540-990 8:` is Monday to Thursday 9am to 5pm,
    Friday to 4.30pm, closed on bank holidays. `?` after a span marks it as unknown, `~` at the start a week that isn't
    sure. A text without days means always open.
    """
    doubt = "" if sure else "~"
    if week[HOLIDAY] is None and all(spans == (Span(0, DAY),) for spans in week[:HOLIDAY]):
        return doubt
    days_by_text: dict[str, str] = {}
    for number, spans in enumerate(week, 1):
        if spans or (number == HOLIDAY + 1 and spans is not None):
            text = ",".join(f"{start}-{end}{'' if is_known else '?'}" for start, end, is_known in spans)
            days_by_text[text] = days_by_text.get(text, "") + str(number)
    return doubt + " ".join(f"{days}:{text}" for text, days in days_by_text.items())
