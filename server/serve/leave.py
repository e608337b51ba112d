"""Leaving without scripts: who carries its short-lived mark."""

from __future__ import annotations

from server.site.policy import COOKIE

NEUTRAL = "/neutral"
_MARK = f"{COOKIE}=1".encode()


def has_left(cookies: bytes | None) -> bool:
    """Whether the request's `Cookie` header carries the "has left" mark."""
    return cookies is not None and any(part.strip() == _MARK for part in cookies.split(b";"))
