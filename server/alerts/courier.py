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
from types import TracebackType

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import DefaultResolver
from pywebpush import WebPusher
from yarl import URL

from server.alerts.outbox import Answered, Message, Outcome
from server.alerts.services import PushServices
from server.alerts.subscriptions import packed
from server.alerts.vapid import Passes

PADDED = 256
"""Bytes of every message before it is encrypted: its length tells nobody which notice it is."""
AT_ONCE = 20
"""Requests to one service at the same time."""
LONGEST_ANSWER = 8192
BACK_OFF = 30.0
"""Seconds before the second attempt; each further one waits twice as long, up to `LONGEST_WAIT`."""
LONGEST_WAIT = 3600.0
AFTER_HELD = 60.0
"""Seconds by which a refused message comes due after those that were held back because of it."""
SHORTEST_WAIT = 1.0
"""Even for a service that says 0, or a time that has passed: else it is asked without end."""
GONE = (404, 410)
BUSY = (406, 429)
"""Too many requests; 406 is how Windows says it."""
NOT_US = (401, 403)
"""Our key or our clock is wrong, and not the subscription."""


def topic(notice: str) -> str:
    """Stands for a notice at the push service, where only the newest message of a topic waits for a phone."""
    return packed(hashlib.sha256(notice.encode()).digest()[:24])


def payload(message: Message) -> bytes:
    """What the phone gets: ids and no words, padded so that each is as long as any other."""
    text = json.dumps({"id": message.notice, "area": message.area}, separators=(",", ":"))
    return text.encode().ljust(PADDED)


class Courier:
    """Carries messages for one run. To be entered and left (`async with`)."""

    def __init__(
        self,
        passes: Passes,
        services: PushServices | None = None,
        tls: ssl.SSLContext | None = None,
        *,
        back_off: float = BACK_OFF,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._passes = passes
        self._services = services or PushServices()
        self._tls = tls or ssl.create_default_context()
        self._back_off, self._jitter = back_off, jitter
        self._places: dict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(AT_ONCE))
        self._quiet: dict[str, float] = {}
        self._refusals: Counter[str] = Counter()
        self._takes: set[str] = set()
        self._deaf: set[str] = set()
        self.statuses: Counter[tuple[str, str]] = Counter()
        """How often each service gave each answer that was no success."""

    @property
    def not_us(self) -> set[str]:
        """The services that refuse our signature: somebody has to look."""
        return self._deaf | {origin for origin, times in self._refusals.items() if times and origin not in self._takes}

    async def __aenter__(self) -> Courier:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=self._tls, limit=0, resolver=PublicResolver()),
            timeout=aiohttp.ClientTimeout(total=15, connect=5),
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
            if self._quiet.get(origin, 0) > now:
                return self._again(message, self._quiet[origin], counts=False)
            if int(message.ends_at - now) < 1:
                return Answered(message, Outcome.LATE)
            authorization = self._passes.header(message.key, origin, now)
            if authorization is None:  # its key was dropped: the phone has to subscribe again
                return Answered(message, Outcome.REMOVED)
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
                return self._again(message, clock() + self._delay(message))
        if 200 <= status < 300:
            self._refusals[origin] = 0
            self._takes.add(origin)
            self._deaf.discard(origin)
            return Answered(message, Outcome.TAKEN)
        self.statuses[origin, str(status)] += 1
        return self._judged(message, origin, status, wait, clock())

    def _judged(self, message: Message, origin: str, status: int, wait: float | None, now: float) -> Answered:
        if status in GONE:
            return Answered(message, Outcome.REMOVED)
        if status in NOT_US:
            # Subscriptions made with somebody else's key are refused as well. A service that takes even one message has
            # nothing against our key and clock.
            self._refusals[origin] += 1
            if self._refusals[origin] >= AT_ONCE and origin not in self._takes:
                self._deaf.add(origin)
                self._quiet[origin] = now + LONGEST_WAIT
            # Later than the messages that were only held back, so that those are tried first.
            return self._again(message, now + LONGEST_WAIT + AFTER_HELD)
        if status in BUSY or status >= 500 or status == 408:
            pause = self._delay(message) if wait is None else max(wait, SHORTEST_WAIT)
            if status in BUSY:  # it means us, and not this one message
                self._quiet[origin] = max(self._quiet.get(origin, 0), now + pause)
            return self._again(message, now + pause)
        return Answered(message, Outcome.REFUSED)

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

    def _delay(self, message: Message) -> float:
        longest: float = min(LONGEST_WAIT, self._back_off * 2 ** min(message.attempts, 20))
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
