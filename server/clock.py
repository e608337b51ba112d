"""The one clock of the site: what day it is, in London.

Days in the content (a notice's last day, a correction's first) are London's days. `SOURCE_DATE_EPOCH`, the seconds
since 1970 that reproducible builds set, stops the clock at that moment (https://reproducible-builds.org/specs/source-date-epoch/).
"""

from __future__ import annotations

import datetime
import os
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")


def now() -> datetime.datetime:
    """This moment, in London's time."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    return datetime.datetime.fromtimestamp(int(epoch), LONDON) if epoch else datetime.datetime.now(LONDON)


def today() -> datetime.date:
    """The day it is in London."""
    return now().date()


def start_of(day: datetime.date) -> datetime.datetime:
    """The moment at which `day` begins in London."""
    return datetime.datetime.combine(day, datetime.time(), LONDON)
