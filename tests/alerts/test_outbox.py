"""The outbox: leases, and the order in which messages are sent."""

from __future__ import annotations

import pytest

from server.alerts import outbox
from server.alerts.outbox import Outcome, SendResult
from server.alerts.store import Store, StoreError
from server.alerts.vapid import Key
from tests.alerts.conftest import TODAY, Clock, crowd, post
from tests.support.pushing import PushService


def test_first_attempts_come_before_retries(store: Store, key: Key, service: PushService, clock: Clock) -> None:
    crowd(store, service, key, 6)
    post(store, clock)
    failed, _ = outbox.settle_and_lease(store, (), 2, clock(), 60, TODAY)
    retries = [SendResult(each, Outcome.RETRY, clock() + 1) for each in failed]
    outbox.settle_and_lease(store, retries, 0, clock(), 60, TODAY)
    paused, _ = outbox.settle_and_lease(store, (), 2, clock(), 60, TODAY)
    retries = [SendResult(each, Outcome.RETRY, clock() + 9, is_attempt=False) for each in paused]
    outbox.settle_and_lease(store, retries, 0, clock(), 60, TODAY)
    clock.now += 10
    leased, _ = outbox.settle_and_lease(store, (), 9, clock(), 60, TODAY)
    assert [each.attempts for each in leased] == [0] * 4 + [1] * 2
    assert {each.id for each in leased[4:]} == {each.id for each in failed}


def test_a_lease_ends_by_itself(store: Store, key: Key, service: PushService, clock: Clock) -> None:
    crowd(store, service, key, 3)
    post(store, clock)
    first, _ = outbox.settle_and_lease(store, (), 2, clock(), 10, TODAY)
    second, _ = outbox.settle_and_lease(store, (), 9, clock(), 10, TODAY)
    assert len(second) == 1, "two are leased already"
    clock.now += 10
    third, _ = outbox.settle_and_lease(store, (), 9, clock(), 10, TODAY)
    assert {each.id for each in third} >= {each.id for each in first}


def test_one_sender_at_a_time_on_sqlite(sqlite_url: str) -> None:
    store, other = Store(sqlite_url), Store(sqlite_url)
    with store.sole_sender() as alone:
        assert alone
        with pytest.raises(StoreError, match="another sender"), other.sole_sender():
            pass
    with other.sole_sender() as alone:
        assert alone
    store.close()
    other.close()
