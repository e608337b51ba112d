"""Sends a notice for the commands: enqueues its messages, runs a sender, and tells the operator how it went."""

import asyncio
import datetime
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

from server.alerts.health import Health, fault_is_ours
from server.alerts.outbox import Outcome, count_waiting, enqueue
from server.alerts.push_client import PushClient
from server.alerts.sender import Sender
from server.alerts.store import Store
from server.alerts.subscriptions import SET_ASIDE
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
        yield from remarks(self.push_client.health, self.push_client.missing_keys)


def run_sender(store: Store, push_client: PushClient, clock: Callable[[], float], show: Callable[[str], None]) -> Run:
    """Sends what is in the outbox, and calls `show` with the progress once a second. Raises `StoreError`."""
    start = shown_at = time.monotonic()

    def progress(totals: Counter[Outcome]) -> None:
        nonlocal shown_at
        now = time.monotonic()
        if now - shown_at >= 1:
            shown_at = now
            final = _count_final(totals)
            show(f"  {final:,} sent, {final / (now - start):,.0f} a second")

    async def run() -> Counter[Outcome]:
        async with push_client:
            return await Sender(store, push_client, clock=clock, progress=progress).run()

    return Run(asyncio.run(run()), push_client, count_waiting(store), time.monotonic() - start)


def _count_final(totals: Counter[Outcome]) -> int:
    return totals.total() - totals[Outcome.RETRY]


def alarm(services: Mapping[str, Health]) -> str | None:
    """What the operator has to put right if our signature is refused nearly everywhere; None if it isn't."""
    if not fault_is_ours(services):
        return None
    refusing = [(origin, health) for origin, health in sorted(services.items()) if health.refuses_us]
    return (
        f"{'; '.join(f'{origin} refused our signature {_share(health)}' for origin, health in refusing)}. "
        "Nobody was removed. Look at this machine's clock and at `tellsomeone alerts keys`, then `tellsomeone alerts "
        "resume`. Don't drop a key for this: its subscribers would lose their alerts."
    )


def remarks(services: Mapping[str, Health], missing_keys: Mapping[str, Set[str]]) -> Iterator[str]:
    """What else the operator should know, a line each. `missing_keys`: the subscriptions of each key without a file."""
    ours = fault_is_ours(services)
    for origin, health in sorted(services.items()):
        if health.refuses_us and not ours:
            yield (
                f"{origin} refused our signature {_share(health)}, and other services accepted it: this machine's "
                "clock and keys are right. If it goes on, look at TELLSOMEONE_ORIGIN, which services are given as our "
                "address."
            )
        elif health.refused and not health.refuses_us:
            yield (
                f"{origin} refused our signature {_share(health)}. Your keys and clock are right: these subscriptions "
                "were made with somebody else's key. Each is set aside once it has been refused on "
                f"{SET_ASIDE} days. There is nothing to do."
            )
        if health.doubtful:
            yield (
                f"{origin} says that {len(health.gone):,} subscriptions are gone but accepted no message, so the fault "
                "is more likely its own. The rest are kept and tried again."
            )
    for key, affected in sorted(missing_keys.items()):
        yield (
            f"the file of key {key} is missing, so nothing could be sent to its {len(affected):,} subscribers. Nobody "
            "was removed: put the file back from your copy, then `tellsomeone alerts resume`. If there is no copy, "
            f"`tellsomeone alerts keys drop {key}` removes them."
        )


def _share(health: Health) -> str:
    return f"for {len(health.refused):,} of {len(health.refused) + health.accepted:,} subscribers"
