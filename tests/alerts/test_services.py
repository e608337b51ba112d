"""Messages are only ever sent to push services, however an address is written."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from server.addresses import SUBSCRIPTIONS
from server.alerts.outbox import Message, Outcome
from server.alerts.push_client import PushClient
from server.alerts.services import PushServices
from server.alerts.vapid import Key, Keyring, VapidTokens
from tests.alerts.conftest import phone, rows

ALLOWED = [
    "https://fcm.googleapis.com/fcm/send/c1Kj:APA91b_x-y",
    "https://fcm.googleapis.com/wp/dGVzdA",
    "https://jmt17.google.com/fcm/send/abc",
    "https://updates.push.services.mozilla.com/wpush/v2/gAAAAA_b-c==",
    "https://web.push.apple.com/QGuQyavXutnMH",
    "https://wns2-par02p.notify.windows.com/w/?token=BQYAAA%2bk%3d",
]
REJECTED = [
    # not a push service at all
    "https://example.org/push/1",
    "https://permanently-removed.invalid/fcm/send/x",
    "https://googleapis.com/fcm",
    "https://storage.googleapis.com/fcm",
    "https://push.apple.com/x",
    "https://notify.windows.com/x",
    # addresses of push services that are no subscriptions
    "https://fcm.googleapis.com/v1/projects/x/messages:send",
    "https://fcm.googleapis.com/fcm/send",
    "https://fcm.googleapis.com/fcm/send/",
    "https://fcm.googleapis.com/wp/../v1/projects/x/messages:send",
    "https://fcm.googleapis.com/wp/%2e%2e/v1/projects/x/messages:send",
    "https://fcm.googleapis.com/batch",
    "https://jmt17.google.com/x",
    "https://updates.push.services.mozilla.com/v1/fcm/1/registration",
    "https://updates.push.services.mozilla.com/status",
    "https://web.push.apple.com/a/../b",
    # longer than a name may be
    "https://" + 64 * "a" + ".push.apple.com/x",
    "https://" + 40 * "aaaaaa." + "push.apple.com/x",
    # names that look like one
    "https://fcm.googleapis.com.example.org/x",
    "https://fcm-googleapis.com/x",
    "https://evilpush.apple.com.example.org/x",
    "https://xnotify.windows.com/x",
    "https://fcm.googleapis.com./x",
    "https://fcm\u3002googleapis.com/x",
    "https://\uff46cm.googleapis.com/x",
    "https://FCM.GOOGLEAPIS.COM/x",
    "https://fcm.googleapis.com%2eexample.org/x",
    "https://.push.apple.com/x",
    "https://a..push.apple.com/x",
    # this machine and its neighbours
    "https://127.0.0.1:{port}/x",
    "https://127.0.0.1/x",
    "https://localhost:{port}/x",
    "https://[::1]:{port}/x",
    "https://[::ffff:127.0.0.1]/x",
    "https://0.0.0.0/x",
    "https://0/x",
    "https://2130706433/x",
    "https://0x7f000001/x",
    "https://0177.0.0.1/x",
    "https://127.1/x",
    "https://10.0.0.1/x",
    "https://192.168.1.1/x",
    "https://169.254.169.254/latest/meta-data/",
    "https://metadata.google.internal/x",
    "https://127.0.0.1.nip.io/x",
    # credentials, ports, fragments, other schemes
    "https://fcm.googleapis.com@127.0.0.1:{port}/x",
    "https://fcm.googleapis.com:pass@127.0.0.1/x",
    "https://user@fcm.googleapis.com/x",
    "https://fcm.googleapis.com:443/x",
    "https://fcm.googleapis.com:{port}/x",
    "https://fcm.googleapis.com/x#@127.0.0.1",
    "https://127.0.0.1:{port}#.push.apple.com/x",
    "https://127.0.0.1:{port}?.push.apple.com/x",
    "https://127.0.0.1:{port}\\.push.apple.com/x",
    "https://127.0.0.1:{port}\\@fcm.googleapis.com/x",
    "http://fcm.googleapis.com/x",
    "HTTPS://fcm.googleapis.com/x",
    "ws://fcm.googleapis.com/x",
    "file:///etc/passwd",
    "gopher://127.0.0.1:{port}/x",
    "//fcm.googleapis.com/x",
    "https:fcm.googleapis.com/x",
    "https:///fcm.googleapis.com/x",
    "https://fcm.googleapis.com",
    # what splits or ends a request
    " https://fcm.googleapis.com/x",
    "https://fcm.googleapis.com/x\r\nHost: 127.0.0.1",
    "https://fcm.googleapis.com/x\n",
    "https://fcm.googleapis.com/x y",
    "https://fcm.googleapis.com/\0",
    "https://fcm.google\tapis.com/x",
    "https://fcm.googleapis.com/" + "x" * 2048,
    "",
]


@pytest.fixture(scope="module")
def reached() -> Iterator[list[str]]:
    """Every name that is looked up and every connection that is tried, as Python itself reports them."""
    seen: list[str] = []
    on = [True]

    def audit(event: str, arguments: tuple[object, ...]) -> None:
        if on[0] and event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname"):
            seen.append(f"{event} {arguments[1:]}")

    sys.addaudithook(audit)  # can't be removed again, only made to do nothing
    yield seen
    on[0] = False


@pytest.mark.parametrize("endpoint", ALLOWED)
def test_endpoints_of_browsers_are_allowed(endpoint: str) -> None:
    assert PushServices().origin(endpoint) == endpoint[: endpoint.index("/", 8)]


def test_the_list_is_long_enough() -> None:
    assert len(set(REJECTED)) >= 30


def test_no_other_address_is_stored(client: TestClient, sqlite_url: str, key: Key) -> None:
    for endpoint in REJECTED:
        answer = client.post(SUBSCRIPTIONS, json=phone().asks(key.public, endpoint=endpoint.format(port=8443)))
        assert (answer.status_code, answer.json()) == (400, {"error": "endpoint"}), endpoint
    assert rows(sqlite_url) == []


def test_no_other_address_is_connected_to_even_from_the_database(
    keyring: Keyring, key: Key, reached: list[str]
) -> None:
    async def send() -> None:
        async with PushClient(VapidTokens(keyring, "https://tell.example.org")) as push_client:
            for endpoint in REJECTED:
                message = Message(
                    1, 1, "a-preview", "normal", 1e12, None, 0, "id", endpoint.format(port=8443), phone().p256dh,
                    phone().auth, key.id,
                )  # fmt: skip
                result = await push_client.send(message, lambda: 0.0)
                assert result.outcome is Outcome.REFUSED, endpoint

    reached.clear()
    asyncio.run(send())
    assert reached == []


def test_an_allowed_name_with_an_internal_address_is_not_connected_to(
    keyring: Keyring, key: Key, reached: list[str]
) -> None:
    """A name below a known one, which here resolves to this very machine or to nothing at all."""
    services = PushServices(frozenset({"https://localhost"}))
    message = Message(
        1, 1, "a-preview", "normal", 1e12, None, 0, "id", "https://localhost/x", phone().p256dh, phone().auth, key.id
    )

    async def send() -> None:
        async with PushClient(VapidTokens(keyring, "https://tell.example.org"), services) as push_client:
            assert (await push_client.send(message, lambda: 0.0)).outcome is Outcome.RETRY

    reached.clear()
    asyncio.run(send())
    assert [each for each in reached if each.startswith("socket.connect")] == []
