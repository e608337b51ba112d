"""Subscriptions not seen for long are removed; a wrong clock removes none."""

from __future__ import annotations

import asyncio
import datetime
import logging

import pytest
from sqlalchemy import update

from server.alerts.store import Store
from server.alerts.subscriptions import FEW, SHARE, RemovalRefusedError, Subscription, remove_unseen, subscribe
from server.alerts.subscriptions_api import SubscriptionsApi
from server.alerts.tables import subscriptions
from server.alerts.vapid import Keyring
from tests.alerts.conftest import TODAY, crowd, subscribed
from tests.support.pushing import Phone

AREA = "herefordshire"


class UnusedService:
    """A push service that nothing is sent to."""

    origin = "https://fcm.googleapis.com/fcm/send"

    def phone(self, number: int) -> Phone:
        return Phone(number, self.origin)


def days(number: int) -> datetime.timedelta:
    return datetime.timedelta(days=number)


@pytest.fixture
def hundred(store: Store, keyring: Keyring) -> Store:
    """A hundred phones last seen on `TODAY`."""
    crowd(store, UnusedService(), keyring.all()[0], 100)
    return store


def set_seen(store: Store, numbers: range, day: datetime.date) -> None:
    """Makes `day` the last visit of these phones."""
    ends = [f"{UnusedService.origin}/push/{number}" for number in numbers]
    with store.transaction() as connection:
        connection.execute(update(subscriptions).where(subscriptions.c.endpoint.in_(ends)).values(seen=day))


def start_day(store: Store, keyring: Keyring, day: datetime.date) -> None:
    """Does what a server does at its start, and when another day begins."""
    api = SubscriptionsApi(store, keyring, areas=lambda: frozenset((AREA,)), headers=lambda: ())
    asyncio.run(api.remove_unseen(day))


def test_a_clock_75_days_ahead_and_back_removes_nobody(
    hundred: Store, keyring: Keyring, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(3):  # a server that restarts again and again removes nobody either
        start_day(hundred, keyring, TODAY + days(75))
    assert subscribed(hundred) == 100
    assert "100 of 100 subscribers have not been seen for 60 days if today is 2027-02-08" in caplog.text
    assert "Look at this machine's clock" in caplog.text
    start_day(hundred, keyring, TODAY)
    assert subscribed(hundred) == 100
    caplog.clear()
    caplog.set_level(logging.WARNING)
    start_day(hundred, keyring, TODAY + days(1))
    assert caplog.text == ""


def test_nor_does_it_if_a_phone_visited_while_it_was_ahead(hundred: Store, keyring: Keyring) -> None:
    ahead = TODAY + days(75)
    phone = UnusedService().phone(500)
    subscribe(hundred, Subscription(phone.endpoint, phone.p256dh, phone.auth, "k", (AREA,), "en"), ahead)
    start_day(hundred, keyring, ahead)
    start_day(hundred, keyring, TODAY)
    assert subscribed(hundred) == 101


@pytest.mark.parametrize("count", [1, FEW])
def test_nor_does_it_if_there_are_few(store: Store, keyring: Keyring, count: int) -> None:
    crowd(store, UnusedService(), keyring.all()[0], count)
    start_day(store, keyring, TODAY + days(75))
    assert subscribed(store) == count


def test_a_clock_that_is_behind_removes_nobody(hundred: Store, keyring: Keyring) -> None:
    start_day(hundred, keyring, datetime.date(1970, 1, 1))
    assert subscribed(hundred) == 100


def test_subscriptions_not_seen_for_sixty_days_are_removed(
    hundred: Store, keyring: Keyring, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    set_seen(hundred, range(FEW, 100), TODAY + days(55))
    start_day(hundred, keyring, TODAY + days(60))
    assert subscribed(hundred) == 100
    start_day(hundred, keyring, TODAY + days(61))
    assert subscribed(hundred) == 100 - FEW
    assert f"{FEW} subscriptions not seen for 60 days were removed" in caplog.text


def test_removing_many_at_once_needs_a_person(hundred: Store) -> None:
    set_seen(hundred, range(100 // SHARE + 1, 100), TODAY + days(55))
    with pytest.raises(RemovalRefusedError, match="so many at once"):
        remove_unseen(hundred, TODAY + days(61))
    assert subscribed(hundred) == 100
    assert remove_unseen(hundred, TODAY + days(61), confirmed=True) == 11
    assert subscribed(hundred) == 89
