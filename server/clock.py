"""The one clock of the site: what day it is, in London.

Days in the content (a notice's last day, a correction's first) are London's days. `SOURCE_DATE_EPOCH`, the seconds
since 1970 that reproducible builds set, stops the clock at that moment (https://reproducible-builds.org/specs/source-date-epoch/).
"""

from __future__ import annotations

import datetime
import os
import re
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
EPOCH = "SOURCE_DATE_EPOCH"


def now() -> datetime.datetime:
    """This moment, in London's time."""
    return stopped_at(os.environ.get(EPOCH)) or datetime.datetime.now(LONDON)


def stopped_at(epoch: str | None) -> datetime.datetime | None:
    """The moment at which `SOURCE_DATE_EPOCH` stops the clock; None where it isn't set. Raises `ValueError`."""
    if not epoch:
        return None
    if not re.fullmatch("[0-9]{1,12}", epoch):
        raise ValueError("not the seconds since 1970")
    return datetime.datetime.fromtimestamp(int(epoch), LONDON)


def today() -> datetime.date:
    """The day it is in London."""
    return now().date()


def day_of(moment: float) -> datetime.date:
    """The day it is in London at `moment`, in seconds since 1970."""
    return datetime.datetime.fromtimestamp(moment, LONDON).date()


def start_of(day: datetime.date) -> datetime.datetime:
    """The moment at which `day` begins in London."""
    return datetime.datetime.combine(day, datetime.time(), LONDON)
