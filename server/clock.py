"""The clock of the site: the time and the date in London.

All dates in the content, such as a notice's last day, are dates in London. `SOURCE_DATE_EPOCH`, in seconds since 1970,
stops the clock for reproducible builds (https://reproducible-builds.org/specs/source-date-epoch/).
"""

import datetime
import os
import re
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
EPOCH = "SOURCE_DATE_EPOCH"


def now() -> datetime.datetime:
    """The current time in London, or the time at which the clock is stopped."""
    return stopped_at(os.environ.get(EPOCH)) or datetime.datetime.now(LONDON)


def stopped_at(epoch: str | None) -> datetime.datetime | None:
    """The time to which `epoch`, in seconds since 1970, stops the clock; None if it is empty. Raises `ValueError`."""
    if not epoch:
        return None
    if not re.fullmatch("[0-9]{1,12}", epoch):
        raise ValueError("not the seconds since 1970")
    return datetime.datetime.fromtimestamp(int(epoch), LONDON)


def today() -> datetime.date:
    """Today's date in London."""
    return now().date()


def day_of(moment: float) -> datetime.date:
    """The day it is in London at `moment`, in seconds since 1970."""
    return datetime.datetime.fromtimestamp(moment, LONDON).date()


def start_of(day: datetime.date) -> datetime.datetime:
    """Midnight in London at the beginning of `day`."""
    return datetime.datetime.combine(day, datetime.time(), LONDON)
