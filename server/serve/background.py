"""Background tasks that run as long as the server does."""

import datetime
import logging
from collections.abc import Awaitable, Callable

import anyio

log = logging.getLogger("tellsomeone")
LONGEST_PAUSE = 60.0
"""Seconds between two restarts of a task, at most."""


async def supervised(name: str, run: Callable[[], Awaitable[None]], pause: float = 1.0) -> None:
    """Runs `run` until cancelled. When it ends, logs that and restarts it after `pause` seconds, doubled each time."""
    while True:
        try:
            await run()
            log.error("%s ended; it restarts in %.0f s", name, pause)
        except Exception:
            log.exception("%s failed; it restarts in %.0f s", name, pause)
        await anyio.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE)


async def each_day(
    work: Callable[[datetime.date], Awaitable[None]], today: Callable[[], datetime.date], pause: float = 600
) -> None:
    """Calls `work` at once and then on every new day, checked every `pause` seconds. Runs until cancelled."""
    last_day: datetime.date | None = None
    while True:
        day = today()
        if day != last_day:
            await work(day)
            last_day = day
        await anyio.sleep(pause)
