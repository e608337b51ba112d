"""Sends the same messages in one of three ways, in a process on one core, and prints the seconds it took."""

from __future__ import annotations

import asyncio
import json
import os
import ssl
import sys
import time
from pathlib import Path

from pywebpush import WebPusher, webpush

from server.alerts.push_client import PushClient
from server.alerts.sender import Sender
from server.alerts.services import PushServices
from server.alerts.store import Store
from server.alerts.vapid import Keyring, VapidTokens
from tests.support.pushing import Phone

SUBJECT = "https://tell.example.org"


def ours(origin: str, count: int, folder: Path) -> int:
    """The outbox and the sender, as `tellsomeone alerts send` runs them."""

    async def run() -> int:
        tokens = VapidTokens(Keyring(folder / "keys"), SUBJECT)
        tls = ssl.create_default_context(cafile=os.environ["REQUESTS_CA_BUNDLE"])
        async with PushClient(tokens, PushServices(frozenset({origin})), tls) as push_client:
            return (await Sender(Store(f"sqlite:///{folder}/tellsomeone.sqlite"), push_client).run())["taken"]

    return asyncio.run(run())


def documented(origin: str, count: int, folder: Path) -> int:
    """The loop from pywebpush's documentation."""
    (key,) = folder.glob("keys/*.pem")
    for number in range(count):
        webpush(_info(number, origin), _text(number), vapid_private_key=str(key), vapid_claims={"sub": SUBJECT})
    return count


def cryptography(origin: str, count: int, folder: Path) -> int:
    """The encryption alone, which both need."""
    for number in range(count):
        WebPusher(_info(number, origin)).encode(_text(number).encode(), content_encoding="aes128gcm")
    return count


def _info(number: int, origin: str) -> dict[str, object]:
    phone = Phone(number, origin)
    return {"endpoint": phone.endpoint, "keys": {"p256dh": phone.p256dh, "auth": phone.auth}}


def _text(number: int) -> str:
    return json.dumps({"id": "a-preview", "area": "herefordshire"}).ljust(256)


if __name__ == "__main__":
    way, origin, count, folder = sys.argv[1:]
    os.sched_setaffinity(0, {0})
    for number in range(16):  # the phones' own keys are no part of the work
        _ = Phone(number, origin).p256dh
    start = time.perf_counter()
    done = {"ours": ours, "documented": documented, "cryptography": cryptography}[way](origin, int(count), Path(folder))
    print(json.dumps({"seconds": time.perf_counter() - start, "done": done}))
