"""When the site changes by itself: the next day on which a dated fact begins or ends."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from server.content.model import Library

_DAY = datetime.timedelta(days=1)


def next_change(library: Library, today: datetime.date) -> datetime.date | None:
    """The first day after `today` on which pages built from the library differ from today's; None if no date is set.

    Days are London's (`server.clock`). Whatever is shown from a day, or until one, belongs into `_turns`.
    """
    return min((day for day in _turns(library) if day > today), default=None)


def _turns(library: Library) -> Iterator[datetime.date]:
    for notice in library.notices:
        yield notice.meta.begins
        yield notice.meta.ends + _DAY
    for correction in library.corrections.correction:
        if correction.start:
            yield correction.start
    if banner := library.corrections.banner:
        if banner.start:
            yield banner.start
        yield banner.until + _DAY
