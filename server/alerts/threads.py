"""Blocking calls in a limited number of threads, so that a hanging database affects nothing else."""

import asyncio
import contextlib
import threading
from collections.abc import Callable
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
                self._slots.release()
            with contextlib.suppress(RuntimeError):  # the loop has ended in the meantime
                loop.call_soon_threadsafe(settle, result, failed)

        threading.Thread(target=work, daemon=True, name="alerts").start()
        async with asyncio.timeout(self._seconds):
            return await done
