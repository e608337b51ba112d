"""Counts for the operator. Nothing here identifies a subscriber."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Row, func, select

from server.alerts.services import PushServices
from server.alerts.store import Store
from server.alerts.subscriptions import SET_ASIDE, crowded_day, is_recipient
from server.alerts.tables import outbox, sendings, subscriptions
from server.alerts.vapid import Keyring


def sendings_of(store: Store, notice: str | None = None) -> Sequence[Row[Any]]:
    """The rows of `sendings`, or those of one notice, newest first. Raises `StoreError`."""
    query = select(sendings).order_by(sendings.c.id.desc())
    if notice is not None:
        query = query.where(sendings.c.notice == notice)
    with store.transaction() as connection:
        return connection.execute(query).all()


def count_by_service(store: Store, areas: Sequence[str], services: PushServices) -> Counter[str]:
    """How many subscribers of `areas` each push service has, by host. Raises `StoreError`."""
    query = select(subscriptions.c.endpoint).where(is_recipient(areas)).execution_options(yield_per=1000)
    with store.transaction() as connection:
        origins = map(services.origin, connection.execute(query).scalars())
        return Counter(urlsplit(origin or "").hostname or "(no push service)" for origin in origins)


def count_by_key(store: Store) -> Counter[str]:
    """How many subscriptions were made with each key, by key id. Raises `StoreError`."""
    query = select(subscriptions.c.key, func.count().label("number")).group_by(subscriptions.c.key)
    with store.transaction() as connection:
        return Counter({row.key: row.number for row in connection.execute(query)})


def key_lines(store: Store, keyring: Keyring) -> Iterator[str]:
    """The VAPID keys with their subscribers, a line each. Raises `StoreError` and `VapidKeyError`."""
    counts, keys = count_by_key(store), keyring.all()
    for key in keys:
        yield f"{key.id}  {counts[key.id]:,} subscribers  {key.file}{'  current' if key is keys[-1] else ''}"
    for missing in sorted(set(counts) - {key.id for key in keys}):
        yield f"{missing}  {counts[missing]:,} subscribers  file missing: put it back from your copy"
    if not keys:
        yield "There is no key, so nobody can subscribe. To make one: `tellsomeone alerts keys make`"


def status_lines(store: Store) -> Iterator[str]:
    """Subscribers, messages waiting and every sending, a line each. Raises `StoreError`."""
    with store.transaction() as connection:
        aside = func.count().filter(subscriptions.c.refusals >= SET_ASIDE)
        total, refused, set_aside, oldest = connection.execute(
            select(func.count(), func.count(subscriptions.c.refused), aside, func.min(subscriptions.c.seen))
        ).one()
        waiting, attempts = connection.execute(select(func.count(), func.max(outbox.c.attempts))).one()
        rows = connection.execute(select(subscriptions.c.areas, func.count()).group_by(subscriptions.c.areas)).all()
        crowded = crowded_day(connection)
    areas: Counter[str] = Counter()
    for names, count in rows:
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
    yield f"{waiting:,} messages waiting" + (f", tried up to {attempts} times" if waiting else "")
    for sending in sendings_of(store):
        settled = sending.taken + sending.removed + sending.refused + sending.late
        yield (
            f"  {sending.day} {sending.notice} ({sending.areas or 'all areas'}): {sending.taken:,} of "
            f"{sending.subscribers:,} taken, {sending.removed:,} removed, {sending.refused:,} refused, "
            f"{sending.late:,} too late, {sending.subscribers - settled:,} waiting"
        )
