"""Messages to be sent. Each stays here until its result is settled, so a crash may repeat it but can't lose it."""

import datetime
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, bindparam, case, delete, func, insert, literal, null, select, update

from server.alerts.store import Store
from server.alerts.subscriptions import is_recipient, subscribes_to
from server.alerts.tables import outbox, sendings, subscriptions


class Outcome(StrEnum):
    """What became of a message. All but `RETRY` are columns of `sendings` that count them."""

    TAKEN = "taken"
    """The push service accepted it. Whether the phone shows it isn't reported to anybody."""
    REMOVED = "removed"
    """The subscription is gone, and was removed."""
    REFUSED = "refused"
    """The service will never accept it. The day is stored with the subscription."""
    LATE = "late"
    """The notice ended before the service accepted it."""
    RETRY = "retry"
    """To be sent again at `retry_at`."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message with all that is needed to send it. Times are seconds since 1970."""

    id: int
    sending: int
    notice: str
    urgency: str
    ends_at: float
    area: str | None
    attempts: int
    subscription: str
    endpoint: str | None
    """None if the subscription has been removed since."""
    p256dh: str
    auth: str
    key: str
    refusals: int = 0
    """On how many days its service refused our signature for it, since it last accepted a message."""
    proven: int = 0
    """1 if a push service ever accepted a message for it."""


@dataclass(frozen=True, slots=True)
class SendResult:
    message: Message
    outcome: Outcome
    retry_at: float = 0.0
    is_attempt: bool = True
    """False for a message held back because its service is paused."""
    is_refusal: bool = False
    """Whether it counts as a refusal of this subscription, since the service accepts our signature for others."""


def enqueue(
    store: Store, notice: str, areas: Sequence[str], urgency: str, day: datetime.date, now: float, ends_at: float
) -> int:
    """Enqueues a message to each subscriber of `areas` (all if empty) in one transaction. Returns their number.

    Times are seconds since 1970. Raises `StoreError`.
    """
    area_of = case(*[(subscribes_to(area), literal(area)) for area in areas]) if areas else null()
    with store.transaction() as connection:
        sending = connection.execute(
            insert(sendings)
            .values(notice=notice, areas=" ".join(areas), urgency=urgency, day=day, ends_at=ends_at)
            .values(subscribers=0, taken=0, removed=0, refused=0, late=0)
            .returning(sendings.c.id)
        ).scalar_one()
        messages = select(literal(sending), subscriptions.c.id, area_of, literal(now), literal(0.0), literal(0))
        # In random order, so that nobody can put many bad subscriptions before the good ones.
        messages = messages.where(is_recipient(areas)).order_by(func.random())
        columns = ["sending", "subscription", "area", "due_at", "leased_until", "attempts"]
        connection.execute(insert(outbox).from_select(columns, messages))
        count = connection.execute(
            select(func.count()).select_from(outbox).where(outbox.c.sending == sending)
        ).scalar_one()
        connection.execute(update(sendings).where(sendings.c.id == sending).values(subscribers=count))
        return int(count)


def settle_and_lease(
    store: Store, results: Sequence[SendResult], limit: int, now: float, seconds: float, today: datetime.date
) -> tuple[list[Message], Counter[Outcome]]:
    """Settles `results` and leases up to `limit` messages that are due, in one transaction.

    Returns the messages, which nobody else gets before `now + seconds`, and the outcomes settled. Raises `StoreError`.
    """
    with store.transaction() as connection:
        outcomes = _settle(connection, results, today)
        return (_lease(connection, limit, now, seconds) if limit else []), outcomes


def release_leases(store: Store) -> None:
    """Ends every lease. Only for the one sender of a database. Raises `StoreError`."""
    with store.transaction() as connection:
        connection.execute(update(outbox).where(outbox.c.leased_until > 0).values(leased_until=0.0))


def next_due(store: Store) -> float | None:
    """When the next message can be leased, in seconds since 1970; None if there is none. Raises `StoreError`."""
    available = case((outbox.c.leased_until > outbox.c.due_at, outbox.c.leased_until), else_=outbox.c.due_at)
    with store.transaction() as connection:
        due = connection.execute(select(func.min(available))).scalar()
        return None if due is None else float(due)


