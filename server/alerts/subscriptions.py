"""Keeping who asked to be told, for as long as they ask."""

from __future__ import annotations

import base64
import datetime
import hashlib
import hmac
import logging
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import ColumnElement, Connection, and_, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from server.alerts.store import Store
from server.alerts.tables import subscriptions

log = logging.getLogger("tellsomeone")

UNSEEN = datetime.timedelta(days=60)
"""A phone tells that it is still there each time the site is opened. Silent for longer than this, it is forgotten."""
BELIEVED = datetime.timedelta(days=30)
"""A clock further past the newest visit than this may be wrong: nobody is forgotten by it."""
SHARE, FEW = 10, 10
"""No more than a tenth of all are forgotten at once, or `FEW` where that is more."""
SET_ASIDE = 3
"""A subscription for which our signature was refused on so many days gets nothing more, until its phone asks again."""
MOST = 200_000
"""More than the adults of the four areas who would ask: beyond it somebody is filling the disk."""


class NotYours(Exception):
    """The endpoint is known, and its secret is another one."""


class TooMany(Exception):
    """There are `MOST` subscriptions already."""


class ForgettingRefusedError(Exception):
    """So many would be forgotten at once that the clock may be wrong. The message says what to do."""


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
    """What stands for an endpoint, which is itself a secret."""
    return hashlib.sha256(endpoint.encode()).hexdigest()


def is_public_key(p256dh: str) -> bool:
    """Whether it is a point of P-256 in base64url: a message could be encrypted for it."""
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), unpacked(p256dh))
    except ValueError:
        return False
    return True


def unpacked(value: str) -> bytes:
    """Base64url, with or without its padding. Raises `ValueError`."""
    return base64.b64decode(value.rstrip("=") + "=" * (-len(value.rstrip("=")) % 4), b"-_", validate=True)


def packed(value: bytes) -> str:
    """Base64url without padding, as browsers write it."""
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def keep(store: Store, asked: Subscription, today: datetime.date, most: int = MOST) -> None:
    """Keeps a subscription, or renews the one that is there: areas, language and the day it was seen.

    Where there is no room, some that were never sent to make it. Raises `NotYours` when the endpoint is kept with other
    secrets, `TooMany` when all were sent to, and `StoreError`.
    """
    changing = {
        "key": asked.key,
        "areas": f" {' '.join(sorted(set(asked.areas)))} ",
        "language": asked.language,
        "seen": today,
        "refused": None,
        "refusals": 0,
    }
    known = subscriptions.c.id == id_of(asked.endpoint)
    with store.transaction() as connection:
        held = connection.execute(select(subscriptions.c.p256dh, subscriptions.c.auth).where(known)).first()
        if held is None:
            if (connection.execute(select(func.count()).select_from(subscriptions)).scalar() or 0) >= most:
                _make_room(connection, most)
            secrets = {"endpoint": asked.endpoint, "p256dh": asked.p256dh, "auth": asked.auth}
            row = {"id": id_of(asked.endpoint), **secrets, **changing, "created": today}
            try:
                with connection.begin_nested():
                    connection.execute(insert(subscriptions).values(row))
                return
            except IntegrityError:  # PostgreSQL: the same phone asked twice in one moment
                held = connection.execute(select(subscriptions.c.p256dh, subscriptions.c.auth).where(known)).one()
        if not (_same(held.p256dh, asked.p256dh) and _same(held.auth, asked.auth)):
            raise NotYours
        connection.execute(update(subscriptions).where(known).values(changing))


