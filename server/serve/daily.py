"""What a running server does as a day begins: forgets who was not seen, and shows the notices of the day."""

from __future__ import annotations

import datetime
import logging
from collections.abc import Callable

import anyio

from server.content.problems import ContentError
from server.content.reader import read_library
from server.serve.pages import Handout
from server.serve.reload import press_again
from server.settings import Settings

log = logging.getLogger("tellsomeone")


async def every_day(
    handout: Handout,
    settings: Settings,
    forget: Callable[[datetime.date], None],
    today: Callable[[], datetime.date] = lambda: datetime.datetime.now(datetime.UTC).date(),
    pause: float = 600,
) -> None:
    """Runs until cancelled: at once, and each time that it is another day when it looks, every `pause` seconds.

    `forget` is told the day, for what is kept no longer than to that day.
    """
    before: datetime.date | None = None
    pressed = today()
    while True:
        day = today()
        if day != before:
            await anyio.to_thread.run_sync(forget, day)
            if await anyio.to_thread.run_sync(_notices_change, settings, pressed, day):
                await press_again(handout, settings)
            before = pressed = day
        await anyio.sleep(pause)


def _notices_change(settings: Settings, pressed: datetime.date, day: datetime.date) -> bool:
    if pressed == day:
        return False
    try:
        notices = read_library(settings.content).notices
    except ContentError as error:
        log.error("the notices of %s can't be read: %s", day, error)
        return False
    return any(notice.holds_on(pressed) != notice.holds_on(day) for notice in notices)
