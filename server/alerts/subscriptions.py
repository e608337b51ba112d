"""Subscriptions: stored when a phone subscribes, removed when it unsubscribes or hasn't been seen for long."""

import datetime
import hashlib
import hmac
import logging
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import ColumnElement, Connection, and_, delete, func, insert, or_, select, true, update
from sqlalchemy.exc import IntegrityError

from server.alerts import base64url
from server.alerts.store import Store
from server.alerts.tables import subscriptions

log = logging.getLogger("tellsomeone")

RETENTION = datetime.timedelta(days=60)
"""A phone renews its subscription when the site is opened. One not renewed for longer than this is removed."""
LONGEST_QUIET = datetime.timedelta(days=30)
"""If no phone was seen for longer than this, the clock may be wrong and nothing is removed."""
SHARE, FEW = 10, 10
"""At most one in `SHARE` is removed at once without a person's confirmation, or `FEW` if that is more."""
SET_ASIDE = 3
"""A subscription is sent nothing after its service refused our signature on this many days, until it is renewed."""
MAX_SUBSCRIPTIONS = 200_000
"""More than would subscribe in the four areas. If there are more, somebody is filling the disk."""


class SecretMismatchError(Exception):
    """The endpoint is stored with other secrets: it is another phone's."""


class TooManySubscriptionsError(Exception):
    """There are `MAX_SUBSCRIPTIONS`, and a push service has accepted a message for each."""


class RemovalRefusedError(Exception):
    """So many would be removed at once that the clock may be wrong. The message says what to do."""


@dataclass(frozen=True)
class Subscription:
    endpoint: str
    p256dh: str
    auth: str
    key: str
    """The id of the VAPID key that the phone subscribed with."""
    areas: tuple[str, ...]
    language: str


def id_of(endpoint: str) -> str:
    """The id of a subscription: a hash, since the endpoint itself is a secret."""
    return hashlib.sha256(endpoint.encode()).hexdigest()


def is_public_key(p256dh: str) -> bool:
    """Whether it is a point of P-256 in base64url, so that a message can be encrypted for it."""
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), base64url.decode(p256dh))
    except ValueError:
        return False
    return True


def subscribe(store: Store, subscription: Subscription, today: datetime.date, limit: int = MAX_SUBSCRIPTIONS) -> None:
    """Stores a subscription, or renews the stored one: key, areas, language and the day it was seen.

    At `limit`, subscriptions that were never sent to are removed to make room. Raises `SecretMismatchError`,
    `TooManySubscriptionsError` and `StoreError`.
    """
    renewed = {
        "key": subscription.key,
        "areas": f" {' '.join(sorted(set(subscription.areas)))} ",
        "language": subscription.language,
        "seen": today,
        "refused": None,
        "refusals": 0,
    }
    secrets = {"endpoint": subscription.endpoint, "p256dh": subscription.p256dh, "auth": subscription.auth}
    is_same = subscriptions.c.id == id_of(subscription.endpoint)
    with store.transaction() as connection:
        stored = connection.execute(select(subscriptions.c.p256dh, subscriptions.c.auth).where(is_same)).first()
        if stored is None:
            if (connection.execute(select(func.count()).select_from(subscriptions)).scalar() or 0) >= limit:
                _make_room(connection, limit)
            row = {"id": id_of(subscription.endpoint), **secrets, **renewed, "created": today}
            try:
                with connection.begin_nested():
                    connection.execute(insert(subscriptions).values(row))
                return
            except IntegrityError:  # PostgreSQL: the same phone subscribed in another transaction meanwhile
                stored = connection.execute(select(subscriptions.c.p256dh, subscriptions.c.auth).where(is_same)).one()
        if not (_equal(stored.p256dh, subscription.p256dh) and _equal(stored.auth, subscription.auth)):
            raise SecretMismatchError
        connection.execute(update(subscriptions).where(is_same).values(renewed))


def is_recipient(areas: Sequence[str]) -> ColumnElement[bool]:
    """The condition that selects subscribers of any of `areas` (all if empty), except those set aside."""
    return and_(or_(*map(subscribes_to, areas)) if areas else true(), subscriptions.c.refusals < SET_ASIDE)


def subscribes_to(area: str) -> ColumnElement[bool]:
    """The condition that selects subscribers of `area`."""
    return subscriptions.c.areas.contains(f" {area} ", autoescape=True)


