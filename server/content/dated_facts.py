"""When pages change without an edit, because a notice, a correction or the banner begins or ends."""

import datetime
from collections.abc import Iterator

from server.content.model import Library

_DAY = datetime.timedelta(days=1)


def next_change(library: Library, today: datetime.date) -> datetime.date | None:
    """The first day after `today`, in London, on which the site has to be rebuilt; None if there is none.

    Everything that pages show from a day on, or until one, belongs in `_days_of_change`.
    """
    return min((day for day in _days_of_change(library) if day > today), default=None)


def _days_of_change(library: Library) -> Iterator[datetime.date]:
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
