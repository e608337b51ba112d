"""What a request's headers ask for, whether they contain the exit marker, and whether they may set or clear it.

`/leave` sets a short-lived cookie, the exit marker. While a browser sends it, every page answers with `/neutral`.
"""

import re
from collections.abc import Mapping
from functools import lru_cache

from starlette.types import Scope

PREFERRED = ("br", "gzip")
_CODING = re.compile(r"\s*([A-Za-z0-9*_-]+)\s*(?:;\s*[qQ]\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*)?\Z")
_TAG = re.compile(rb'(?:W/)?("[\x21\x23-\x7e\x80-\xff]*")')
_PREFETCH_HEADERS = (b"sec-purpose", b"purpose", b"x-purpose", b"x-moz")
"""Sent by browsers with a prefetch, a prerender or a link preview."""
_NAVIGATION_HEADERS = {
    b"sec-fetch-dest": (b"", b"document"),
    b"sec-fetch-mode": (b"", b"navigate"),
    b"sec-fetch-site": (b"", b"same-origin", b"none"),
}
"""The values sent when a person opens a page, from a link of this site or by hand. Old browsers send none of them."""


def headers_of(scope: Scope) -> dict[bytes, bytes]:
    """The request's headers by name; the values of a repeated header are joined into one list."""
    headers: dict[bytes, bytes] = {}
    for name, value in scope["headers"]:
        separator = b"; " if name == b"cookie" else b", "
        headers[name] = headers[name] + separator + value if name in headers else value
    return headers


@lru_cache(maxsize=256)
def encoding_for(accept: bytes | None) -> str:
    """The best encoding that `Accept-Encoding` (RFC 9110, 12.5.3) allows: "br", "gzip" or "identity".

    q=0 refuses an encoding; "*" stands for every encoding not named; malformed parts are ignored.
    """
    accepted: dict[str, bool] = {}
    for part in (accept or b"").decode("latin-1").split(","):
        if coding := _CODING.match(part):
            accepted[coding[1].lower()] = coding[2] is None or float(coding[2]) > 0
    return next((name for name in PREFERRED if accepted.get(name, accepted.get("*", False))), "identity")


def tag_matches(if_none_match: bytes | None, etag: bytes) -> bool:
    """Whether `If-None-Match` (13.1.2) contains `etag` (weak comparison), or is `*`."""
    return if_none_match is not None and (if_none_match.strip() == b"*" or etag in _TAG.findall(if_none_match))


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
