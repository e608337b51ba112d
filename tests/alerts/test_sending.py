"""What a sender makes of each answer, and what a push service and a phone get to see."""

from __future__ import annotations

import asyncio
import datetime
import email.utils
import time
from collections import Counter
from collections.abc import Callable

import pytest
from sqlalchemy import select

from server.alerts import outbox
from server.alerts.courier import AT_ONCE, PADDED, Courier, retry_after
from server.alerts.outbox import Outcome, put, waiting
from server.alerts.overview import sent
from server.alerts.sender import Sender
from server.alerts.services import PushServices
from server.alerts.store import Store, StoreError
from server.alerts.subscriptions import forget, forget_key
from server.alerts.tables import outbox as outbox_table
from server.alerts.tables import subscriptions
from server.alerts.vapid import LIFE, Key, Keyring, Passes
from tests.alerts.conftest import TODAY, crowd, post
from tests.support.pushing import PushService

START = 1_800_000_000.0


class Clock:
    """Stands still, unless a test moves it or a run waits on it."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


Send = Callable[..., Counter[Outcome]]


@pytest.fixture
def send(store: Store, keyring: Keyring, service: PushService, clock: Clock) -> Send:
    """One run of a sender. It waits for nothing that is not due yet."""

    def run(**options: float) -> Counter[Outcome]:
        async def sending() -> Counter[Outcome]:
            services = PushServices(frozenset({service.origin}))
            passes = Passes(keyring, "https://tell.example.org")
            async with Courier(passes, services, service.tls(), jitter=lambda: 1.0) as courier:
                sender = Sender(store, courier, **{"clock": clock, "patience": 0, "lease": 0.5, **options})
                totals = await sender.run()
                run.not_us = courier.not_us
                return totals

        return asyncio.run(sending())

    return run


def subscribed(store: Store) -> int:
    with store.transaction() as connection:
        return len(connection.execute(select(subscriptions.c.id)).all())


def due(store: Store) -> list[tuple[float, int]]:
    with store.transaction() as connection:
        found = connection.execute(select(outbox_table.c.due_at, outbox_table.c.attempts)).all()
    return [(row.due_at - START, row.attempts) for row in found]


def test_a_message_tells_ids_and_no_word_and_each_is_as_long_as_any_other(
    store: Store, key: Key, service: PushService, send: Send, clock: Clock
) -> None:
    crowd(store, service, key, 3)
    put(store, "a-preview", ("worcestershire", "herefordshire"), "high", TODAY, clock(), clock() + 3600)
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
    assert len({each["authorization"] for each in headers[:3]}) == 1, "one pass for all, signed once"
    assert not {"cookie", "referer", "origin"} & set(headers[0])
    assert PADDED < int(headers[0]["content-length"]) < 2744


def test_only_the_subscribers_of_an_area_get_it(
    store: Store, key: Key, service: PushService, send: Send, clock: Clock
) -> None:
    crowd(store, service, key, 2, "herefordshire")
    put(store, "a-preview", ("shropshire",), "normal", TODAY, clock(), clock() + 3600)
    assert send() == Counter()
    assert service.received == []


@pytest.mark.parametrize("status", [404, 410])
def test_who_is_gone_is_removed(
    store: Store, key: Key, service: PushService, send: Send, clock: Clock, status: int
) -> None:
    crowd(store, service, key, 3)
    service.answers[1] = [(status, {})]
    post(store, clock)
    assert send() == {Outcome.TAKEN: 2, Outcome.REMOVED: 1}
    assert (subscribed(store), waiting(store)) == (2, 0)


@pytest.mark.parametrize(("status", "headers", "wait"), [
    (429, {"retry-after": "120"}, 120), (429, {}, 30), (503, {"retry-after": "7"}, 7), (500, {}, 30), (502, {}, 30),
    (406, {"retry-after": email.utils.formatdate(START + 90, usegmt=True)}, 90), (408, {}, 30),
])  # fmt: skip
def test_who_is_busy_is_asked_again_when_it_says(
    store: Store, key: Key, service: PushService, send: Send, clock: Clock, status: int, headers: dict, wait: float
) -> None:
    crowd(store, service, key, 1)
    service.answers[0] = [(status, headers)] * 2
    post(store, clock)
    assert send()[Outcome.AGAIN] == 1
    assert due(store) == [(wait, 1)]
    clock.now += wait - 1
    assert send() == Counter()
    clock.now += 1
    assert send()[Outcome.AGAIN] == 1
    second = 1 if status == 406 else wait if "retry-after" in headers else 60  # that date has passed
    assert due(store) == [(wait + second, 2)]
    clock.now += 3600
    assert send()[Outcome.TAKEN] == 1
    assert subscribed(store) == 1


def test_a_service_that_asks_for_quiet_gets_it(
    store: Store, key: Key, service: PushService, send: Send, clock: Clock
) -> None:
    crowd(store, service, key, 200)
    for number in range(200):
        service.answers[number] = [(429, {"retry-after": "60"})]
    post(store, clock)
    send()
    tried = [attempts for _, attempts in due(store)]
    assert sum(tried) <= AT_ONCE, "those under way when it said so, and no more"
    assert {moment for moment, _ in due(store)} == {60.0}


@pytest.mark.parametrize("status", [400, 413, 301, 307, 418])
def test_what_is_refused_is_written_down_and_no_redirect_is_followed(
    store: Store, key: Key, service: PushService, send: Send, clock: Clock, status: int
) -> None:
    crowd(store, service, key, 1)
    service.answers[0] = [(status, {"location": f"{service.origin}/push/999"})]
    post(store, clock)
    assert send() == {Outcome.REFUSED: 1}
    with store.transaction() as connection:
        day = connection.execute(select(subscriptions.c.refused)).scalar_one()
    assert day == datetime.datetime.fromtimestamp(START, datetime.UTC).date()
    assert service.received == []


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_signature_is_our_fault_and_removes_nobody(
    store: Store, key: Key, service: PushService, send: Send, clock: Clock, status: int
) -> None:
    crowd(store, service, key, 50)
    for number in range(50):
        service.answers[number] = [(status, {})]
    post(store, clock)
    send()
    assert send.not_us == {service.origin}
    assert (subscribed(store), waiting(store)) == (50, 50)
    assert sum(attempts for _, attempts in due(store)) < 2 * AT_ONCE


def test_one_refused_signature_is_no_reason_to_keep_quiet(
    store: Store, key: Key, service: PushService, send: Send, clock: Clock
) -> None:
    crowd(store, service, key, 50)
    service.answers[7] = [(403, {})]  # whoever subscribed did it with a key of their own
    post(store, clock)
    totals = send()
    assert (totals[Outcome.TAKEN], totals[Outcome.AGAIN]) == (49, 1)
    assert send.not_us == set()


@pytest.mark.parametrize("areas", [(), ("herefordshire",)], ids=["everybody", "an-area"])
@pytest.mark.parametrize("hostile", [range(40), range(500, 540), range(0, 520, 13)], ids=["first", "last", "mixed"])
def test_forty_subscriptions_that_are_refused_keep_nobody_from_being_reached(
    store: Store, key: Key, service: PushService, send: Send, clock: Clock, hostile: range, areas: tuple[str, ...]
) -> None:
    crowd(store, service, key, 540)
    for number in hostile:
        service.answers[number] = [(403, {})] * 9
    put(store, "a-preview", areas, "normal", TODAY, clock(), clock() + 24 * 3600)
    assert send()[Outcome.TAKEN] == 500
    assert {number for number, _, _ in service.received} == set(range(540)) - set(hostile)
    assert send.not_us == set()


def test_a_service_that_took_a_message_is_not_kept_waiting_by_later_refusals(
    sqlite_url: str, keyring: Keyring, key: Key, service: PushService, clock: Clock
) -> None:
    """One after another, in an order that chance would hardly give: one taken, forty refused, one taken."""
    store = Store(sqlite_url)
    crowd(store, service, key, 42)
    for number in range(1, 41):
        service.answers[number] = [(403, {})]
    post(store, clock)
    taken, _ = outbox.turn(store, [], 42, clock(), 60, TODAY)
    numbered = sorted(taken, key=lambda message: int(str(message.endpoint).rpartition("/")[2]))

    async def carry() -> list[Outcome]:
        services = PushServices(frozenset({service.origin}))
        async with Courier(Passes(keyring, "https://tell.example.org"), services, service.tls()) as courier:
            return [(await courier.carry(message, clock)).outcome for message in numbered]

    assert asyncio.run(carry()) == [Outcome.TAKEN, *[Outcome.AGAIN] * 40, Outcome.TAKEN]
    store.close()


def test_who_was_only_held_back_is_tried_before_who_was_refused(
    store: Store, key: Key, service: PushService, send: Send, clock: Clock
) -> None:
    crowd(store, service, key, 50)
    for number in range(50):
        service.answers[number] = [(403, {})]
    post(store, clock)
    send()
    held = [at for at, attempts in due(store) if not attempts]
    refused = [at for at, attempts in due(store) if attempts]
    assert held and refused and max(held) < min(refused)


def test_a_service_that_can_not_be_reached_is_tried_again(
    store: Store, key: Key, service: PushService, send: Send, clock: Clock
) -> None:
    crowd(store, service, key, 2)
    post(store, clock)
    service.close()
    assert send()[Outcome.AGAIN] == 2
    assert (subscribed(store), waiting(store)) == (2, 2)


def test_a_notice_that_has_ended_is_not_sent(
    store: Store, key: Key, service: PushService, send: Send, clock: Clock
) -> None:
    crowd(store, service, key, 2)
    service.answers[0] = [(503, {"retry-after": "80000"})]
    service.answers[1] = [(503, {"retry-after": "86400"})]
    post(store, clock)
    assert send() == {Outcome.AGAIN: 1, Outcome.LATE: 1}, "the end comes before the second could be tried again"
    clock.now += 24 * 3600
    assert send() == {Outcome.LATE: 1}
    assert service.received == []
    assert sent(store)[0].late == 2


def test_an_old_key_signs_for_its_own_and_a_dropped_one_for_nobody(
    store: Store, keyring: Keyring, key: Key, service: PushService, send: Send, clock: Clock
) -> None:
    crowd(store, service, key, 1)
    newer = keyring.make()
    service.key_of = {0: key.public}
    post(store, clock)
    assert send()[Outcome.TAKEN] == 1
    assert not service.faults
    keyring.drop(key.id)
    post(store, clock)
    assert send() == {Outcome.REMOVED: 1}
    crowd(store, service, newer, 1)
    assert forget_key(store, newer.id) == 1


def test_who_has_just_gone_gets_nothing(store: Store, key: Key, service: PushService, send: Send, clock: Clock) -> None:
    crowd(store, service, key, 2)
    post(store, clock)
    assert forget(store, service.phone(0).endpoint, service.phone(0).auth)
    assert send() == {Outcome.TAKEN: 1, Outcome.REMOVED: 1}
    assert list(service.times) == [1]


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


def test_a_pass_is_signed_once_for_half_its_life(keyring: Keyring, key: Key) -> None:
    passes = Passes(keyring, "https://tell.example.org")
    first = passes.header(key.id, "https://a.example", 0)
    assert passes.header(key.id, "https://a.example", LIFE / 2 - 1) == first
    assert passes.header(key.id, "https://a.example", LIFE / 2) != first
    assert passes.header(key.id, "https://b.example", 0) != first
    assert passes.header("unknown", "https://a.example", 0) is None


@pytest.mark.parametrize(("value", "seconds"), [
    ("0", 0), ("120", 120), (" 5 ", 5), ("999999999999999", 86_400), ("-1", None), ("soon", None), ("", None),
    ("1.5", None), ("\u0661", None), (None, None), (email.utils.formatdate(START + 30, usegmt=True), 30),
    (email.utils.formatdate(START - 30, usegmt=True), 0), ("Mon, 99 Foo 2026 99:99:99 GMT", None),
])  # fmt: skip
def test_retry_after_is_read_as_seconds_or_as_a_date(value: str | None, seconds: float | None) -> None:
    assert retry_after(value, START) == seconds


def test_the_clock_of_a_run_is_the_machines_own_by_default(store: Store, keyring: Keyring) -> None:
    courier = Courier(Passes(keyring, "https://tell.example.org"))
    assert Sender(store, courier)._clock is time.time
