"""Sends a message to its push service: encrypts and signs it, posts it once, and interprets the answer.

pywebpush only encrypts here: its own sender follows redirects, has no timeout and signs each message again.
"""

import asyncio
import datetime
import email.utils
import hashlib
import ipaddress
import json
import random
import socket
import ssl
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import replace
from typing import Self

import aiohttp
from aiohttp.abc import ResolveResult
from pywebpush import WebPusher
from yarl import URL

from server.alerts import base64url
from server.alerts.health import ENOUGH_REFUSED, Health
from server.alerts.outbox import Message, Outcome, SendResult
from server.alerts.services import PushServices
from server.alerts.vapid import VapidTokens

PADDED = 256
"""Bytes of every message before encryption: ids and no words, in one length, so that it doesn't reveal the notice."""
AT_ONCE = 20
"""Requests to one service at the same time."""
CONNECT_WITHIN, ANSWER_WITHIN = 5.0, 15.0
"""Timeouts in seconds."""
LONGEST_ANSWER = 8192
"""Bytes of an answer that are read."""
BACK_OFF = 30.0
"""Seconds before the first retry. The wait doubles with each further one, up to `LONGEST_WAIT`."""
LONGEST_WAIT = 3600.0
SHORTEST_WAIT = 1.0
"""Seconds. A service may ask for less: for no wait, or for a time that has passed."""
GONE = (404, 410)
TEMPORARY = (406, 408, 429)
"""Treated as every 5xx. Windows answers 406 for "too many requests"."""
REFUSES_SIGNATURE = (401, 403)
"""For one subscription: it was made with somebody else's key. For nearly all: our key or clock is wrong."""


