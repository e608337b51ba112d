"""Leaving without scripts: who carries its short-lived mark, and which requests may set or end it."""

from __future__ import annotations

from collections.abc import Mapping

NEUTRAL = "/neutral"
_LOADS_AHEAD = (b"sec-purpose", b"purpose", b"x-purpose", b"x-moz")
"""What browsers say where nobody has opened anything: a prefetch, a prerender, a preview of a link."""
_OPENING = {
    b"sec-fetch-dest": (b"", b"document"),
    b"sec-fetch-mode": (b"", b"navigate"),
    b"sec-fetch-site": (b"", b"same-origin", b"none"),
}
"""What these headers say when a person opens a page, by this site's own link or by hand. Old browsers send none."""


def has_left(cookies: bytes | None, marker: bytes) -> bool:
    """Whether the request's `Cookie` header carries the "has left" mark."""
    return cookies is not None and any(part.strip() == marker for part in cookies.split(b";"))


def loads_ahead(asked: Mapping[bytes, bytes]) -> bool:
    """Whether a browser asks before anybody opens the address."""
    return any(asked.get(name) for name in _LOADS_AHEAD)


def is_opening(method: str, asked: Mapping[bytes, bytes]) -> bool:
    """Whether a person opens the address in a window: nothing else may leave, or come back, on their behalf."""
    return (
        method == "GET"
        and not loads_ahead(asked)
        and all(asked.get(name, b"") in values for name, values in _OPENING.items())
    )
