"""Rate limits: for each address and for all together, without storing an address."""

from __future__ import annotations

from starlette.testclient import TestClient

from server.addresses import SUBSCRIPTIONS
from server.alerts.rates import Rate, Rates
from server.alerts.vapid import Key, Keyring
from server.serve.app import create_app
from server.site.resource import Site
from tests.alerts.conftest import phone, settings_for


def test_too_many_requests_get_429_and_no_address_is_stored(
    site: Site, keyring: Keyring, sqlite_url: str, key: Key
) -> None:
    now = [0.0]
    rates = Rates(Rate(3, 0.1), Rate(100, 100), clock=lambda: now[0])
    with TestClient(create_app(settings_for(keyring, sqlite_url), site, rates=rates)) as client:
        answers = [client.post(SUBSCRIPTIONS, json=phone(number).asks(key.public)) for number in range(5)]
        assert [answer.status_code for answer in answers] == [204] * 3 + [429] * 2
        assert 1 <= int(answers[-1].headers["retry-after"]) <= 11
        now[0] += 11
        assert client.post(SUBSCRIPTIONS, json=phone(9).asks(key.public)).status_code == 204
    assert "testclient" not in repr(vars(rates))


def test_all_requests_together_are_limited() -> None:
    now = [0.0]
    rates = Rates(Rate(3, 1), Rate(10, 1), clock=lambda: now[0])
    waits = [rates.wait(f"192.0.2.{number}") for number in range(12)]
    assert waits == [0] * 10 + [2, 2]
    now[0] += 2
    assert rates.wait("192.0.2.99") == 0


def test_the_addresses_of_an_ipv6_network_share_a_limit() -> None:
    rates = Rates(Rate(2, 1), Rate(100, 1), clock=lambda: 0.0)
    assert [rates.wait(f"2001:db8:1:1::{number:x}") > 0 for number in range(4)] == [False, False, True, True]
    assert rates.wait("2001:db8:1:2::1") == 0
    assert [rates.wait(f"::ffff:192.0.2.{number}") for number in range(4)] == [0] * 4, "these are IPv4"
