"""Which notice to send, and to which areas."""

import datetime

from server.content.model import Library
from server.content.page import Notice


class NoticeError(Exception):
    """The notice can't be sent. The message says why."""


def notice_to_send(
    library: Library, name: str, areas: tuple[str, ...], today: datetime.date
) -> tuple[Notice, tuple[str, ...]]:
    """The notice with the id `name`, and where to send it: to `areas`, or else to its own. No areas means everywhere.

    Raises `NoticeError` if there is no such notice, it isn't in force `today`, or isn't for one of `areas`.
    """
    notice = next((notice for notice in library.notices if notice.id == name), None)
    if notice is None:
        raise NoticeError(f"no notice '{name}' in content/notices: `tellsomeone alerts list` shows them")
    if not notice.holds_on(today):
        raise NoticeError(f"'{name}' is in force from {notice.meta.begins} to {notice.meta.ends}, not today")
    possible = notice.meta.areas or tuple(area.slug for area in library.site.areas)
    for area in areas:
        if area not in possible:
            raise NoticeError(f"'{name}' is not for '{area}', only for {', '.join(possible)}")
    return notice, areas or notice.meta.areas
