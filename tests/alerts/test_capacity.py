"""The number of subscriptions is limited, and a flood of them displaces no real ones."""

from __future__ import annotations

import datetime

import pytest
from sqlalchemy import select, update

from server.alerts import subscriptions
from server.alerts.store import Store
from server.alerts.subscriptions import subscribe
from server.alerts.tables import subscriptions as table
from tests.alerts.conftest import TODAY
from tests.alerts.numbered import subscription


def ids(store: Store) -> set[str]:
    with store.transaction() as connection:
        return set(connection.execute(select(table.c.id)).scalars())


def prove(store: Store, *numbers: int) -> None:
    """As the outbox does when a service accepts a message."""
    with store.transaction() as connection:
        chosen = [subscriptions.id_of(subscription(number).endpoint) for number in numbers]
        connection.execute(update(table).where(table.c.id.in_(chosen)).values(proven=1))


def test_the_number_of_subscriptions_is_limited(store: Store) -> None:
    subscribe(store, subscription(1), TODAY, limit=2)
    subscribe(store, subscription(2), TODAY, limit=2)
    prove(store, 1, 2)
    with pytest.raises(subscriptions.TooManySubscriptionsError):
        subscribe(store, subscription(3), TODAY, limit=2)
    subscribe(store, subscription(2), TODAY, limit=2)


def test_at_the_limit_subscriptions_never_sent_to_make_room(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    day = datetime.timedelta(days=1)
    for number in range(10):
        subscribe(store, subscription(number), TODAY - day)
    prove(store, 0, 1, 2, 3, 4)
    flood = range(100, 190)
    for number in flood:
        subscribe(store, subscription(number), TODAY, limit=100)
    honest = {subscriptions.id_of(subscription(number).endpoint) for number in (*range(10), 200)}
    subscribe(store, subscription(200), TODAY + day, limit=100)
    assert honest <= ids(store), "neither those sent to nor those of another day than the flood's"
    assert len(ids(store)) == 100
    assert f"made on {TODAY} and never sent to were removed" in caplog.text
    assert subscriptions.count_unproven(store, TODAY) == 89
    assert subscriptions.remove_unproven(store, TODAY) == 89
    assert ids(store) == honest
