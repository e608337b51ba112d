"""Push services that are busy, broken or silent: each is retried later, and none delays another."""

from __future__ import annotations

import email.utils
import socket
from collections import Counter
from collections.abc import Iterator

import pytest

from server.alerts.health import MANY, WINDOW, Health
from server.alerts.outbox import Outcome, count_waiting
from server.alerts.push_client import AT_ONCE, retry_after
from server.alerts.store import Store
from server.alerts.vapid import Key
from tests.alerts.conftest import START, Clock, Run, crowd, due, post, subscribed
from tests.support.pushing import PushService


@pytest.mark.parametrize(("status", "headers", "wait"), [
    (429, {"retry-after": "120"}, 120), (429, {}, 30), (503, {"retry-after": "7"}, 7), (500, {}, 30), (502, {}, 30),
    (406, {"retry-after": email.utils.formatdate(START + 90, usegmt=True)}, 90), (408, {}, 30),
])  # fmt: skip
def test_retry_after_is_honoured(
    store: Store, key: Key, service: PushService, send: Run, clock: Clock, status: int, headers: dict, wait: float
) -> None:
    crowd(store, service, key, 1)
    service.answers[0] = [(status, headers)] * 2
    post(store, clock)
    assert send()[Outcome.RETRY] == 1
    assert due(store) == [(wait, 1)]
    clock.now += wait - 1
    assert send() == Counter()
    clock.now += 1
    assert send()[Outcome.RETRY] == 1
    second = 1 if status == 406 else wait if "retry-after" in headers else 60  # that date has passed
    assert due(store) == [(wait + second, 2)]
    clock.now += 3600
    assert send()[Outcome.TAKEN] == 1
    assert subscribed(store) == 1


@pytest.mark.parametrize("status", [429, 503])
def test_a_service_that_throttles_everybody_is_paused(
    store: Store, key: Key, service: PushService, send: Run, clock: Clock, status: int
) -> None:
    crowd(store, service, key, 200)
    for number in range(200):
        service.answers[number] = [(status, {"retry-after": "60"})]
    post(store, clock)
    send()
    tried = [attempts for _, attempts in due(store)]
    assert MANY <= sum(tried) < MANY + AT_ONCE, "those under way when it was clear, and no more"
    assert {moment for moment, _ in due(store)} == {60.0}
    service.answers.clear()
    clock.now += 60
    assert send()[Outcome.TAKEN] == 200


def test_a_service_is_paused_for_an_hour_at_most() -> None:
    health = Health()
    for number in range(MANY):
        health.fail(str(number), 24 * 3600, START)
    assert health.paused_until == START + 3600


def test_failures_of_one_subscription_do_not_pause_its_service() -> None:
    health = Health()
    for _ in range(WINDOW):
        health.fail("the same", 60, START)
    assert health.paused_until == 0


@pytest.fixture
def silent() -> Iterator[PushService]:
    """Takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=500) as listener:
        found = object.__new__(PushService)
        found.origin = f"https://127.0.0.1:{listener.getsockname()[1]}"
        yield found


def test_a_service_that_never_answers_does_not_delay_others(
    store: Store, key: Key, service: PushService, silent: PushService, send: Run, clock: Clock
) -> None:
    """All messages under way may be to the silent one, but only until it is clear that it is silent."""
    send.origins.add(silent.origin)
    crowd(store, silent, key, 400, first=1000)
    crowd(store, service, key, 100)
    post(store, clock)
    assert send(connect_within=3) == {Outcome.TAKEN: 100, Outcome.RETRY: 400}
    assert sum(attempts for _, attempts in due(store)) < MANY + AT_ONCE


def test_a_service_that_can_not_be_reached_is_retried(
    store: Store, key: Key, service: PushService, send: Run, clock: Clock
) -> None:
    crowd(store, service, key, 2)
    post(store, clock)
    service.close()
    assert send()[Outcome.RETRY] == 2
    assert (subscribed(store), count_waiting(store)) == (2, 2)


@pytest.mark.parametrize(("value", "seconds"), [
    ("0", 0), ("120", 120), (" 5 ", 5), ("999999999999999", 86_400), ("-1", None), ("soon", None), ("", None),
    ("1.5", None), ("\u0661", None), (None, None), (email.utils.formatdate(START + 30, usegmt=True), 30),
    (email.utils.formatdate(START - 30, usegmt=True), 0), ("Mon, 99 Foo 2026 99:99:99 GMT", None),
])  # fmt: skip
def test_retry_after_is_read_as_seconds_or_as_a_date(value: str | None, seconds: float | None) -> None:
    assert retry_after(value, START) == seconds
