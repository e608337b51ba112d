"""Empties the outbox: leases messages in batches, sends many at once, and settles their results.

If the process dies, at most `IN_FLIGHT` messages are sent a second time. The topic and the notification's tag merge
the two, so that phones show one.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable

from server.alerts import outbox
from server.alerts.outbox import Message, Outcome, SendResult
from server.alerts.push_client import PushClient
from server.alerts.store import Store
from server.clock import day_of

IN_FLIGHT = 100
"""Messages that are leased and not settled yet, at most."""
BATCH = 50
"""Messages to lease or settle in one transaction, at least, if there are that many."""
LEASE = 300.0
"""Seconds. Longer than `IN_FLIGHT` messages take if a service never answers: 20 at once, 15 seconds each."""
PATIENCE = 900.0
"""Seconds that a run waits for the next retry before it leaves the rest to `resume`."""
POLL = 1.0
"""Seconds between checks of an outbox that has nothing due, or that another sender is emptying."""


class Sender:
    """One run. Several may share a PostgreSQL database; on SQLite the store allows one at a time."""

    def __init__(
        self,
        store: Store,
        push_client: PushClient,
        *,
        lease: float = LEASE,
        patience: float = PATIENCE,
        clock: Callable[[], float] = time.time,
        progress: Callable[[Counter[Outcome]], None] = lambda _: None,
    ) -> None:
        self._store, self._push_client, self._clock, self._progress = store, push_client, clock, progress
        self._lease, self._patience = lease, patience
        self._queue: asyncio.Queue[Message] = asyncio.Queue()
        self._results: list[SendResult] = []
        self._result_added = asyncio.Event()
        self._in_flight = 0
        self._error: Exception | None = None
        self.totals: Counter[Outcome] = Counter()

    async def run(self) -> Counter[Outcome]:
        """Sends until no message is due soon enough to wait for it. Returns the outcomes. Raises `StoreError`."""
        with self._store.sole_sender() as alone:
            if alone:  # any lease is that of a sender that died
                outbox.release_leases(self._store)
            workers = [asyncio.create_task(self._work()) for _ in range(IN_FLIGHT)]
            try:
                while await self._step():
                    pass
            finally:
                for worker in workers:
                    worker.cancel()
                await asyncio.gather(*workers, return_exceptions=True)
                if self._results:
                    await self._settle_and_lease(0)
        return self.totals

    async def _step(self) -> bool:
        """Settles, leases, and waits for what comes next. False when the run is over."""
        room = IN_FLIGHT - self._in_flight + len(self._results)
        leased = await self._settle_and_lease(room if room >= BATCH else 0)
        self._progress(self.totals)
        if not self._in_flight:
            return await self._wait_until_due()
        if not leased or self._in_flight > IN_FLIGHT - BATCH:
            await self._wait_for_results()
        return True

    async def _settle_and_lease(self, limit: int) -> int:
        """Settles the results so far and leases up to `limit` messages. Returns how many were leased."""
        results, self._results = self._results, []
        now = self._clock()
        try:
            messages, outcomes = await asyncio.to_thread(
                outbox.settle_and_lease, self._store, results, limit, now, self._lease, day_of(now)
            )
        except BaseException:
            self._results = results + self._results
            raise
        self._in_flight += len(messages) - len(results)
        self.totals += outcomes
        for message in messages:
            self._queue.put_nowait(message)
        return len(messages)

    async def _wait_for_results(self) -> None:
        while len(self._results) < min(BATCH, self._in_flight):
            self._result_added.clear()
            if self._error:
                raise self._error
            await self._result_added.wait()

    async def _wait_until_due(self) -> bool:
        """Waits for the next message, a second at most. False if there is none, or none soon enough."""
        due = await asyncio.to_thread(outbox.next_due, self._store)
        if due is None or due - self._clock() > max(self._patience, self._lease):
            return False
        await asyncio.sleep(min(max(due - self._clock(), 0.0), POLL))
        return True

    async def _work(self) -> None:
        while True:
            message = await self._queue.get()
            try:
                result = await self._push_client.send(message, self._clock)
            except Exception as error:
                self._error = error  # a bug: it ends the run, and the message stays in the outbox
            else:
                self._results.append(result)  # not a list looked up before `send`: it may have been replaced since
            self._result_added.set()
