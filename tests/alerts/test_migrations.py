"""Migrations: a newer release keeps every row, and a step that fails changes nothing."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection, inspect, text

from server.alerts.migrations import MIGRATIONS
from server.alerts.store import Store, StoreError
from server.alerts.subscriptions import subscribe
from server.alerts.tables import METADATA, subscriptions
from tests.alerts.conftest import TODAY
from tests.alerts.numbered import stored_numbers, subscription


def test_the_migrations_create_the_tables(store: Store) -> None:
    with store.transaction() as connection:
        found = inspect(connection)
        for table in METADATA.sorted_tables:
            made = {column["name"]: column["nullable"] for column in found.get_columns(table.name)}
            assert made == {column.name: bool(column.nullable) for column in table.columns}


def test_a_subscription_has_no_columns_beyond_the_privacy_page() -> None:
    assert set(subscriptions.columns.keys()) == {
        "id", "endpoint", "p256dh", "auth", "key", "areas", "language", "created", "seen", "refused",
        "refusals", "proven",
    }  # fmt: skip


def a_further_step(connection: Connection) -> None:
    connection.execute(text("ALTER TABLE subscriptions ADD COLUMN further INTEGER"))
    connection.execute(text("UPDATE subscriptions SET further = 1"))


def a_step_that_fails(connection: Connection) -> None:
    a_further_step(connection)
    connection.execute(text("DELETE FROM subscriptions"))
    connection.execute(text("SELECT * FROM nowhere"))


def test_a_newer_release_keeps_every_row(url: str, store: Store) -> None:
    for number in range(50):
        subscribe(store, subscription(number), TODAY)
    newer = Store(url, (*MIGRATIONS, a_further_step))
    assert stored_numbers(newer) == set(range(50))
    with newer.transaction() as connection:
        assert connection.execute(text("SELECT sum(further) FROM subscriptions")).scalar() == 50
    newer.close()
    older = Store(url)
    with pytest.raises(StoreError, match="newer release"):
        stored_numbers(older)


def test_a_step_that_fails_changes_nothing(url: str, store: Store) -> None:
    for number in range(50):
        subscribe(store, subscription(number), TODAY)
    newer = Store(url, (*MIGRATIONS, a_step_that_fails))
    with pytest.raises(StoreError):
        stored_numbers(newer)
    assert stored_numbers(store) == set(range(50))
    subscribe(store, subscription(50), TODAY)
