"""Leaving without scripts: which requests contain the exit marker, and which may set or clear it.

`/leave` sets a short-lived cookie, the exit marker. While a browser sends it, every page answers with `/neutral`.
"""

from collections.abc import Mapping

NEUTRAL = "/neutral"
_PREFETCH_HEADERS = (b"sec-purpose", b"purpose", b"x-purpose", b"x-moz")
"""Sent by browsers with a prefetch, a prerender or a link preview."""
_NAVIGATION_HEADERS = {
    b"sec-fetch-dest": (b"", b"document"),
    b"sec-fetch-mode": (b"", b"navigate"),
    b"sec-fetch-site": (b"", b"same-origin", b"none"),
}
"""The values sent when a person opens a page, from a link of this site or by hand. Old browsers send none of them."""


def has_exit_marker(cookies: bytes | None, marker: bytes) -> bool:
    """Whether a `Cookie` header contains the exit marker, given as `name=value`."""
    return cookies is not None and any(part.strip() == marker for part in cookies.split(b";"))


def is_prefetch(headers: Mapping[bytes, bytes]) -> bool:
    """Whether a browser requests the address in advance, before anybody has opened it."""
    return any(headers.get(name) for name in _PREFETCH_HEADERS)


def is_navigation(method: str, headers: Mapping[bytes, bytes]) -> bool:
    """Whether a person opens the address in a window. Only then may a request change the exit state."""
    return (
        method == "GET"
        and not is_prefetch(headers)
        and all(headers.get(name, b"") in values for name, values in _NAVIGATION_HEADERS.items())
    )
