"""What is still to be sent. A message leaves the outbox only with its answer, so a crash repeats and never loses."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    bindparam,
    case,
    delete,
    func,
    insert,
    literal,
    null,
    or_,
    select,
    true,
    update,
)

from server.alerts.store import Store
from server.alerts.subscriptions import SET_ASIDE
from server.alerts.tables import outbox, sendings, subscriptions


class Outcome(StrEnum):
    """What became of a message. The values are the columns of `sendings` that count them."""

    TAKEN = "taken"
    """The push service took it. Whether a phone ever shows it, nobody is told."""
    REMOVED = "removed"
    """The subscription is gone, and was removed."""
    REFUSED = "refused"
    """The service will never take it; the day is written down with the subscription."""
    LATE = "late"
    """The notice ended before the service took it."""
    AGAIN = "again"
    """To be tried again at `again_at`."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message with all that it takes to send it."""

    id: int
    sending: int
    notice: str
    urgency: str
    ends_at: float
    area: str | None
    attempts: int
    subscription: str
    endpoint: str | None
    """None where the subscription has gone since."""
    p256dh: str
    auth: str
    key: str
    refusals: int = 0
    """On how many days its service refused our signature for it, since it last accepted a message."""
    proven: int = 0
    """Whether a push service ever accepted a message for it."""


@dataclass(frozen=True, slots=True)
class Answered:
    message: Message
    outcome: Outcome
    again_at: float = 0.0
    counts: bool = True
    """Whether this was an attempt: a message held back because its service is paused was not tried."""
    marked: bool = False
    """Whether the subscription is marked as refused: the signature is right, so the fault lies with it alone."""


def who(areas: Sequence[str]) -> ColumnElement[bool]:
    """The subscribers of any of the areas, no area standing for all, without those that were set aside."""
    return and_(or_(*map(_chose, areas)) if areas else true(), subscriptions.c.refusals < SET_ASIDE)


def _chose(area: str) -> ColumnElement[bool]:
    return subscriptions.c.areas.contains(f" {area} ", autoescape=True)


def put(
    store: Store, notice: str, areas: Sequence[str], urgency: str, day: datetime.date, now: float, ends_at: float
) -> int:
    """Puts a message to each subscriber of `areas` (none: of all) into the outbox, all or none. Gives their number."""
    named = [(_chose(area), literal(area)) for area in areas]
    with store.transaction() as connection:
        sending = connection.execute(
            insert(sendings)
            .values(notice=notice, areas=" ".join(areas), urgency=urgency, day=day, ends_at=ends_at)
            .values(subscribers=0, taken=0, removed=0, refused=0, late=0)
            .returning(sendings.c.id)
        ).scalar_one()
        messages = select(
            literal(sending),
            subscriptions.c.id,
            case(*named) if named else null(),
            literal(now),
            literal(0.0),
            literal(0),
        ).where(who(areas))
        # In no order that a subscriber can choose: else many bad subscriptions in a row stand before the good ones.
        messages = messages.order_by(func.random())
        columns = ["sending", "subscription", "area", "due_at", "leased_until", "attempts"]
        connection.execute(insert(outbox).from_select(columns, messages))
        count = connection.execute(
            select(func.count()).select_from(outbox).where(outbox.c.sending == sending)
        ).scalar_one()
        connection.execute(update(sendings).where(sendings.c.id == sending).values(subscribers=count))
        return int(count)


def turn(
    store: Store, answered: Sequence[Answered], take: int, now: float, lease: float, today: datetime.date
) -> tuple[list[Message], Counter[Outcome]]:
    """Settles what was answered and takes up to `take` messages that are due, in one transaction.

    Gives the messages, which are this sender's until `now + lease`, and what was settled.
    """
    with store.transaction() as connection:
        settled = _settle(connection, answered, today)
        return (_take(connection, take, now, lease) if take else []), settled


def release(store: Store) -> None:
    """Ends every lease: only for whoever is sure to be the one sender."""
    with store.transaction() as connection:
        connection.execute(update(outbox).where(outbox.c.leased_until > 0).values(leased_until=0.0))


