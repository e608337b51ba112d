"""Keeps the served Site up to date: with the content on disk, with the day, and compressed as well as it gets."""

from __future__ import annotations

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
LOOK_EVERY = 0.1
"""Seconds between two looks at the content folder, or more: looking takes at most a twentieth of the time."""
_LOOKS_AT_MOST = 20
PAUSE = 0.004
"""Seconds that requests wait at a time while a site is built."""
QUIET = 3.0
"""Seconds without another edit until a site is compressed further."""
CLOCK_EVERY = 20.0
"""Seconds between two looks at the clock."""


def quick_site(
    library: Library, settings: Settings, today: datetime.date | None = None, earlier: Site | None = None
) -> Site:
    """The site as it can be served soonest: what neither `earlier` nor the cache has is compressed quickly."""
    return compress_quickly(build_site(library, settings, today), settings.cache, earlier)


class Publisher:
    """Builds the site anew when the content or the day changes, one build at a time, and puts it into `app`.

    Builds run in threads of their own, so nothing that waits for a database can hold them up. Content with an error
    changes nothing: the site that is there goes on, and the log says why. `library` is None where `app` serves none.
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
        self._looks = collections.deque[float](maxlen=20)
        """Seconds that the last looks took. The shortest counts: the others waited for a busy server as well."""
        self._last_good = LastGood(settings.data)

    async def watch_content(self) -> None:
        """Publishes what is in the content folder each time it has changed and come to rest. Runs until cancelled."""
        seen = ""  # so the first look publishes too, if somebody saved a file while the server started
        while True:
            now, pause = await self._look()
            if now != seen:
                seen = await self._at_rest(now)
                await self.publish(seen)
            await anyio.sleep(pause)

    async def watch_clock(self, pause: float = CLOCK_EVERY) -> None:
        """Publishes on each day on which a dated fact changes. Runs until cancelled."""
        while True:
            await self.turn(self._today())
            await anyio.sleep(pause)

    async def turn(self, day: datetime.date) -> None:
        """Publishes the library that is served as it is on `day`, if that differs from the day it was built for."""
        first, last = sorted((day, self._day))
        turn = next_change(self._library, first) if self._library else None
        if turn is None or turn > last or await self._replace(lambda: self._library):
            self._day = day

    async def publish(self, seen: str) -> None:
        """Publishes the content as it is on disk now, and keeps a copy of it while its fingerprint is `seen`."""

        def changed() -> Library | None:
            library = read_checked(self._settings.content)
            return None if library == self._library else library

        if await self._replace(changed):
            await self._in_thread(self._last_good.keep, self._settings.content, seen)

    async def improve(self) -> None:
        """Compresses the Site as well as it gets, once nobody changes it any more. Runs until cancelled."""
        better: Site | None = None
        while True:
            self._changed = anyio.Event()
            site = self._app.site
            better = await self._in_thread(self._best, site, better)
            async with self._building:
                if self._app.site is site:
                    self._app.replace_site(better)
            if self._app.site is better:
                await self._changed.wait()
            await self._until_quiet()

    async def _until_quiet(self) -> None:
        """Waits until nothing was published for a while: an editor often saves again soon."""
        quiet = False
        while not quiet:
            self._changed = anyio.Event()
            with anyio.move_on_after(QUIET) as quiet_for:
                await self._changed.wait()
            quiet = quiet_for.cancelled_caught

    async def _replace(self, load: Callable[[], Library | None]) -> bool:
        """Builds and serves what `load` gives, unless that is nothing new; whether this went well."""
        async with self._building:
            try:
                built = await self._built(load)
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

    async def _built(self, load: Callable[[], Library | None]) -> tuple[Library, Site] | None:
        giving_way = asyncio.create_task(give_way())
        try:
            return await self._in_thread(self._build, load)
        finally:
            giving_way.cancel()

    def _build(self, load: Callable[[], Library | None]) -> tuple[Library, Site] | None:
        library = load()
        if library is None:
            return None
        site = quick_site(library, self._settings, self._today(), self._app.site)
        self._app.replace_site(site)
        return_unused()
        return library, site

    def _best(self, site: Site, earlier: Site | None) -> Site:
        better = compress_best(site, self._settings.cache, earlier=earlier)
        return_unused()
        return better

    async def _look(self) -> tuple[str, float]:
        """What the folder is like, and the seconds until it should be looked at again."""
        began = time.perf_counter()
        found = await self._in_thread(fingerprint, self._settings.content)
        self._looks.append(time.perf_counter() - began)
        return found, max(LOOK_EVERY, 20 * min(self._looks))

    async def _at_rest(self, before: str) -> str:
        """Waits until two looks agree: an editor or a copy may be in the middle of its work. Not for ever."""
        for _ in range(_LOOKS_AT_MOST):
            await anyio.sleep(LOOK_EVERY)
            now, _pause = await self._look()
            if now == before:
                break
            before = now
        return before


async def give_way() -> None:
    """Leaves the interpreter to other threads for most of the time, until cancelled.

    A server that is asked without a pause would let a build have less than half of it, and each read of a file would
    wait for its turn. Requests wait `PAUSE` longer meanwhile, at most.
    """
    while True:
        time.sleep(PAUSE)
        await anyio.sleep(PAUSE / 4)


def log_errors(problems: list[Problem], summary: str) -> None:
    """Writes every error into the log, after a line with their number, which takes the place of `%s` in `summary`."""
    errors = [problem for problem in problems if problem.level == "error"]
    log.error(summary, f"{len(errors)} error{'' if len(errors) == 1 else 's'}")
    for problem in errors:
        log.error("%s", problem)
