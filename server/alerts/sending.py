"""Sends a notice for the commands: enqueues its messages, runs a sender, and sums the run up."""

import asyncio
import datetime
import ssl
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from server.alerts import report
from server.alerts.outbox import Outcome, count_waiting, enqueue
from server.alerts.push_client import PushClient
from server.alerts.sender import Sender
from server.alerts.services import PushServices
from server.alerts.store import Store
from server.alerts.vapid import VapidTokens
from server.clock import day_of, start_of

MESSAGE_LIFE = datetime.timedelta(hours=24)
"""How long a push service stores a message for a phone that is off. The notice stays on the site until its last day."""


def enqueue_notice(
    store: Store, notice: str, areas: Sequence[str], *, urgent: bool, last_day: datetime.date, now: float
) -> int:
    """Enqueues a message to each subscriber of `areas` (all if empty). Returns their number. Raises `StoreError`.

    Messages expire after `MESSAGE_LIFE`, or with the notice's `last_day`. `now` is in seconds since 1970.
    """
    notice_ends = start_of(last_day + datetime.timedelta(days=1)).timestamp()
    ends_at = min(now + MESSAGE_LIFE.total_seconds(), notice_ends)
    return enqueue(store, notice, areas, "high" if urgent else "normal", day_of(now), now, ends_at)


@dataclass(frozen=True)
class Run:
    """What one run of the sender did."""

    totals: Counter[Outcome]
    push_client: PushClient
    waiting: int
    """Messages that are still in the outbox."""
    seconds: float

    def lines(self) -> Iterator[str]:
        """The summary for the operator, a line each."""
        for (origin, status), times in sorted(self.push_client.statuses.items()):
            yield f"  {origin} answered {status} {times:,} times"
        final = _count_final(self.totals)
        yield (
            f"{self.totals[Outcome.TAKEN]:,} taken by the push services, {self.totals[Outcome.REMOVED]:,} gone and "
            f"removed, {self.totals[Outcome.REFUSED]:,} refused, {self.totals[Outcome.LATE]:,} too late, "
            f"{self.waiting:,} waiting; {self.seconds:.1f} s, {final / max(self.seconds, 0.001):,.0f} a second"
        )
        yield from report.remarks(self.push_client.health, self.push_client.missing_keys)

    @property
    def alarm(self) -> str | None:
        """What has to be put right on this machine before the rest can be sent, or None."""
        return report.alarm(self.push_client.health)


def run_sender(
    store: Store,
    tokens: VapidTokens,
    services: PushServices,
    tls: ssl.SSLContext,
    *,
    clock: Callable[[], float],
    show: Callable[[str], None],
) -> Run:
    """Sends what is in the outbox, and calls `show` with the progress once a second. Raises `StoreError`."""
    start = time.monotonic()
    shown_at = start

    def progress(totals: Counter[Outcome]) -> None:
        nonlocal shown_at
        now = time.monotonic()
        if now - shown_at >= 1:
            shown_at = now
            final = _count_final(totals)
            show(f"  {final:,} sent, {final / (now - start):,.0f} a second")

    async def run() -> tuple[Counter[Outcome], PushClient]:
        async with PushClient(tokens, services, tls) as push_client:
            return await Sender(store, push_client, clock=clock, progress=progress).run(), push_client

    totals, push_client = asyncio.run(run())
    return Run(totals, push_client, count_waiting(store), time.monotonic() - start)


def _count_final(totals: Counter[Outcome]) -> int:
    return totals.total() - totals[Outcome.RETRY]
