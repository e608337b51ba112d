"""Senders killed at any moment: nobody is missed, and only messages in flight are sent twice."""

from __future__ import annotations

import random
import time

import pytest

from server.alerts.outbox import count_waiting
from server.alerts.overview import sendings_of
from server.alerts.sender import IN_FLIGHT
from server.alerts.store import Store
from server.alerts.vapid import Key
from tests.alerts.conftest import Senders, crowd, post
from tests.support.pushing import PushService
from tests.support.running import PATIENCE, wait_until
from tests.support.sampling import WHOLE

SUBSCRIBERS = 10_000 if WHOLE else 400
KILLS = 12 if WHOLE else 1
AT_WORK = {"sqlite": 1, "postgresql": 4 if WHOLE else 2}
"""PostgreSQL is shared by several; SQLite has one sender, and the next one takes its place."""


def test_nobody_is_missed_when_senders_are_killed(
    request: pytest.FixtureRequest, url: str, store: Store, key: Key, service: PushService, senders: Senders
) -> None:
    crowd(store, service, key, SUBSCRIBERS)
    assert post(store, time.time) == SUBSCRIBERS
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    moments = sorted(random.Random(seed).sample(range(1, SUBSCRIBERS // 2), KILLS))
    running = [senders.start() for _ in range(AT_WORK[url.partition(":")[0]])]
    killed = 0
    for moment in moments:
        victim = running[0]
        wait_until(
            lambda moment=moment, victim=victim: len(service.received) >= moment or victim.poll() is not None,
            f"message {moment}",
        )
        if victim.poll() is None:
            victim.kill()
            victim.wait()
            killed += 1
        running[0] = senders.start()
    for process in running:
        assert process.wait(PATIENCE * 5) == 0
    assert not service.faults
    assert count_waiting(store) == 0
    assert set(service.times) == set(range(SUBSCRIBERS)), "somebody was missed"
    twice = len(service.received) - SUBSCRIBERS
    print(f"{killed} of {KILLS} kills, {SUBSCRIBERS} subscribers: {twice} sent twice")
    assert killed > 0
    assert twice <= killed * IN_FLIGHT
    assert sendings_of(store)[0].taken == SUBSCRIBERS
