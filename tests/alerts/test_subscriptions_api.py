"""The door: what gets in, what doesn't, and that nothing sent to it makes it fail."""

from __future__ import annotations

import datetime
import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, update
from starlette.testclient import TestClient

from server import clock
from server.addresses import ALERTS_KEY as KEY
from server.addresses import SUBSCRIPTIONS
from server.alerts import subscriptions
from server.alerts.rates import Rate, Rates
from server.alerts.store import Store
from server.alerts.subscriptions import Subscription, keep
from server.alerts.subscriptions_api import LARGEST
from server.alerts.tables import subscriptions as table
from server.alerts.vapid import Key, Keyring
from server.serve.app import create_app
from server.settings import read_settings
from server.site.resource import Site
from tests.alerts.conftest import TODAY
from tests.support.pushing import Phone, packed
from tests.support.sampling import WHOLE

FCM = "https://fcm.googleapis.com/fcm/send"
WIDE = Rate(10**9, 10**9)


@pytest.fixture
def door(site: Site, sqlite_url: str, keyring: Keyring) -> Iterator[TestClient]:
    """The whole application, as `serve` makes it, in the test's own process."""
    with TestClient(create_app(_settings(keyring, sqlite_url), site, rates=Rates(WIDE, WIDE))) as client:
        yield client


def _settings(keyring: Keyring, url: str):
    return read_settings({"TELLSOMEONE_DATA": str(keyring.folder.parent), "TELLSOMEONE_DATABASE_URL": url})


def phone(number: int = 1) -> Phone:
    return Phone(number, FCM)


def rows(url: str) -> list[dict[str, object]]:
    store = Store(url)
    with store.transaction() as connection:
        found = [dict(row) for row in connection.execute(select(subscriptions.subscriptions)).mappings()]
    store.close()
    return found


def delete(door: TestClient, body: object, **headers: str):
    return door.request("DELETE", SUBSCRIPTIONS, json=body, headers=headers)


def test_a_phone_asks_is_kept_renews_and_is_forgotten(door: TestClient, sqlite_url: str, key: Key) -> None:
    told = door.get(KEY)
    assert told.json() == {"key": key.public}
    assert told.headers["cache-control"] == "no-store"
    assert door.post(SUBSCRIPTIONS, json=phone().asks(key.public, "shropshire", "herefordshire")).status_code == 204
    (row,) = rows(sqlite_url)
    today = clock.today()
    assert row == {
        "id": subscriptions.id_of(phone().endpoint), "endpoint": phone().endpoint, "p256dh": phone().p256dh,
        "auth": phone().auth, "key": key.id, "areas": " herefordshire shropshire ", "language": "en",
        "created": row["created"], "seen": row["seen"], "refused": None,
        "refusals": 0, "proven": 0,
    }  # fmt: skip
    assert {type(row["created"]), type(row["seen"])} == {datetime.date}
    assert row["seen"] <= today
    assert door.post(SUBSCRIPTIONS, json=phone().asks(key.public, "worcestershire")).status_code == 204
    assert [row["areas"] for row in rows(sqlite_url)] == [" worcestershire "]
    assert delete(door, {"endpoint": phone().endpoint, "auth": phone().auth}).status_code == 204
    assert rows(sqlite_url) == []
    assert delete(door, {"endpoint": phone().endpoint, "auth": phone().auth}).status_code == 404


def test_only_who_holds_it_changes_or_removes_a_subscription(door: TestClient, sqlite_url: str, key: Key) -> None:
    door.post(SUBSCRIPTIONS, json=phone().asks(key.public))
    before = rows(sqlite_url)
    other = packed(b"another phone's.")
    stolen = door.post(SUBSCRIPTIONS, json=phone().asks(key.public, "worcestershire", auth=other))
    assert (stolen.status_code, stolen.json()) == (409, {"error": "held"})
    assert door.post(SUBSCRIPTIONS, json=phone().asks(key.public, p256dh=phone(2).p256dh)).status_code == 409
    assert delete(door, {"endpoint": phone().endpoint, "auth": other}).status_code == 404
    assert rows(sqlite_url) == before


def test_another_key_than_ours_is_told_apart(door: TestClient, keyring: Keyring, key: Key, sqlite_url: str) -> None:
    answer = door.post(SUBSCRIPTIONS, json=phone().asks(phone(3).p256dh))
    assert (answer.status_code, answer.json()) == (409, {"error": "key"})
    newer = keyring.make()
    assert door.get(KEY).json() == {"key": newer.public}, "a rotation shows at once"
    assert door.post(SUBSCRIPTIONS, json=phone(1).asks(key.public)).status_code == 204, "the older key is still good"
    assert door.post(SUBSCRIPTIONS, json=phone(2).asks(newer.public)).status_code == 204
    assert {row["key"] for row in rows(sqlite_url)} == {key.id, newer.id}