def count_waiting(store: Store) -> int:
    """The number of messages still to be sent. Raises `StoreError`."""
    with store.transaction() as connection:
        return connection.execute(select(func.count()).select_from(outbox)).scalar_one()


def _lease(connection: Connection, limit: int, now: float, seconds: float) -> list[Message]:
    # SQLite ignores SKIP LOCKED and needs none: its transactions lock the whole database.
    rows = connection.execute(
        select(
            *outbox.c["id", "sending", "area", "attempts", "subscription"],
            *sendings.c["notice", "urgency", "ends_at"],
            *subscriptions.c["endpoint", "p256dh", "auth", "key"],
            func.coalesce(subscriptions.c.refusals, 0).label("refusals"),
            func.coalesce(subscriptions.c.proven, 0).label("proven"),
        )
        .join(sendings, sendings.c.id == outbox.c.sending)
        .outerjoin(subscriptions, subscriptions.c.id == outbox.c.subscription)
        .where(outbox.c.due_at <= now, outbox.c.leased_until <= now)
        # First attempts before retries.
        .order_by(outbox.c.attempts, outbox.c.due_at, outbox.c.id)
        .limit(limit)
        .with_for_update(of=outbox, skip_locked=True)
    ).all()
    if rows:
        ids = [row.id for row in rows]
        connection.execute(update(outbox).where(outbox.c.id.in_(ids)).values(leased_until=now + seconds))
    return [Message(**row._mapping) for row in rows]


def _settle(connection: Connection, results: Sequence[SendResult], today: datetime.date) -> Counter[Outcome]:
    final = {result.message.id: result for result in results if result.outcome is not Outcome.RETRY}
    retries = [result for result in results if result.outcome is Outcome.RETRY]
    # If a lease ran out, another sender may have settled the same message, which is counted once.
    settled = connection.execute(delete(outbox).where(outbox.c.id.in_(list(final))).returning(outbox.c.id)).scalars()
    removed = [final[number] for number in settled]
    _postpone(connection, retries)
    _update_subscriptions(connection, [*final.values(), *retries], today)
    _count(connection, removed)
    return Counter(result.outcome for result in removed) + Counter({Outcome.RETRY: len(retries)})


def _postpone(connection: Connection, retries: Sequence[SendResult]) -> None:
    if not retries:
        return
    connection.execute(
        update(outbox)
        .where(outbox.c.id == bindparam("message"))
        .values(due_at=bindparam("due"), attempts=bindparam("made"), leased_until=0.0),
        [
            {"message": each.message.id, "due": each.retry_at, "made": each.message.attempts + each.is_attempt}
            for each in retries
        ],
    )


def _update_subscriptions(connection: Connection, results: Iterable[SendResult], today: datetime.date) -> None:
    # Update in a fixed order to avoid deadlocks between senders.
    for result in sorted(results, key=lambda result: result.message.subscription):
        is_same = subscriptions.c.id == result.message.subscription
        if result.outcome is Outcome.REMOVED:
            connection.execute(delete(subscriptions).where(is_same))
        elif result.outcome is Outcome.REFUSED:
            connection.execute(update(subscriptions).where(is_same).values(refused=today))
        elif result.outcome is Outcome.TAKEN and (result.message.refusals or not result.message.proven):
            connection.execute(update(subscriptions).where(is_same).values(refusals=0, proven=1))
        elif result.is_refusal:
            first_today = subscriptions.c.refused.is_distinct_from(today)
            values = {"refused": today, "refusals": subscriptions.c.refusals + 1}
            connection.execute(update(subscriptions).where(is_same, first_today).values(values))


def _count(connection: Connection, results: Iterable[SendResult]) -> None:
    counts = Counter((result.message.sending, result.outcome) for result in results)
    for (sending, outcome), count in sorted(counts.items()):
        column = sendings.c[outcome.value]
        connection.execute(update(sendings).where(sendings.c.id == sending).values({column: column + count}))
