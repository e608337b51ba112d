"""Counts for whoever runs the alerts. Nothing here tells one subscriber from another."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from sqlalchemy import func, select

from server.alerts.outbox import who
from server.alerts.services import PushServices
from server.alerts.store import Store
from server.alerts.subscriptions import SET_ASIDE, crowded_day
from server.alerts.tables import outbox, sendings, subscriptions

_AT_ONCE = 1000


@dataclass(frozen=True)
class Sent:
    """One sending, with what became of its messages."""

    notice: str
    areas: str
    day: datetime.date
    subscribers: int
    taken: int
    removed: int
    refused: int
    late: int

    @property
    def waiting(self) -> int:
        return self.subscribers - self.taken - self.removed - self.refused - self.late


def sent(store: Store, notice: str | None = None) -> list[Sent]:
    """The sendings, newest first; with `notice` only its own."""
    columns = [sendings.c[name] for name in Sent.__dataclass_fields__]
    query = select(*columns).order_by(sendings.c.id.desc())
    if notice is not None:
        query = query.where(sendings.c.notice == notice)
    with store.transaction() as connection:
        return [Sent(**row._mapping) for row in connection.execute(query)]


def would_get(store: Store, areas: Sequence[str], services: PushServices) -> Counter[str]:
    """How many subscribers of `areas` each push service would be asked to reach."""
    counts: Counter[str] = Counter()
    query = select(subscriptions.c.endpoint).where(who(areas)).execution_options(yield_per=_AT_ONCE)
    with store.transaction() as connection:
        for endpoint in connection.execute(query).scalars():
            counts[urlsplit(services.origin(endpoint) or "").hostname or "(no push service)"] += 1
    return counts


def by_key(store: Store) -> Counter[str]:
    """How many subscriptions each key has to sign for."""
    query = select(subscriptions.c.key, func.count().label("number")).group_by(subscriptions.c.key)
    with store.transaction() as connection:
        return Counter({row.key: row.number for row in connection.execute(query)})


def lines(store: Store) -> Iterator[str]:
    """The state of the alerts in a few lines."""
    with store.transaction() as connection:
        aside = func.count().filter(subscriptions.c.refusals >= SET_ASIDE)
        total, refused, set_aside, oldest = connection.execute(
            select(func.count(), func.count(subscriptions.c.refused), aside, func.min(subscriptions.c.seen))
        ).one()
        waiting, tried = connection.execute(select(func.count(), func.max(outbox.c.attempts))).one()
        chosen = connection.execute(select(subscriptions.c.areas, func.count()).group_by(subscriptions.c.areas)).all()
        crowded = crowded_day(connection)
    areas: Counter[str] = Counter()
    for names, count in chosen:
        areas.update(dict.fromkeys(names.split(), count))
    yield f"{total:,} subscribers" + (
        f", {refused:,} refused by their service, {set_aside:,} of them set aside, longest unseen {oldest}"
        if total
        else ""
    )
    if crowded:
        day, count = crowded
        yield f"  never sent to: {count:,} made on {day}, the most of any day (`tellsomeone alerts purge {day}`)"
    for area, count in sorted(areas.items()):
        yield f"  {area}: {count:,}"
    yield f"{waiting:,} messages waiting" + (f", tried up to {tried} times" if waiting else "")
    for each in sent(store):
        yield (
            f"  {each.day} {each.notice} ({each.areas or 'all areas'}): {each.taken:,} of {each.subscribers:,} taken, "
            f"{each.removed:,} removed, {each.refused:,} refused, {each.late:,} too late, {each.waiting:,} waiting"
        )