def test_without_a_key_the_alerts_are_off(site: Site, tmp_path: Path, sqlite_url: str) -> None:
    ring = Keyring(tmp_path / "data" / "keys")
    with TestClient(create_app(_settings(ring, sqlite_url), site)) as client:
        assert (client.get(KEY).status_code, client.get(KEY).json()) == (404, {"error": "off"})
        assert client.post(SUBSCRIPTIONS, json=phone().asks(phone().p256dh)).status_code == 409
    assert not ring.folder.exists(), "no key is ever made unasked"


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "OPTIONS", "TRACE"])
def test_there_are_two_methods_and_no_administration(door: TestClient, method: str) -> None:
    answer = door.request(method, SUBSCRIPTIONS)
    assert answer.status_code == 405
    assert answer.headers["allow"] == "POST, DELETE"


def test_every_answer_has_the_headers_of_the_site(door: TestClient, site: Site, key: Key) -> None:
    every = [
        door.get(KEY), door.post(KEY), door.get(SUBSCRIPTIONS), door.post(SUBSCRIPTIONS, json=phone().asks(key.public)),
        door.post(SUBSCRIPTIONS, json={}), delete(door, {}),
    ]  # fmt: skip
    for answer in every:
        for name, value in site.leaving.headers:
            assert answer.headers[name] == value


@pytest.mark.parametrize("site_header", ["cross-site", "same-site", "nonsense"])
def test_another_sites_page_may_ask_for_nothing(door: TestClient, key: Key, site_header: str, sqlite_url: str) -> None:
    headers = {"Sec-Fetch-Site": site_header}
    assert door.post(SUBSCRIPTIONS, json=phone().asks(key.public), headers=headers).status_code == 403
    form = {"Content-Type": "text/plain"}
    body = json.dumps(phone().asks(key.public))
    assert door.post(SUBSCRIPTIONS, content=body, headers=form).status_code == 415
    assert rows(sqlite_url) == []


def test_a_body_that_is_too_long_is_not_read_to_its_end(door: TestClient, sqlite_url: str) -> None:
    read = []

    def endless() -> Iterator[bytes]:
        for number in range(1000):
            read.append(number)
            yield b" " * 1024

    headers = {"Content-Type": "application/json"}
    assert door.post(SUBSCRIPTIONS, content=endless(), headers=headers).status_code == 413
    assert door.post(SUBSCRIPTIONS, content=b" " * (LARGEST + 1), headers=headers).status_code == 413


def test_too_many_requests_are_asked_to_wait_and_no_address_is_kept(
    site: Site, keyring: Keyring, sqlite_url: str, key: Key
) -> None:
    now = [0.0]
    rates = Rates(Rate(3, 0.1), Rate(100, 100), clock=lambda: now[0])
    with TestClient(create_app(_settings(keyring, sqlite_url), site, rates=rates)) as client:
        asked = [client.post(SUBSCRIPTIONS, json=phone(number).asks(key.public)) for number in range(5)]
        assert [answer.status_code for answer in asked] == [204] * 3 + [429] * 2
        assert 1 <= int(asked[-1].headers["retry-after"]) <= 11
        now[0] += 11
        assert client.post(SUBSCRIPTIONS, json=phone(9).asks(key.public)).status_code == 204
    assert "testclient" not in repr(vars(rates))


def test_all_together_are_held_back_too() -> None:
    now = [0.0]
    rates = Rates(Rate(3, 1), Rate(10, 1), clock=lambda: now[0])
    waits = [rates.wait(f"192.0.2.{number}") for number in range(12)]
    assert waits == [0] * 10 + [2, 2]
    now[0] += 2
    assert rates.wait("192.0.2.99") == 0


def test_an_ipv6_household_is_one_however_many_addresses_it_has() -> None:
    rates = Rates(Rate(2, 1), Rate(100, 1), clock=lambda: 0.0)
    assert [rates.wait(f"2001:db8:1:1::{number:x}") > 0 for number in range(4)] == [False, False, True, True]
    assert rates.wait("2001:db8:1:2::1") == 0
    assert [rates.wait(f"::ffff:192.0.2.{number}") for number in range(4)] == [0] * 4, "these are IPv4"


def asked(number: int) -> Subscription:
    return Subscription(f"{FCM}/{number}", "p", "a", "k", ("herefordshire",), "en")


def ids(store: Store) -> set[str]:
    with store.transaction() as connection:
        return set(connection.execute(select(table.c.id)).scalars())


def prove(store: Store, *numbers: int) -> None:
    """As the outbox does it when a service accepts a message."""
    with store.transaction() as connection:
        known = [subscriptions.id_of(asked(number).endpoint) for number in numbers]
        connection.execute(update(table).where(table.c.id.in_(known)).values(proven=1))


def test_no_more_are_taken_than_the_four_areas_have(store: Store) -> None:
    keep(store, asked(1), TODAY, most=2)
    keep(store, asked(2), TODAY, most=2)
    prove(store, 1, 2)
    with pytest.raises(subscriptions.TooMany):
        keep(store, asked(3), TODAY, most=2)
    keep(store, asked(2), TODAY, most=2)


