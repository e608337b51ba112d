"""Blocking calls in a few threads of their own, so that a database that hangs takes nothing else with it."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class TooBusyError(Exception):
    """Every thread is taken."""


class BoundedThreads:
    """At most `most` calls at once, each waited for at most `seconds`.

    A call that is no longer waited for goes on in its thread and keeps its place until it ends: unlike in a pool of
    anyio's or the standard library's, so there are never more threads than that, and none of them holds up the
    server's own end.
    """

    def __init__(self, most: int, seconds: float) -> None:
        self._places, self._seconds = threading.BoundedSemaphore(most), seconds

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What `function` gives or raises. Raises `TooBusyError` at once and `TimeoutError` in the end."""
        if not self._places.acquire(blocking=False):
            raise TooBusyError
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()

        def settle(result: T | None, error: BaseException | None) -> None:
            if done.done():
                return
            if error:
                done.set_exception(error)
            else:
                done.set_result(result)  # type: ignore[arg-type]

        def work() -> None:
            result, failed = None, None
            try:
                result = function(*args, **kwargs)
            except BaseException as error:
                failed = error
            finally:
                self._places.release()
            with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
                loop.call_soon_threadsafe(settle, result, failed)

        threading.Thread(target=work, daemon=True, name="alerts").start()
        async with asyncio.timeout(self._seconds):
            return await done
