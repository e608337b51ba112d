"""How often the door may be knocked at.

No address is kept: only a keyed hash, in memory, under a key that is thrown away within the hour.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import os
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Rate:
    burst: int
    a_second: float


EACH = Rate(burst=60, a_second=0.5)
"""For one address: a school's phones share one, so it is wide."""
ALL = Rate(burst=600, a_second=50)
FORGET_AFTER = 3600.0
"""Seconds after which the key is thrown away, and with it all that was counted."""
MOST = 10_000


class Rates:
    """Token buckets, one for each address and one for all of them together."""

    def __init__(self, each: Rate = EACH, all: Rate = ALL, clock: Callable[[], float] = time.monotonic) -> None:
        self._each, self._all, self._clock = each, all, clock
        self._total = (float(all.burst), clock())
        self._forget(clock())

    def wait(self, address: str) -> int:
        """0 when a request may go on, and it is counted; else the seconds to wait."""
        now = self._clock()
        if now >= self._until or len(self._buckets) >= MOST:
            self._forget(now)
        name = hmac.digest(self._key, _knocker(address).encode(errors="replace"), hashlib.sha256)[:16]
        own = _filled(self._buckets.get(name, (float(self._each.burst), now)), self._each, now)
        total = _filled(self._total, self._all, now)
        lacking = max((1 - own) / self._each.a_second, (1 - total) / self._all.a_second)
        if lacking > 0:
            return int(lacking) + 1
        self._buckets[name] = (own - 1, now)
        self._total = (total - 1, now)
        return 0

    def _forget(self, now: float) -> None:
        self._key = os.urandom(32)
        self._buckets: dict[bytes, tuple[float, float]] = {}
        self._until = now + FORGET_AFTER


def _knocker(address: str) -> str:
    """Who an address stands for: an IPv6 household or attacker has a whole /64 of them (RFC 6177)."""
    try:
        own = ipaddress.IPv6Address(address)
    except ValueError:
        return address
    return str(own.ipv4_mapped or own.packed[:8].hex())


def _filled(bucket: tuple[float, float], rate: Rate, now: float) -> float:
    tokens, at = bucket
    return min(float(rate.burst), tokens + (now - at) * rate.a_second)
