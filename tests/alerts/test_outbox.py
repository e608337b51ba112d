"""The outbox: whose messages are whose, and in which order they are taken."""

from __future__ import annotations

import pytest

from server.alerts import outbox
from server.alerts.outbox import Answered, Outcome
from server.alerts.store import Store, StoreError
from server.alerts.vapid import Key
from tests.alerts.conftest import TODAY, Clock, crowd, post
from tests.support.pushing import PushService


def test_who_was_not_tried_yet_comes_before_who_was(store: Store, key: Key, service: PushService, clock: Clock) -> None:
    crowd(store, service, key, 6)
    post(store, clock)
    tried, _ = outbox.turn(store, (), 2, clock(), 60, TODAY)
    outbox.turn(store, [Answered(each, Outcome.AGAIN, clock() + 1) for each in tried], 0, clock(), 60, TODAY)
    held, _ = outbox.turn(store, (), 2, clock(), 60, TODAY)
    again = [Answered(each, Outcome.AGAIN, clock() + 9, counts=False) for each in held]
    outbox.turn(store, again, 0, clock(), 60, TODAY)
    clock.now += 10
    taken, _ = outbox.turn(store, (), 9, clock(), 60, TODAY)
    assert [each.attempts for each in taken] == [0] * 4 + [1] * 2
    assert {each.id for each in taken[4:]} == {each.id for each in tried}


def test_a_lease_ends_by_itself(store: Store, key: Key, service: PushService, clock: Clock) -> None:
    crowd(store, service, key, 3)
    post(store, clock)
    taken, _ = outbox.turn(store, (), 2, clock(), 10, TODAY)
    assert len(outbox.turn(store, (), 9, clock(), 10, TODAY)[0]) == 1, "two are somebody else's"
    clock.now += 10
    assert {each.id for each in outbox.turn(store, (), 9, clock(), 10, TODAY)[0]} >= {each.id for each in taken}


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
