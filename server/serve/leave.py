"""Leaving without scripts: the redirect with its short-lived mark, and who carries the mark."""

from __future__ import annotations

from server.site.policy import COOKIE
from server.site.resource import Leaving

NEUTRAL = "/neutral"
_MARK = f"{COOKIE}=1".encode()


def moves(leaving: Leaving) -> dict[str, tuple[str, str]]:
    """Where `/leave` and `/start` send people, and the cookie each sets."""
    return {"/leave": (leaving.destination, leaving.cookie), "/start": ("/", leaving.no_cookie)}


def has_left(cookies: bytes | None) -> bool:
    """Whether the request's `Cookie` header carries the "has left" mark."""
    return cookies is not None and any(part.strip() == _MARK for part in cookies.split(b";"))
