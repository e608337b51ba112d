"""Keeps the served Site up to date with the content folder and the date, and compresses it fully in the background."""

import asyncio
import collections
import datetime
import logging
import time
from collections.abc import Callable
from typing import TypeVar, TypeVarTuple

import anyio
import anyio.to_thread

from server import clock
from server.content.checks import read_checked
from server.content.dated_facts import next_change
from server.content.folder import fingerprint
from server.content.last_good import LastGood
from server.content.model import Library
from server.content.problems import ContentError, Problem
from server.serve.memory import return_unused
from server.serve.pages import SiteApp
from server.settings import Settings
from server.site.build import build_site
from server.site.compress import compress_best, compress_quickly
from server.site.resource import Site

Args = TypeVarTuple("Args")
Result = TypeVar("Result")

log = logging.getLogger("tellsomeone")
CHECK_EVERY = 0.1
"""Seconds between two checks of the content folder, or 20 times as long as a check takes if that is more."""
_MOST_CHECKS = 20
PAUSE = 0.004
"""Seconds by which a build may delay a request."""
QUIET = 3.0
"""Seconds without an edit before a site is compressed fully."""
CLOCK_EVERY = 20.0
"""Seconds between two checks of the date."""


def quick_site(
    library: Library, settings: Settings, today: datetime.date | None = None, previous: Site | None = None
) -> Site:
    """Builds the site as soon as possible: what neither `previous` nor the cache has is compressed quickly."""
    return compress_quickly(build_site(library, settings, today), settings.cache, previous)


class Publisher:
    """Rebuilds the site when the content or the date changes, one build at a time, and replaces it in `app`.

    Builds have their own threads, so that calls waiting for the database can't delay them. Content with an error isn't
    published: the current site stays, and the log says why. `library` is None if `app` serves the remover.
    """

    def __init__(
        self,
        app: SiteApp,
        library: Library | None,
        settings: Settings,
        today: Callable[[], datetime.date] = clock.today,
    ) -> None:
        self._app = app
        self._library = library
        self._settings = settings
        self._today = today
        self._day = today()
        self._building = anyio.Lock()
        self._threads = anyio.CapacityLimiter(2)
        self._changed = anyio.Event()
        self._check_seconds = collections.deque[float](maxlen=20)
        """How long the last checks took, in seconds. The shortest counts, since a busy server delays the others."""
        self._last_good = LastGood(settings.data)

    async def watch_content(self) -> None:
        """Publishes the content folder after each change, once it is stable. Runs until cancelled."""
        published = ""  # so that it publishes once at first: a file may have been saved while the server started
        while True:
            current, pause = await self._check_folder()
            if current != published:
                published = await self._until_stable(current)
                await self.publish(published)
            await anyio.sleep(pause)

    async def watch_clock(self, pause: float = CLOCK_EVERY) -> None:
        """Rebuilds the site on each day on which a dated fact changes. Checks every `pause` seconds until cancelled."""
        while True:
            await self.rebuild_for_day(self._today())
            await anyio.sleep(pause)

    async def rebuild_for_day(self, day: datetime.date) -> None:
        """Rebuilds the current library for `day`, if a dated fact differs from the day it was built for."""
        first, last = sorted((day, self._day))
        change = next_change(self._library, first) if self._library else None
        if change is None or change > last or await self._replace(lambda: self._library):
            self._day = day

    async def publish(self, content_fingerprint: str) -> None:
        """Publishes the content folder, then saves a copy of it if it still has that fingerprint."""

        def changed_library() -> Library | None:
            library = read_checked(self._settings.content)
            return None if library == self._library else library

        if await self._replace(changed_library):
            await self._in_thread(self._last_good.keep, self._settings.content, content_fingerprint)

    async def improve(self) -> None:
        """Compresses each Site fully once edits have stopped. Runs until cancelled."""
        compressed: Site | None = None
        while True:
            self._changed = anyio.Event()
            site = self._app.site
            compressed = await self._in_thread(self._compress, site, compressed)
            async with self._building:
                if self._app.site is site:
                    self._app.replace_site(compressed)
            if self._app.site is compressed:
                await self._changed.wait()
            await self._until_quiet()

    async def _until_quiet(self) -> None:
        """Waits until nothing has been published for `QUIET` seconds: an editor often saves again soon."""
        changed = True
        while changed:
            self._changed = anyio.Event()
            with anyio.move_on_after(QUIET) as timeout:
                await self._changed.wait()
            changed = not timeout.cancelled_caught

    async def _replace(self, load: Callable[[], Library | None]) -> bool:
        """Builds and serves the library that `load` returns; None means unchanged. Returns False after an error."""
        async with self._building:
            try:
                built = await self._build_in_thread(load)
            except ContentError as error:
                log_errors(error.problems, "the changed content has %s: the last good release stays")
                return False
            except Exception:
                log.exception("the changed content could not be built: the last good release stays")
                return False
            if built:
                self._library, site = built
                log.info("release %s is served now", site.release)
                self._changed.set()
            return True

    async def _in_thread(self, work: Callable[[*Args], Result], *args: *Args) -> Result:
        return await anyio.to_thread.run_sync(work, *args, limiter=self._threads)

    async def _build_in_thread(self, load: Callable[[], Library | None]) -> tuple[Library, Site] | None:
        giving_way = asyncio.create_task(give_way())
        try:
            return await self._in_thread(self._build, load)
        finally:
            giving_way.cancel()

    def _build(self, load: Callable[[], Library | None]) -> tuple[Library, Site] | None:
        if (library := load()) is None:
            return None
        site = quick_site(library, self._settings, self._today(), self._app.site)
        self._app.replace_site(site)
        return_unused()
        return library, site

    def _compress(self, site: Site, previous: Site | None) -> Site:
        compressed = compress_best(site, self._settings.cache, earlier=previous)
        return_unused()
        return compressed

    async def _check_folder(self) -> tuple[str, float]:
        """The fingerprint of the content folder, and the seconds until the next check."""
        began = time.perf_counter()
        current = await self._in_thread(fingerprint, self._settings.content)
        self._check_seconds.append(time.perf_counter() - began)
        return current, max(CHECK_EVERY, 20 * min(self._check_seconds))

    async def _until_stable(self, last: str) -> str:
        """Waits until a check finds no change, as an editor may still be saving; at most for `_MOST_CHECKS` checks."""
        for _ in range(_MOST_CHECKS):
            await anyio.sleep(CHECK_EVERY)
            current, _pause = await self._check_folder()
            if current == last:
                break
            last = current
        return last


async def give_way() -> None:
    """Blocks the event loop most of the time, until cancelled, so that a build's thread gets the interpreter.

    Under constant requests the build would get less than half of it, and would wait after every file it reads. Each
    request is delayed by `PAUSE` at most.
    """
    while True:
        time.sleep(PAUSE)
        await anyio.sleep(PAUSE / 4)


def log_errors(problems: list[Problem], summary: str) -> None:
    """Logs `summary`, with the number of errors in place of its `%s`, and then each error."""
    errors = [problem for problem in problems if problem.level == "error"]
    log.error(summary, f"{len(errors)} error{'' if len(errors) == 1 else 's'}")
    for problem in errors:
        log.error("%s", problem)
