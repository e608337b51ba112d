"""The date of a test run: the day of the newest review of the content, so that no test depends on today's date."""

from __future__ import annotations

import contextlib
import datetime
import os
import re
from collections.abc import Iterator

from server.clock import LONDON
from tests.support.running import ROOT

_LOOKED_AT = re.compile(r"^(?:reviewed|found|confirmed) = (\d{4}-\d\d-\d\d)", re.MULTILINE)


def content_day() -> datetime.date:
    files = (file for kind in ("*.toml", "*.md") for file in (ROOT / "content").rglob(kind))
    days = (day for file in files for day in _LOOKED_AT.findall(file.read_text(encoding="utf-8")))
    return datetime.date.fromisoformat(max(days))


def stop_clock() -> None:
    """Fixes the clock of the tests, and of every process they start, at noon of that day in London."""
    noon = datetime.datetime.combine(content_day(), datetime.time(12), LONDON)
    os.environ["SOURCE_DATE_EPOCH"] = str(int(noon.timestamp()))


@contextlib.contextmanager
def machines_clock() -> Iterator[None]:
    """Processes started here use the machine's clock, even in a run with `AT=`.

    Tests set the page's own clock where a date matters to it.
    """
    preload = os.environ.pop("LD_PRELOAD", None)
    try:
        yield
    finally:
        if preload is not None:
            os.environ["LD_PRELOAD"] = preload
