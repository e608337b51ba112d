"""A sender needs no more memory for many subscribers than for a few."""

from __future__ import annotations

import json
import time

import pytest

from server.alerts.store import Store
from server.alerts.vapid import Key
from tests.alerts.conftest import Senders, crowd, post
from tests.support.pushing import PushService
from tests.support.running import PATIENCE
from tests.support.sampling import WHOLE

FEW, MANY = (1_000, 100_000) if WHOLE else (200, 1_200)
MORE = 8
"""Megabytes that chance may add."""


@pytest.fixture
def url(sqlite_url: str) -> str:
    return sqlite_url


def test_memory_does_not_grow_with_the_subscribers(
    store: Store, key: Key, service: PushService, senders: Senders
) -> None:
    peaks = []
    for count in (FEW, MANY):
        with store.transaction() as connection:
            connection.exec_driver_sql("DELETE FROM subscriptions")
        crowd(store, service, key, count)
        post(store, time.time)
        out, _ = senders.start().communicate(timeout=PATIENCE * 20)
        result = json.loads(out)
        assert result["taken"] == count
        peaks.append(result["kilobytes"] / 1024)
        service.received.clear()
    print(f"memory: {peaks[0]:.0f} MB for {FEW} subscribers, {peaks[1]:.0f} MB for {MANY}")
    assert peaks[1] - peaks[0] < MORE
