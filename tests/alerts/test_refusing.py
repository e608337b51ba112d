"""Messages that a push service refuses: the subscription's fault or ours, and what the operator reads."""

from __future__ import annotations

import datetime

import pytest
from sqlalchemy import select

from server.alerts import overview
from server.alerts.outbox import Outcome, count_waiting, enqueue
from server.alerts.push_client import AT_ONCE
from server.alerts.sending import alarm, remarks
from server.alerts.store import Store
from server.alerts.subscriptions import SET_ASIDE, Subscription, subscribe
from server.alerts.tables import subscriptions
from server.alerts.vapid import Key
from tests.alerts.conftest import START, TODAY, Clock, Run, crowd, due, post, subscribed
from tests.support.pushing import PushService

DAY = 24 * 3600
LONG = {"retry-after": str(DAY)}


def refuse(service: PushService, numbers: range, status: int = 403, times: int = 9) -> None:
    for number in numbers:
        service.answers[number] = [(status, {})] * times


def refusals(store: Store) -> list[int]:
    with store.transaction() as connection:
        return sorted(
            connection.execute(select(subscriptions.c.refusals).where(subscriptions.c.refusals > 0)).scalars()
        )


@pytest.mark.parametrize("status", [400, 413, 301, 307, 418])
def test_a_refusal_is_recorded_and_no_redirect_is_followed(
    store: Store, key: Key, service: PushService, send: Run, clock: Clock, status: int
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
def test_a_signature_refused_for_all_is_our_fault_and_removes_nobody(
    store: Store, key: Key, service: PushService, send: Run, clock: Clock, status: int
) -> None:
    crowd(store, service, key, 150)
    refuse(service, range(150), status)
    post(store, clock)
    send(enough_refused=50)
    assert (subscribed(store), count_waiting(store), refusals(store)) == (150, 150, [])
    assert 50 <= sum(attempts for _, attempts in due(store)) < 50 + AT_ONCE, "then the service is paused"
    message = alarm(send.push_client.health)
    assert message
    assert "refused our signature" in message
    assert "clock" in message


@pytest.mark.parametrize(("answer", "areas"), [((403, {}), ()), ((429, LONG), ("herefordshire",))])
@pytest.mark.parametrize("hostile", [range(40), range(500, 540), range(0, 520, 13)], ids=["first", "last", "mixed"])
def test_forty_bad_subscriptions_do_not_stop_the_others(
    store: Store, key: Key, service: PushService, send: Run, clock: Clock, hostile: range, areas: tuple[str, ...],
    answer: tuple[int, dict[str, str]],
) -> None:  # fmt: skip
    """Those of somebody else's key are refused; those that were sent too much are throttled, each for itself."""
    crowd(store, service, key, 540)
    for number in hostile:
        service.answers[number] = [answer] * 9
    enqueue(store, "a-preview", areas, "normal", TODAY, clock(), clock() + DAY - 1)
    assert send()[Outcome.TAKEN] == 500
    assert {number for number, _, _ in service.received} == set(range(540)) - set(hostile)
    assert alarm(send.push_client.health) is None


def test_a_subscription_refused_on_three_days_is_set_aside_until_renewed(
    store: Store, key: Key, service: PushService, send: Run, clock: Clock
) -> None:
    crowd(store, service, key, 60)
    refuse(service, range(30))
    for day in range(1, SET_ASIDE + 1):
        assert post(store, clock) == 60
        for _ in range(2):  # counted once a day, however much is sent
            assert send()[Outcome.TAKEN] == 30
            post(store, clock)
        assert refusals(store)[-1] == day
        clock.now += DAY
        send()  # what was left is too late now
    aside = len([days for days in refusals(store) if days == SET_ASIDE])
    assert aside > 20, "but for those that were refused before the first message of a run was accepted"
    assert f"{aside} of them set aside" in next(overview.status_lines(store))
    assert post(store, clock) == 60 - aside
    send()
    service.answers.clear()
    for number in range(30):
        phone = service.phone(number)
        renewed = Subscription(phone.endpoint, phone.p256dh, phone.auth, key.id, ("herefordshire",), "en")
        subscribe(store, renewed, TODAY)
    clock.now += DAY
    assert post(store, clock) == 60
    assert send()[Outcome.TAKEN] == 60


def test_an_accepted_message_resets_refusals(
    store: Store, key: Key, service: PushService, send: Run, clock: Clock
) -> None:
    crowd(store, service, key, 60)
    refuse(service, range(30), times=1)
    post(store, clock)
    send()
    assert refusals(store)
    clock.now += 3600
    assert send()[Outcome.TAKEN] == 30
    assert refusals(store) == []


def test_one_service_that_refuses_us_is_not_blamed_on_the_clock(
    store: Store, key: Key, service: PushService, other_service: PushService, send: Run, clock: Clock
) -> None:
    send.allow(other_service)
    crowd(store, service, key, 60)
    crowd(store, other_service, key, 20, first=1000)
    refuse(other_service, range(1000, 1020))
    post(store, clock)
    assert send()[Outcome.TAKEN] == 60
    assert alarm(send.push_client.health) is None
    (remark,) = remarks(send.push_client.health, {})
    assert remark.startswith(f"{other_service.origin} refused our signature for 20 of 20 subscribers")
    assert "clock and keys are right" in remark
    assert (subscribed(store), refusals(store)) == (80, [])