class PushClient:
    """Sends the messages of one run. Use it with `async with`."""

    def __init__(
        self,
        tokens: VapidTokens,
        services: PushServices | None = None,
        tls: ssl.SSLContext | None = None,
        *,
        back_off: float = BACK_OFF,
        jitter: Callable[[], float] = random.random,
        enough_refused: int = ENOUGH_REFUSED,
        connect_within: float = CONNECT_WITHIN,
    ) -> None:
        self._vapid_tokens = tokens
        self._services = services or PushServices()
        self._tls = tls or ssl.create_default_context()
        self._back_off, self._jitter = back_off, jitter
        self._timeout = aiohttp.ClientTimeout(total=ANSWER_WITHIN, connect=connect_within)
        self._slots: dict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(AT_ONCE))
        self.health: dict[str, Health] = defaultdict(lambda: Health(enough_refused))
        """Each service by its origin."""
        self.statuses: Counter[tuple[str, str]] = Counter()
        """How often each service gave each status or error other than success, by origin and status."""
        self.missing_keys: dict[str, set[str]] = defaultdict(set)
        """The subscriptions of each key whose file is missing, by key id."""

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=self._tls, limit=0, resolver=PublicResolver()),
            timeout=self._timeout,
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            auto_decompress=False,
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    async def send(self, message: Message, clock: Callable[[], float]) -> SendResult:
        """Sends a message. Never raises for anything a service or the network does."""
        if message.endpoint is None:
            return SendResult(message, Outcome.REMOVED)
        origin = self._services.origin(message.endpoint)
        if origin is None:
            return SendResult(message, Outcome.REFUSED)
        async with self._slots[origin]:
            now = clock()
            if self.health[origin].paused_until > now:
                return self._retry(message, self.health[origin].paused_until, is_attempt=False)
            if int(message.ends_at - now) < 1:
                return SendResult(message, Outcome.LATE)
            authorization = self._vapid_tokens.header(message.key, origin, now)
            if authorization is None:  # the file was lost: dropping a key would have removed its subscriptions
                self.missing_keys[message.key].add(message.subscription)
                return self._retry(message, now + LONGEST_WAIT, is_attempt=False)
            try:
                body = _encrypted(message)
            except ValueError:
                return SendResult(message, Outcome.REFUSED)
            headers = {
                "Authorization": authorization,
                "Content-Encoding": "aes128gcm",
                "Content-Type": "application/octet-stream",
                "TTL": str(int(message.ends_at - now)),
                "Urgency": message.urgency,
                # A service stores only the newest message of a topic for a phone.
                "Topic": base64url.encode(hashlib.sha256(message.notice.encode()).digest()[:24]),
            }
            try:
                status, wait = await self._post(message.endpoint, body, headers, now)
            except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
                self.statuses[origin, type(error).__name__] += 1
                return self._retry_later(message, self.health[origin], None, clock())
            # While the slot is held: how the next message is sent depends on this answer.
            return self._interpret(message, origin, status, wait, clock())

    def _interpret(self, message: Message, origin: str, status: int, wait: float | None, now: float) -> SendResult:
        service = self.health[origin]
        if 200 <= status < 300:
            service.accept(message.subscription)
            return SendResult(message, Outcome.TAKEN)
        self.statuses[origin, str(status)] += 1
        if status in GONE:
            service.gone.add(message.subscription)
            if service.doubtful:
                return self._retry(message, now + LONGEST_WAIT)
            return SendResult(message, Outcome.REMOVED)
        if status in REFUSES_SIGNATURE:
            service.refuse(message.subscription, now)
            return replace(self._retry(message, now + LONGEST_WAIT), is_refusal=service.works)
        if status in TEMPORARY or status >= 500:
            return self._retry_later(message, service, wait, now)
        return SendResult(message, Outcome.REFUSED)

    def _retry_later(self, message: Message, service: Health, wait: float | None, now: float) -> SendResult:
        if wait is None:
            failures = min(max(message.attempts, service.pauses), 20)
            pause = min(LONGEST_WAIT, self._back_off * 2**failures) * (0.5 + self._jitter() / 2)
        else:
            pause = max(wait, SHORTEST_WAIT)
        service.fail(message.subscription, pause, now)
        return self._retry(message, now + pause)

    async def _post(self, endpoint: str, body: bytes, headers: dict[str, str], now: float) -> tuple[int, float | None]:
        url = URL(endpoint, encoded=True)
        async with self._session.post(url, data=body, headers=headers, allow_redirects=False) as response:
            # After a short answer the connection is reused. A longer one isn't read to its end, which closes it.
            await response.content.read(LONGEST_ANSWER)
            return response.status, retry_after(response.headers.get("Retry-After"), now)

    def _retry(self, message: Message, at: float, *, is_attempt: bool = True) -> SendResult:
        if at >= message.ends_at:
            return SendResult(message, Outcome.LATE)
        return SendResult(message, Outcome.RETRY, at, is_attempt)


class PublicResolver(aiohttp.ThreadedResolver):
    """Resolves names to public addresses only, so that no DNS record can lead to an internal one."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        addresses = await super().resolve(host, port, family)
        public = [each for each in addresses if ipaddress.ip_address(each["host"]).is_global]
        if not public:
            raise OSError(f"{host} has no public address")
        return public


def retry_after(value: str | None, now: float) -> float | None:
    """The seconds to wait that `Retry-After` gives as a number or a date, a day at most; None if it is neither."""
    if value is None:
        return None
    if value.strip().isdecimal() and value.isascii():
        return float(min(int(value.strip()[:9]), 86_400))
    try:
        date = email.utils.parsedate_to_datetime(value)
        return min(max(date.replace(tzinfo=date.tzinfo or datetime.UTC).timestamp() - now, 0.0), 86_400.0)
    except (ValueError, OverflowError):
        return None


def _encrypted(message: Message) -> bytes:
    text = json.dumps({"id": message.notice, "area": message.area}, separators=(",", ":"))
    info = {"endpoint": message.endpoint, "keys": {"p256dh": message.p256dh, "auth": message.auth}}
    body: bytes = WebPusher(info).encode(text.encode().ljust(PADDED), content_encoding="aes128gcm")["body"]
    return body
