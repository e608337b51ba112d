"""Empties the outbox: takes messages as there is room, carries many at once, and settles them a part at a time.

At most `IN_FLIGHT` messages are taken and not settled yet. If the process dies these may be sent once more, and the
topic and the phone's tag make one of the two.
"""

from __future__ import annotations

import asyncio
import datetime
import time
from collections import Counter
from collections.abc import Callable

from server.alerts import outbox
from server.alerts.outbox import Answered, Message, Outcome
from server.alerts.push_client import PushClient
from server.alerts.store import Store
from server.clock import LONDON

IN_FLIGHT = 100
PART = 50
LEASE = 300.0
"""Seconds that a taken message is this sender's. Longer than `IN_FLIGHT` messages to one service that never answers:
100 / 20 at once, each given up after 15 seconds."""
PATIENCE = 900.0
"""Seconds that a run waits for a message to be due again, before it leaves it for `resume`."""
LOOK_AGAIN = 1.0
"""Seconds between looks at an outbox that has nothing due, or that another sender is emptying."""


class Sender:
    """One run. Several may share a PostgreSQL database; on SQLite the store lets in one at a time."""

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
        self._answered: list[Answered] = []
        self._wake = asyncio.Event()
        self._held = 0
        """Messages taken and not settled yet."""
        self._failed: Exception | None = None
        self.totals: Counter[Outcome] = Counter()

    async def run(self) -> Counter[Outcome]:
        """Sends until the outbox is empty, or until all that is left is due too late to wait for.

        Gives what became of the messages. Raises `StoreError`; what was not settled then is sent again by the next run.
        """
        with self._store.sole_sender() as alone:
            if alone:  # whoever held a lease is dead
                outbox.release(self._store)
            workers = [asyncio.create_task(self._work()) for _ in range(IN_FLIGHT)]
            try:
                while await self._turn():
                    pass
            finally:
                for worker in workers:
                    worker.cancel()
                await asyncio.gather(*workers, return_exceptions=True)
                if self._answered:
                    await self._settle(0)
        return self.totals

    async def _turn(self) -> bool:
        room = IN_FLIGHT - self._held + len(self._answered)
        taken = await self._settle(room if room >= PART else 0)
        self._progress(self.totals)
        if not self._held:
            return await self._wait()
        if not taken or self._held > IN_FLIGHT - PART:
            await self._some_answered()
        return True

    async def _settle(self, take: int) -> int:
        """Settles what was answered and takes further messages: the whole exchange with the database."""
        answered, self._answered = self._answered, []
        now = self._clock()
        today = datetime.datetime.fromtimestamp(now, LONDON).date()
        try:
            messages, settled = await asyncio.to_thread(
                outbox.turn, self._store, answered, take, now, self._lease, today
            )
        except BaseException:
            self._answered = answered + self._answered
            raise
        self._held += len(messages) - len(answered)
        self.totals += settled
        for message in messages:
            self._queue.put_nowait(message)
        return len(messages)

    async def _some_answered(self) -> None:
        while len(self._answered) < min(PART, self._held):
            self._wake.clear()
            if self._failed:
                raise self._failed
            await self._wake.wait()

    async def _wait(self) -> bool:
        due = await asyncio.to_thread(outbox.next_due, self._store)
        if due is None or due - self._clock() > max(self._patience, self._lease):
            return False
        await asyncio.sleep(min(max(due - self._clock(), 0.0), LOOK_AGAIN))
        return True

    async def _work(self) -> None:
        while True:
            message = await self._queue.get()
            try:
                answered = await self._push_client.carry(message, self._clock)
            except Exception as error:
                self._failed = error  # a mistake of ours: the run ends with it, and the message stays in the outbox
            else:
                self._answered.append(answered)  # into the list of now: another one may have been settled meanwhile
            self._wake.set()
