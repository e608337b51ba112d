"""The subscriptions API: who can subscribe, renew and unsubscribe, and what everybody else is answered."""

from __future__ import annotations

import datetime
import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from server import clock
from server.addresses import ALERTS_KEY, SUBSCRIPTIONS
from server.alerts import subscriptions
from server.alerts.subscriptions_api import LARGEST
from server.alerts.vapid import Key, Keyring
from server.serve.app import create_app
from server.site.resource import Site
from tests.alerts.conftest import phone, rows, settings_for
from tests.support.pushing import packed


def delete(client: TestClient, body: object, **headers: str):
    return client.request("DELETE", SUBSCRIPTIONS, json=body, headers=headers)


def test_a_phone_subscribes_renews_and_unsubscribes(client: TestClient, sqlite_url: str, key: Key) -> None:
    answer = client.get(ALERTS_KEY)
    assert answer.json() == {"key": key.public}
    assert answer.headers["cache-control"] == "no-store"
    assert client.post(SUBSCRIPTIONS, json=phone().asks(key.public, "shropshire", "herefordshire")).status_code == 204
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
    assert client.post(SUBSCRIPTIONS, json=phone().asks(key.public, "worcestershire")).status_code == 204
    assert [row["areas"] for row in rows(sqlite_url)] == [" worcestershire "]
    assert delete(client, {"endpoint": phone().endpoint, "auth": phone().auth}).status_code == 204
    assert rows(sqlite_url) == []
    assert delete(client, {"endpoint": phone().endpoint, "auth": phone().auth}).status_code == 404


def test_changing_or_removing_a_subscription_takes_its_secrets(client: TestClient, sqlite_url: str, key: Key) -> None:
    client.post(SUBSCRIPTIONS, json=phone().asks(key.public))
    before = rows(sqlite_url)
    other = packed(b"another phone's.")
    stolen = client.post(SUBSCRIPTIONS, json=phone().asks(key.public, "worcestershire", auth=other))
    assert (stolen.status_code, stolen.json()) == (409, {"error": "held"})
    assert client.post(SUBSCRIPTIONS, json=phone().asks(key.public, p256dh=phone(2).p256dh)).status_code == 409
    assert delete(client, {"endpoint": phone().endpoint, "auth": other}).status_code == 404
    assert rows(sqlite_url) == before


def test_only_our_keys_are_accepted(client: TestClient, keyring: Keyring, key: Key, sqlite_url: str) -> None:
    answer = client.post(SUBSCRIPTIONS, json=phone().asks(phone(3).p256dh))
    assert (answer.status_code, answer.json()) == (409, {"error": "key"})
    newer = keyring.make()
    assert client.get(ALERTS_KEY).json() == {"key": newer.public}, "a rotation shows at once"
    assert client.post(SUBSCRIPTIONS, json=phone(1).asks(key.public)).status_code == 204, "the older key is still good"
    assert client.post(SUBSCRIPTIONS, json=phone(2).asks(newer.public)).status_code == 204
    assert {row["key"] for row in rows(sqlite_url)} == {key.id, newer.id}


def test_without_a_key_the_alerts_are_off(site: Site, tmp_path: Path, sqlite_url: str) -> None:
    ring = Keyring(tmp_path / "data" / "keys")
    with TestClient(create_app(settings_for(ring, sqlite_url), site)) as client:
        assert (client.get(ALERTS_KEY).status_code, client.get(ALERTS_KEY).json()) == (404, {"error": "off"})
        assert client.post(SUBSCRIPTIONS, json=phone().asks(phone().p256dh)).status_code == 409
    assert not ring.folder.exists(), "no key is ever made unasked"


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "OPTIONS", "TRACE"])
def test_there_are_two_methods_and_no_administration(client: TestClient, method: str) -> None:
    answer = client.request(method, SUBSCRIPTIONS)
    assert answer.status_code == 405
    assert answer.headers["allow"] == "POST, DELETE"


def test_every_answer_has_the_headers_of_the_site(client: TestClient, site: Site, key: Key) -> None:
    every = [
        client.get(ALERTS_KEY),
        client.post(ALERTS_KEY),
        client.get(SUBSCRIPTIONS),
        client.post(SUBSCRIPTIONS, json=phone().asks(key.public)),
        client.post(SUBSCRIPTIONS, json={}),
        delete(client, {}),
    ]
    for answer in every:
        for name, value in site.leaving.headers:
            assert answer.headers[name] == value


@pytest.mark.parametrize("site_header", ["cross-site", "same-site", "nonsense"])
def test_cross_site_requests_are_rejected(client: TestClient, key: Key, site_header: str, sqlite_url: str) -> None:
    headers = {"Sec-Fetch-Site": site_header}
    assert client.post(SUBSCRIPTIONS, json=phone().asks(key.public), headers=headers).status_code == 403
    form = {"Content-Type": "text/plain"}
    body = json.dumps(phone().asks(key.public))
    assert client.post(SUBSCRIPTIONS, content=body, headers=form).status_code == 415
    assert rows(sqlite_url) == []


def test_a_body_that_is_too_long_is_rejected(client: TestClient, sqlite_url: str) -> None:
    read = []

    def endless() -> Iterator[bytes]:
        for number in range(1000):
            read.append(number)
            yield b" " * 1024

    headers = {"Content-Type": "application/json"}
    assert client.post(SUBSCRIPTIONS, content=endless(), headers=headers).status_code == 413
    assert client.post(SUBSCRIPTIONS, content=b" " * (LARGEST + 1), headers=headers).status_code == 413


def test_no_personal_data_is_logged(
    client: TestClient, key: Key, sqlite_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for body in (phone().asks(key.public), phone().asks(key.public, areas=[]), phone(2).asks("B" * 87)):
        client.post(SUBSCRIPTIONS, json=body)
    store_file = Path(sqlite_url.removeprefix("sqlite:///"))
    for end in ("", "-wal", "-shm"):
        Path(f"{store_file}{end}").unlink(missing_ok=True)
    store_file.mkdir()  # now the database can't be used at all
    assert client.post(SUBSCRIPTIONS, json=phone(3).asks(key.public)).status_code in (204, 503)
    ours = "\n".join(record.getMessage() for record in caplog.records if "httpx" not in record.name)
    for secret in ("fcm.googleapis", "/push/", phone().auth, phone().p256dh, "testclient"):
        assert secret not in ours