def _make_room(connection: Connection, most: int) -> None:
    """Removes a hundredth of the room from the day on which most were made that were never sent to: a flood's day."""
    crowded = crowded_day(connection)
    if crowded is None:
        raise TooMany
    chosen = select(subscriptions.c.id).where(_made_on(crowded[0])).order_by(func.random()).limit(max(1, most // 100))
    # On PostgreSQL two who make room at once would otherwise wait for each other's rows.
    chosen = chosen.with_for_update(skip_locked=True)
    removed = connection.execute(delete(subscriptions).where(subscriptions.c.id.in_(chosen))).rowcount
    log.error(
        "there are %d subscriptions. To make room, %d made on %s and never sent to were removed. If that day "
        "looks like a flood: `tellsomeone alerts purge %s`",
        most,
        removed,
        crowded[0],
        crowded[0],
    )


def crowded_day(connection: Connection) -> tuple[datetime.date, int] | None:
    """The day on which most subscriptions were made that were never sent to, and their number."""
    count = func.count()
    days = select(subscriptions.c.created, count).where(subscriptions.c.proven == 0).group_by(subscriptions.c.created)
    found = connection.execute(days.order_by(count.desc(), subscriptions.c.created.desc()).limit(1)).first()
    return (found[0], found[1]) if found else None


def _made_on(day: datetime.date) -> ColumnElement[bool]:
    return and_(subscriptions.c.created == day, subscriptions.c.proven == 0)


def unproven(store: Store, day: datetime.date) -> int:
    """How many subscriptions were made on a day and never sent to. Raises `StoreError`."""
    with store.transaction() as connection:
        return connection.execute(select(func.count()).select_from(subscriptions).where(_made_on(day))).scalar_one()


def forget_unproven(store: Store, day: datetime.date) -> int:
    """Removes every subscription that was made on a day and never sent to, and gives how many. Raises `StoreError`."""
    with store.transaction() as connection:
        return connection.execute(delete(subscriptions).where(_made_on(day))).rowcount


def forget(store: Store, endpoint: str, auth: str) -> bool:
    """Removes a subscription for whoever holds its secret. False where there is none such. Raises `StoreError`."""
    known = subscriptions.c.id == id_of(endpoint)
    with store.transaction() as connection:
        held = connection.execute(select(subscriptions.c.auth).where(known)).first()
        if held is None or not _same(held.auth, auth):
            return False
        connection.execute(delete(subscriptions).where(known))
        return True


def unseen(store: Store, today: datetime.date) -> tuple[int, int, datetime.date | None]:
    """How many subscriptions were not seen for `UNSEEN`, of how many, and the newest visit. Raises `StoreError`."""
    with store.transaction() as connection:
        return _unseen(connection, today)


def forget_unseen(store: Store, today: datetime.date, *, confirmed: bool = False) -> int:
    """Removes every subscription that was not seen for `UNSEEN`, and gives how many.

    Raises `StoreError`, and `ForgettingRefusedError` where a person has to confirm it first.
    """
    with store.transaction() as connection:
        overdue, total, newest = _unseen(connection, today)
        if overdue and not confirmed:
            assert newest
            if today - newest > BELIEVED:
                doubt = f"nobody has been seen since {newest}"
            elif overdue > max(FEW, total // SHARE):
                doubt = "so many at once is unusual"
            else:
                doubt = None
            if doubt:
                raise ForgettingRefusedError(
                    f"{overdue:,} of {total:,} subscribers have not been seen for {UNSEEN.days} days if today is "
                    f"{today}, but {doubt}. None was removed. Look at this machine's clock; if it is right, run "
                    "`tellsomeone alerts forget`"
                )
        return connection.execute(delete(subscriptions).where(subscriptions.c.seen < today - UNSEEN)).rowcount


def _unseen(connection: Connection, today: datetime.date) -> tuple[int, int, datetime.date | None]:
    overdue = func.count().filter(subscriptions.c.seen < today - UNSEEN)
    found = connection.execute(select(overdue, func.count(), func.max(subscriptions.c.seen))).one()
    return found[0], found[1], found[2]


def forget_key(store: Store, key: str) -> int:
    """Removes every subscription of a VAPID key that is no longer to be trusted. Raises `StoreError`."""
    with store.transaction() as connection:
        return connection.execute(delete(subscriptions).where(subscriptions.c.key == key)).rowcount


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())
