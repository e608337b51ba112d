"""Who was not seen for long is forgotten; a wrong clock forgets nobody."""

from __future__ import annotations

import asyncio
import datetime
import logging

import pytest
from sqlalchemy import update

from server.alerts.store import Store
from server.alerts.subscriptions import FEW, SHARE, ForgettingRefusedError, Subscription, forget_unseen, keep
from server.alerts.subscriptions_api import SubscriptionsApi
from server.alerts.tables import subscriptions
from server.alerts.vapid import Keyring
from tests.alerts.conftest import TODAY, crowd, subscribed
from tests.support.pushing import Phone

AREA = "herefordshire"


class Anywhere:
    """Gives phones of a push service that nothing is sent to."""

    origin = "https://fcm.googleapis.com/fcm/send"

    def phone(self, number: int) -> Phone:
        return Phone(number, self.origin)


def days(number: int) -> datetime.timedelta:
    return datetime.timedelta(days=number)


@pytest.fixture
def hundred(store: Store, keyring: Keyring) -> Store:
    """A hundred phones that were all here on `TODAY`."""
    crowd(store, Anywhere(), keyring.all()[0], 100)
    return store


def last_seen(store: Store, numbers: range, day: datetime.date) -> None:
    """Has phones be here last on `day`."""
    ends = [f"{Anywhere.origin}/push/{number}" for number in numbers]
    with store.transaction() as connection:
        connection.execute(update(subscriptions).where(subscriptions.c.endpoint.in_(ends)).values(seen=day))


def the_day_turns(store: Store, keyring: Keyring, day: datetime.date) -> None:
    """What a server does when it starts on `day`, or when that day begins."""
    api = SubscriptionsApi(store, keyring, areas=lambda: frozenset((AREA,)), headers=lambda: ())
    asyncio.run(api.forget_unseen(day))


def test_a_clock_75_days_ahead_and_back_forgets_nobody(
    hundred: Store, keyring: Keyring, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(3):  # and a server that starts again and again nibbles nobody away
        the_day_turns(hundred, keyring, TODAY + days(75))
    assert subscribed(hundred) == 100
    assert "100 of 100 subscribers have not been seen for 60 days if today is 2027-02-08" in caplog.text
    assert "Look at this machine's clock" in caplog.text
    the_day_turns(hundred, keyring, TODAY)
    assert subscribed(hundred) == 100
    caplog.clear()
    caplog.set_level(logging.WARNING)
    the_day_turns(hundred, keyring, TODAY + days(1))
    assert caplog.text == ""


def test_nor_does_it_where_a_phone_was_here_while_it_was_ahead(hundred: Store, keyring: Keyring) -> None:
    ahead = TODAY + days(75)
    phone = Anywhere().phone(500)
    keep(hundred, Subscription(phone.endpoint, phone.p256dh, phone.auth, "k", (AREA,), "en"), ahead)
    the_day_turns(hundred, keyring, ahead)
    the_day_turns(hundred, keyring, TODAY)
    assert subscribed(hundred) == 101


@pytest.mark.parametrize("count", [1, FEW])
def test_nor_does_it_where_there_are_few(store: Store, keyring: Keyring, count: int) -> None:
    crowd(store, Anywhere(), keyring.all()[0], count)
    the_day_turns(store, keyring, TODAY + days(75))
    assert subscribed(store) == count


def test_a_clock_that_is_behind_forgets_nobody(hundred: Store, keyring: Keyring) -> None:
    the_day_turns(hundred, keyring, datetime.date(1970, 1, 1))
    assert subscribed(hundred) == 100


def test_who_was_not_seen_for_sixty_days_is_forgotten(
    hundred: Store, keyring: Keyring, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    last_seen(hundred, range(FEW, 100), TODAY + days(55))
    the_day_turns(hundred, keyring, TODAY + days(60))
    assert subscribed(hundred) == 100
    the_day_turns(hundred, keyring, TODAY + days(61))
    assert subscribed(hundred) == 100 - FEW
    assert f"{FEW} subscriptions not seen for 60 days were removed" in caplog.text


def test_more_than_a_share_at_once_is_left_to_a_person(hundred: Store) -> None:
    last_seen(hundred, range(100 // SHARE + 1, 100), TODAY + days(55))
    with pytest.raises(ForgettingRefusedError, match="so many at once"):
        forget_unseen(hundred, TODAY + days(61))
    assert subscribed(hundred) == 100
    assert forget_unseen(hundred, TODAY + days(61), confirmed=True) == 11
    assert subscribed(hundred) == 89
