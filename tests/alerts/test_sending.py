"""What a push service and a phone see of a message, and who gets one."""

from __future__ import annotations

import time
from collections import Counter

import pytest

from server.alerts.health import ENOUGH_GONE
from server.alerts.outbox import Outcome, count_waiting, enqueue
from server.alerts.overview import sendings_of
from server.alerts.push_client import PADDED, PushClient
from server.alerts.sender import Sender
from server.alerts.store import Store
from server.alerts.subscriptions import remove_for_key, unsubscribe
from server.alerts.vapid import TOKEN_LIFE, Key, Keyring, VapidTokens
from tests.alerts.conftest import TODAY, Clock, Run, crowd, post, subscribed
from tests.support.pushing import PushService


def test_messages_hold_ids_only_and_have_the_same_length(
    store: Store, key: Key, service: PushService, send: Run, clock: Clock
) -> None:
    crowd(store, service, key, 3)
    enqueue(store, "a-preview", ("worcestershire", "herefordshire"), "high", TODAY, clock(), clock() + 3600)
    assert send()[Outcome.TAKEN] == 3
    post(store, clock, "another-notice")
    assert send()[Outcome.TAKEN] == 3
    assert not service.faults
    assert [read for _, read, _ in service.received] == [{"id": "a-preview", "area": "herefordshire"}] * 3 + [
        {"id": "another-notice", "area": None}
    ] * 3
    headers = [headers for _, _, headers in service.received]
    assert [each["ttl"] for each in headers] == ["3600"] * 3 + ["86400"] * 3
    assert [each["urgency"] for each in headers] == ["high"] * 3 + ["normal"] * 3
    assert len({each["topic"] for each in headers}) == 2
    assert len({each["content-length"] for each in headers}) == 1
    assert len({each["authorization"] for each in headers[:3]}) == 1, "one token for all, signed once"
    assert not {"cookie", "referer", "origin"} & set(headers[0])
    assert PADDED < int(headers[0]["content-length"]) < 2744


def test_only_the_subscribers_of_an_area_get_it(
    store: Store, key: Key, service: PushService, send: Run, clock: Clock
) -> None:
    crowd(store, service, key, 2, "herefordshire")
    enqueue(store, "a-preview", ("shropshire",), "normal", TODAY, clock(), clock() + 3600)
    assert send() == Counter()
    assert service.received == []


@pytest.mark.parametrize("status", [404, 410])
def test_subscriptions_reported_gone_are_removed(
    store: Store, key: Key, service: PushService, send: Run, clock: Clock, status: int
) -> None:
    crowd(store, service, key, 3)
    service.answers[1] = [(status, {})]
    post(store, clock)
    assert send() == {Outcome.TAKEN: 2, Outcome.REMOVED: 1}
    assert (subscribed(store), count_waiting(store)) == (2, 0)


def test_nothing_is_sent_after_unsubscribing(
    store: Store, key: Key, service: PushService, send: Run, clock: Clock
) -> None:
    crowd(store, service, key, 2)
    post(store, clock)
    assert unsubscribe(store, service.phone(0).endpoint, service.phone(0).auth)
    assert send() == {Outcome.TAKEN: 1, Outcome.REMOVED: 1}
    assert list(service.times) == [1]


def test_a_notice_that_has_ended_is_not_sent(
    store: Store, key: Key, service: PushService, send: Run, clock: Clock
) -> None:
    crowd(store, service, key, 2)
    service.answers[0] = [(503, {"retry-after": "80000"})]
    service.answers[1] = [(503, {"retry-after": "86400"})]
    post(store, clock)
    assert send() == {Outcome.RETRY: 1, Outcome.LATE: 1}, "the end comes before the second could be tried again"
    clock.now += 24 * 3600
    assert send() == {Outcome.LATE: 1}
    assert service.received == []
    assert sendings_of(store)[0].late == 2


def test_an_older_key_signs_for_its_subscriptions(
    store: Store, keyring: Keyring, key: Key, service: PushService, send: Run, clock: Clock
) -> None:
    crowd(store, service, key, 1)
    newer = keyring.make()
    service.key_of = {0: key.public}
    post(store, clock)
    assert send()[Outcome.TAKEN] == 1
    assert not service.faults
    crowd(store, service, newer, 1, first=1)
    assert (remove_for_key(store, newer.id), subscribed(store)) == (1, 1)


def test_a_lost_key_removes_nobody_and_its_messages_wait_for_it(
    store: Store, keyring: Keyring, key: Key, service: PushService, send: Run, clock: Clock
) -> None:
    crowd(store, service, key, 3)
    keyring.make()
    lost = key.file.rename(key.file.with_suffix(".lost"))
    post(store, clock)
    assert send() == {Outcome.RETRY: 3}
    assert (subscribed(store), count_waiting(store)) == (3, 3)
    assert {name: len(affected) for name, affected in send.push_client.missing_keys.items()} == {key.id: 3}
    lost.rename(key.file)
    clock.now += 3600
    assert send() == {Outcome.TAKEN: 3}


def test_a_service_that_reports_everybody_gone_is_doubted(
    store: Store, key: Key, service: PushService, send: Run, clock: Clock
) -> None:
    crowd(store, service, key, 200)
    for number in range(200):
        service.answers[number] = [(404, {})]
    post(store, clock)
    totals = send()
    assert totals[Outcome.REMOVED] == ENOUGH_GONE
    assert subscribed(store) == 200 - ENOUGH_GONE
    clock.now += 3600
    assert send() == {Outcome.TAKEN: 200 - ENOUGH_GONE}


def test_a_token_is_reused_for_half_its_life(keyring: Keyring, key: Key) -> None:
    tokens = VapidTokens(keyring, "https://tell.example.org")
    first = tokens.header(key.id, "https://a.example", 0)
    assert tokens.header(key.id, "https://a.example", TOKEN_LIFE / 2 - 1) == first
    assert tokens.header(key.id, "https://a.example", TOKEN_LIFE / 2) != first
    assert tokens.header(key.id, "https://b.example", 0) != first
    assert tokens.header("unknown", "https://a.example", 0) is None


def test_the_default_clock_is_the_system_clock(store: Store, keyring: Keyring) -> None:
    push_client = PushClient(VapidTokens(keyring, "https://tell.example.org"))
    assert Sender(store, push_client)._clock is time.time
