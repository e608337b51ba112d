"""Blocking calls in a limited number of threads, so that a hanging database affects nothing else."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class TooBusyError(Exception):
    """Every thread is in use."""


class BoundedThreads:
    """Runs at most `limit` calls at once, and waits for each at most `seconds`.

    After a timeout the call goes on and occupies its thread until it ends, so there are never more than `limit`
    threads. Unlike those of the pools of anyio and the standard library, they don't delay the end of the server.
    """

    def __init__(self, limit: int, seconds: float) -> None:
        self._slots, self._seconds = threading.BoundedSemaphore(limit), seconds

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Returns or raises what `function` does. Raises `TooBusyError` if no thread is free, and `TimeoutError`."""
        if not self._slots.acquire(blocking=False):
            raise TooBusyError
        future: Future[T] = Future()
        future.set_running_or_notify_cancel()  # so that a timeout doesn't cancel it while the call goes on
        future.add_done_callback(lambda _: self._slots.release())

        def work() -> None:
            try:
                future.set_result(function(*args, **kwargs))
            except BaseException as error:
                future.set_exception(error)

        threading.Thread(target=work, daemon=True, name="alerts").start()
        async with asyncio.timeout(self._seconds):
            return await asyncio.wrap_future(future)
