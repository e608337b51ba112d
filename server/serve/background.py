"""Tasks that run beside the server as long as it runs."""

from __future__ import annotations

import datetime
import logging
from collections.abc import Awaitable, Callable

import anyio

log = logging.getLogger("tellsomeone")
LONGEST_PAUSE = 60.0


async def supervised(what: str, run: Callable[[], Awaitable[None]], pause: float = 1.0) -> None:
    """Runs `run` until cancelled; if it ends, says so in the log and starts it again after a pause that doubles."""
    while True:
        try:
            await run()
            log.error("%s ended; it restarts in %.0f s", what, pause)
        except Exception:
            log.exception("%s failed; it restarts in %.0f s", what, pause)
        await anyio.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE)


async def each_day(
    work: Callable[[datetime.date], Awaitable[None]], today: Callable[[], datetime.date], pause: float = 600
) -> None:
    """Calls `work` at once, and then whenever another day has begun. Runs until cancelled."""
    done: datetime.date | None = None
    while True:
        day = today()
        if day != done:
            await work(day)
            done = day
        await anyio.sleep(pause)
