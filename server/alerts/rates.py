"""Rate limiting for the subscriptions API.

No address is stored: only a keyed hash in memory, under a key that is replaced every hour.
"""

import hashlib
import hmac
import ipaddress
import os
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Rate:
    """How many requests are allowed at once, and how many a second in the long run."""

    burst: int
    a_second: float


EACH = Rate(burst=60, a_second=0.5)
"""For one address. High, because the phones of a school share one."""
ALL = Rate(burst=600, a_second=50)
KEY_LIFE = 3600.0
"""Seconds until the key is replaced, and every count with it."""
MAX_ADDRESSES = 10_000


class Rates:
    """Token buckets: one for each address, and one for all together."""

    def __init__(self, each: Rate = EACH, all: Rate = ALL, clock: Callable[[], float] = time.monotonic) -> None:
        self._each, self._all, self._clock = each, all, clock
        self._total = (float(all.burst), clock())
        self._replace_key(clock())

    def wait(self, address: str) -> int:
        """Counts a request and returns 0, or returns the seconds to wait if there are too many."""
        now = self._clock()
        if now >= self._key_ends or len(self._buckets) >= MAX_ADDRESSES:
            self._replace_key(now)
        name = hmac.digest(self._key, _network(address).encode(errors="replace"), hashlib.sha256)[:16]
        own = _refilled(self._buckets.get(name, (float(self._each.burst), now)), self._each, now)
        total = _refilled(self._total, self._all, now)
        wait = max((1 - own) / self._each.a_second, (1 - total) / self._all.a_second)
        if wait > 0:
            return int(wait) + 1
        self._buckets[name] = (own - 1, now)
        self._total = (total - 1, now)
        return 0

    def _replace_key(self, now: float) -> None:
        self._key = os.urandom(32)
        self._buckets: dict[bytes, tuple[float, float]] = {}
        self._key_ends = now + KEY_LIFE


def _network(address: str) -> str:
    """The address itself, or the /64 of an IPv6 address, which one household or attacker has whole (RFC 6177)."""
    try:
        ipv6 = ipaddress.IPv6Address(address)
    except ValueError:
        return address
    return str(ipv6.ipv4_mapped or ipv6.packed[:8].hex())


def _refilled(bucket: tuple[float, float], rate: Rate, now: float) -> float:
    tokens, at = bucket
    return min(float(rate.burst), tokens + (now - at) * rate.a_second)