def next_due(store: Store) -> float | None:
    """When the next message can be taken, or None where the outbox is empty."""
    free = case((outbox.c.leased_until > outbox.c.due_at, outbox.c.leased_until), else_=outbox.c.due_at)
    with store.transaction() as connection:
        due = connection.execute(select(func.min(free))).scalar()
        return None if due is None else float(due)


def waiting(store: Store) -> int:
    """The messages still to be sent."""
    with store.transaction() as connection:
        return connection.execute(select(func.count()).select_from(outbox)).scalar_one()


def _take(connection: Connection, limit: int, now: float, lease: float) -> list[Message]:
    # On SQLite the lock of the transaction does what SKIP LOCKED does on PostgreSQL, and the words are left out.
    rows = connection.execute(
        select(
            outbox.c.id,
            outbox.c.sending,
            sendings.c.notice,
            sendings.c.urgency,
            sendings.c.ends_at,
            outbox.c.area,
            outbox.c.attempts,
            outbox.c.subscription,
            subscriptions.c.endpoint,
            subscriptions.c.p256dh,
            subscriptions.c.auth,
            subscriptions.c.key,
            func.coalesce(subscriptions.c.refusals, 0).label("refusals"),
            func.coalesce(subscriptions.c.proven, 0).label("proven"),
        )
        .join(sendings, sendings.c.id == outbox.c.sending)
        .outerjoin(subscriptions, subscriptions.c.id == outbox.c.subscription)
        .where(outbox.c.due_at <= now, outbox.c.leased_until <= now)
        # Who was not tried yet comes first, whatever else is still to be tried again.
        .order_by(outbox.c.attempts, outbox.c.due_at, outbox.c.id)
        .limit(limit)
        .with_for_update(of=outbox, skip_locked=True)
    ).all()
    if rows:
        ids = [row.id for row in rows]
        connection.execute(update(outbox).where(outbox.c.id.in_(ids)).values(leased_until=now + lease))
    return [Message(**row._mapping) for row in rows]


def _settle(connection: Connection, answered: Sequence[Answered], today: datetime.date) -> Counter[Outcome]:
    ended = {each.message.id: each for each in answered if each.outcome is not Outcome.AGAIN}
    again = [each for each in answered if each.outcome is Outcome.AGAIN]
    gone: Sequence[int] = []
    if ended:
        removed = delete(outbox).where(outbox.c.id.in_(list(ended))).returning(outbox.c.id)
        # A lease that ran out may have let another sender settle the same message: it is counted once.
        gone = connection.execute(removed).scalars().all()
    if again:
        connection.execute(
            update(outbox)
            .where(outbox.c.id == bindparam("its"))
            .values(due_at=bindparam("due"), attempts=bindparam("tried"), leased_until=0.0),
            [
                {"its": each.message.id, "due": each.again_at, "tried": each.message.attempts + each.counts}
                for each in again
            ],
        )
    # Rows shared with other senders: always in the same order, so that no two wait for each other for ever.
    for each in sorted([*ended.values(), *again], key=lambda each: each.message.subscription):
        known = subscriptions.c.id == each.message.subscription
        if each.outcome is Outcome.REMOVED:
            connection.execute(delete(subscriptions).where(known))
        elif each.outcome is Outcome.REFUSED:
            connection.execute(update(subscriptions).where(known).values(refused=today))
        elif each.outcome is Outcome.TAKEN and (each.message.refusals or not each.message.proven):
            connection.execute(update(subscriptions).where(known).values(refusals=0, proven=1))
        elif each.marked:
            earlier = or_(subscriptions.c.refused.is_(None), subscriptions.c.refused != today)
            marked = {"refused": today, "refusals": subscriptions.c.refusals + 1}
            connection.execute(update(subscriptions).where(known, earlier).values(marked))
    counted = Counter((ended[number].message.sending, ended[number].outcome) for number in gone)
    for (sending, outcome), count in sorted(counted.items()):
        column = sendings.c[outcome.value]
        connection.execute(update(sendings).where(sendings.c.id == sending).values({column: column + count}))
    return Counter(ended[number].outcome for number in gone) + Counter({Outcome.AGAIN: len(again)})
