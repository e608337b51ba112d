"""One message to its push service: encrypted, signed, sent once, and the answer read for what it means.

pywebpush encrypts and does nothing else here: its senders follow redirects, wait for ever and sign each message anew.
"""

from __future__ import annotations

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
from types import TracebackType

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import DefaultResolver
from pywebpush import WebPusher
from yarl import URL

from server.alerts.health import ENOUGH_REFUSED, Health
from server.alerts.outbox import Answered, Message, Outcome
from server.alerts.services import PushServices
from server.alerts.subscriptions import packed
from server.alerts.vapid import VapidTokens

PADDED = 256
"""Bytes of every message before it is encrypted: its length tells nobody which notice it is."""
AT_ONCE = 20
"""Requests to one service at the same time."""
CONNECT_WITHIN, ANSWER_WITHIN = 5.0, 15.0
"""Seconds after which a message is given up for now."""
LONGEST_ANSWER = 8192
BACK_OFF = 30.0
"""Seconds before the second attempt; each further one waits twice as long, up to `LONGEST_WAIT`."""
LONGEST_WAIT = 3600.0
SHORTEST_WAIT = 1.0
"""Even for a service that says 0, or a time that has passed: else it is asked without end."""
GONE = (404, 410)
TEMPORARY = (406, 408, 429)
"""As every 5xx: not now. 406 is how Windows says "too many requests"."""
REFUSES_SIGNATURE = (401, 403)
"""The subscription was made with somebody else's key; or, where all are refused, our key or clock is wrong."""


def topic(notice: str) -> str:
    """Stands for a notice at the push service, where only the newest message of a topic waits for a phone."""
    return packed(hashlib.sha256(notice.encode()).digest()[:24])


def payload(message: Message) -> bytes:
    """What the phone gets: ids and no words, padded so that each is as long as any other."""
    text = json.dumps({"id": message.notice, "area": message.area}, separators=(",", ":"))
    return text.encode().ljust(PADDED)


class PushClient:
    """Carries messages for one run. To be entered and left (`async with`)."""

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
        self._places: dict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(AT_ONCE))
        self.services: dict[str, Health] = defaultdict(lambda: Health(enough_refused))
        """What the answers so far say of each service, by its origin."""
        self.statuses: Counter[tuple[str, str]] = Counter()
        """How often each service gave each answer that was no success."""
        self.unsigned: dict[str, set[str]] = defaultdict(set)
        """The subscriptions of each key that isn't here, so that nothing could be signed for them."""

    async def __aenter__(self) -> PushClient:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=self._tls, limit=0, resolver=PublicResolver()),
            timeout=self._timeout,
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            auto_decompress=False,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    async def carry(self, message: Message, clock: Callable[[], float]) -> Answered:
        """Sends a message and says what became of it. Never raises for what a service or the network does."""
        if message.endpoint is None:
            return Answered(message, Outcome.REMOVED)
        origin = self._services.origin(message.endpoint)
        if origin is None:
            return Answered(message, Outcome.REFUSED)
        async with self._places[origin]:
            now = clock()
            if self.services[origin].paused_until > now:
                return self._again(message, self.services[origin].paused_until, counts=False)
            if int(message.ends_at - now) < 1:
                return Answered(message, Outcome.LATE)
            authorization = self._vapid_tokens.header(message.key, origin, now)
            if authorization is None:  # whoever drops a key drops its subscriptions: this one was lost
                self.unsigned[message.key].add(message.subscription)
                return self._again(message, now + LONGEST_WAIT, counts=False)
            try:
                body = _encrypted(message)
            except ValueError:
                return Answered(message, Outcome.REFUSED)
            headers = {
                "Authorization": authorization,
                "Content-Encoding": "aes128gcm",
                "Content-Type": "application/octet-stream",
                "TTL": str(int(message.ends_at - now)),
                "Urgency": message.urgency,
                "Topic": topic(message.notice),
            }
            try:
                status, wait = await self._post(message.endpoint, body, headers, now)
            except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
                self.statuses[origin, type(error).__name__] += 1
                return self._failed(message, self.services[origin], None, clock())
            # While the place is still held: the next message has to know of this answer.
            return self._judged(message, origin, status, wait, clock())

    def _judged(self, message: Message, origin: str, status: int, wait: float | None, now: float) -> Answered:
        service = self.services[origin]
        if 200 <= status < 300:
            service.accept(message.subscription)
            return Answered(message, Outcome.TAKEN)
        self.statuses[origin, str(status)] += 1
        if status in GONE:
            service.gone.add(message.subscription)
            return self._again(message, now + LONGEST_WAIT) if service.doubtful else Answered(message, Outcome.REMOVED)
        if status in REFUSES_SIGNATURE:
            service.refuse(message.subscription, now)
            again = self._again(message, now + LONGEST_WAIT)
            return replace(again, marked=service.works)
        if status in TEMPORARY or status >= 500:
            return self._failed(message, service, wait, now)
        return Answered(message, Outcome.REFUSED)

    def _failed(self, message: Message, service: Health, wait: float | None, now: float) -> Answered:
        pause = self._delay(max(message.attempts, service.pauses)) if wait is None else max(wait, SHORTEST_WAIT)
        service.fail(message.subscription, pause, now)
        return self._again(message, now + pause)

    async def _post(self, endpoint: str, body: bytes, headers: dict[str, str], now: float) -> tuple[int, float | None]:
        url = URL(endpoint, encoded=True)
        async with self._session.post(url, data=body, headers=headers, allow_redirects=False) as response:
            # What is left unread of a longer answer closes the connection; a short one lets it be used again.
            await response.content.read(LONGEST_ANSWER)
            return response.status, retry_after(response.headers.get("Retry-After"), now)

    def _again(self, message: Message, at: float, *, counts: bool = True) -> Answered:
        if at >= message.ends_at:
            return Answered(message, Outcome.LATE)
        return Answered(message, Outcome.AGAIN, at, counts)

    def _delay(self, times: int) -> float:
        longest: float = min(LONGEST_WAIT, self._back_off * 2 ** min(times, 20))
        return longest * (0.5 + self._jitter() / 2)


class PublicResolver(AbstractResolver):
    """Resolves names as ever, and drops every address that is not public: not even a wrong DNS leads inside."""

    def __init__(self) -> None:
        self._resolver = DefaultResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._resolver.resolve(host, port, family)
        public = [each for each in found if ipaddress.ip_address(each["host"]).is_global]
        if not public:
            raise OSError(f"{host} has no public address")
        return public

    async def close(self) -> None:
        await self._resolver.close()


def retry_after(value: str | None, now: float) -> float | None:
    """The seconds of a `Retry-After`, given as seconds or as a date; None where it makes no sense."""
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
    info = {"endpoint": message.endpoint, "keys": {"p256dh": message.p256dh, "auth": message.auth}}
    body: bytes = WebPusher(info).encode(payload(message), content_encoding="aes128gcm")["body"]
    return body