def unsubscribe(store: Store, endpoint: str, auth: str) -> bool:
    """Removes the subscription with this endpoint and secret. False if there is none. Raises `StoreError`."""
    is_same = subscriptions.c.id == id_of(endpoint)
    with store.transaction() as connection:
        stored = connection.execute(select(subscriptions.c.auth).where(is_same)).first()
        if stored is None or not _equal(stored.auth, auth):
            return False
        connection.execute(delete(subscriptions).where(is_same))
        return True


def _equal(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())


def _make_room(connection: Connection, limit: int) -> None:
    """Removes unproven subscriptions, a hundredth of `limit`, of the day with most of them: likely that of a flood."""
    crowded = crowded_day(connection)
    if crowded is None:
        raise TooManySubscriptionsError
    day = crowded[0]
    chosen = select(subscriptions.c.id).where(_unproven_of(day)).order_by(func.random()).limit(max(1, limit // 100))
    # On PostgreSQL, two transactions that make room at once would otherwise wait for each other's rows.
    chosen = chosen.with_for_update(skip_locked=True)
    removed = connection.execute(delete(subscriptions).where(subscriptions.c.id.in_(chosen))).rowcount
    message = (
        "there are %d subscriptions. To make room, %d made on %s and never sent to were removed. If that day "
        "looks like a flood: `tellsomeone alerts purge %s`"
    )
    log.error(message, limit, removed, day, day)


def crowded_day(connection: Connection) -> tuple[datetime.date, int] | None:
    """The day on which most unproven subscriptions were made, and their number; None if there are none."""
    count = func.count()
    days = select(subscriptions.c.created, count).where(subscriptions.c.proven == 0).group_by(subscriptions.c.created)
    row = connection.execute(days.order_by(count.desc(), subscriptions.c.created.desc()).limit(1)).first()
    return (row[0], row[1]) if row else None


def _unproven_of(day: datetime.date) -> ColumnElement[bool]:
    return and_(subscriptions.c.created == day, subscriptions.c.proven == 0)


def count_unproven(store: Store, day: datetime.date) -> int:
    """How many subscriptions were made on `day` and never sent to. Raises `StoreError`."""
    with store.transaction() as connection:
        return connection.execute(select(func.count()).select_from(subscriptions).where(_unproven_of(day))).scalar_one()


def remove_unproven(store: Store, day: datetime.date) -> int:
    """Removes every subscription made on `day` and never sent to, and returns how many. Raises `StoreError`."""
    with store.transaction() as connection:
        return connection.execute(delete(subscriptions).where(_unproven_of(day))).rowcount


def count_unseen(store: Store, today: datetime.date) -> tuple[int, int, datetime.date | None]:
    """How many subscriptions weren't seen for `RETENTION`, of how many, and the newest visit. Raises `StoreError`."""
    with store.transaction() as connection:
        return _count_unseen(connection, today)


def remove_unseen(store: Store, today: datetime.date, *, confirmed: bool = False) -> int:
    """Removes and counts every subscription not seen for `RETENTION`. Raises `StoreError` and `RemovalRefusedError`."""
    with store.transaction() as connection:
        overdue, total, newest = _count_unseen(connection, today)
        if overdue and not confirmed:
            assert newest
            doubt = "so many at once is unusual" if overdue > max(FEW, total // SHARE) else None
            if today - newest > LONGEST_QUIET:
                doubt = f"nobody has been seen since {newest}"
            if doubt:
                raise RemovalRefusedError(
                    f"{overdue:,} of {total:,} subscribers have not been seen for {RETENTION.days} days if today is "
                    f"{today}, but {doubt}. None was removed. Look at this machine's clock; if it is right, run "
                    "`tellsomeone alerts forget`"
                )
        return connection.execute(delete(subscriptions).where(subscriptions.c.seen < today - RETENTION)).rowcount


def _count_unseen(connection: Connection, today: datetime.date) -> tuple[int, int, datetime.date | None]:
    overdue = func.count().filter(subscriptions.c.seen < today - RETENTION)
    row = connection.execute(select(overdue, func.count(), func.max(subscriptions.c.seen))).one()
    return row[0], row[1], row[2]


def remove_for_key(store: Store, key: str) -> int:
    """Removes every subscription made with the VAPID key of this id, and returns how many. Raises `StoreError`."""
    with store.transaction() as connection:
        return connection.execute(delete(subscriptions).where(subscriptions.c.key == key)).rowcount