def test_a_full_store_makes_room_among_those_that_were_never_sent_to(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    day = datetime.timedelta(days=1)
    for number in range(10):
        keep(store, asked(number), TODAY - day)
    prove(store, 0, 1, 2, 3, 4)
    flood = range(100, 190)
    for number in flood:
        keep(store, asked(number), TODAY, most=100)
    honest = {subscriptions.id_of(asked(number).endpoint) for number in (*range(10), 200)}
    keep(store, asked(200), TODAY + day, most=100)
    assert honest <= ids(store), "neither who was sent to nor who asked on another day than the flood"
    assert len(ids(store)) == 100
    assert f"made on {TODAY} and never sent to were removed" in caplog.text
    assert subscriptions.unproven(store, TODAY) == 89
    assert subscriptions.forget_unproven(store, TODAY) == 89
    assert ids(store) == honest


def test_nothing_of_a_person_is_logged(
    door: TestClient, key: Key, sqlite_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for body in (phone().asks(key.public), phone().asks(key.public, areas=[]), phone(2).asks("B" * 87)):
        door.post(SUBSCRIPTIONS, json=body)
    store_file = Path(sqlite_url.removeprefix("sqlite:///"))
    for end in ("", "-wal", "-shm"):
        Path(f"{store_file}{end}").unlink(missing_ok=True)
    store_file.mkdir()  # now the database can't be used at all
    assert door.post(SUBSCRIPTIONS, json=phone(3).asks(key.public)).status_code in (204, 503)
    ours = "\n".join(record.getMessage() for record in caplog.records if "httpx" not in record.name)
    for secret in ("fcm.googleapis", "/push/", phone().auth, phone().p256dh, "testclient"):
        assert secret not in ours


# What is good in each field, told by other means than the server's, so that a bad value is surely a bad one.
_GOOD = {
    "endpoint": lambda text: text.startswith(FCM),
    "p256dh": lambda text: len(text.rstrip("=")) == 87,
    "auth": lambda text: len(text.rstrip("=")) == 22,
    "key": lambda text: len(text.rstrip("=")) == 87,
    "areas": lambda text: False,
    "language": lambda text: re.fullmatch(r"[a-z]{2,3}(-[A-Za-z]{2,4})?", text) is not None,
}
_text = st.text(max_size=200) | st.text(st.characters(max_codepoint=127), max_size=100)
_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | _text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
_near = st.sampled_from(
    ["\0", "\ud800", "https://fcm.googleapis.com.evil.example/x", "B" * 86, "B" * 88, "A" * 21, "A" * 23, "en\n", "EN"]
)


@st.composite
def bad_bodies(draw: st.DrawFn, *fields: str) -> bytes:
    """A body that no phone sends: any bytes, any JSON, or a good body of these fields with one thing wrong."""
    kind = draw(st.sampled_from(["bytes", "json", "field", "missing", "more", "deep", "cut"]))
    good = {name: value for name, value in phone().asks(phone().p256dh).items() if name in fields}
    if kind == "bytes":
        return draw(st.binary(max_size=600))
    if kind == "json":
        return json.dumps(draw(_json)).encode()
    if kind == "deep":
        return b'{"endpoint":' + draw(st.sampled_from([b"[", b'{"a":'])) * draw(st.integers(1, 600))
    if kind == "cut":
        whole = json.dumps(good).encode()
        return whole[: draw(st.integers(0, len(whole) - 1))]
    name = draw(st.sampled_from(sorted(good)))
    if kind == "missing":
        del good[name]
    elif kind == "more":
        good[draw(st.text(max_size=10).filter(lambda text: text not in good))] = draw(_json)
    else:
        value = draw(_json | _near)
        if name == "areas":
            value = draw(st.lists(_text, max_size=20).map(lambda names: [*names, "nowhere"]) | _json)
        if isinstance(value, str) and _GOOD[name](value):
            value += "\n"
        good[name] = value
    return json.dumps(good).encode()


@pytest.mark.parametrize(
    ("method", "fields", "kind", "share"),
    [
        ("POST", tuple(_GOOD), "application/json", 1),
        ("DELETE", ("endpoint", "auth"), "application/json", 5),
        ("POST", tuple(_GOOD), "text/html", 20),
        ("POST", tuple(_GOOD), "", 20),
    ],
)
def test_no_bad_request_makes_it_fail_or_is_kept(
    door: TestClient, sqlite_url: str, key: Key, method: str, fields: tuple[str, ...], kind: str, share: int
) -> None:
    @settings(
        max_examples=(10_000 if WHOLE else 300) // share, deadline=None, database=None,
        suppress_health_check=[HealthCheck.too_slow],
    )  # fmt: skip
    @given(bad_bodies(*fields))
    def asked(body: bytes) -> None:
        # The key is the site's own, so that the one thing wrong is the only one.
        body = body.replace(json.dumps(phone().p256dh).encode(), json.dumps(key.public).encode())
        headers = {"Content-Type": kind} if kind else {}
        answer = door.request(method, SUBSCRIPTIONS, content=body, headers=headers)
        assert 400 <= answer.status_code < 500, (answer.status_code, body)

    asked()
    store = Store(sqlite_url)
    with store.transaction() as connection:
        assert connection.execute(select(func.count()).select_from(subscriptions.subscriptions)).scalar() == 0
    store.close()
