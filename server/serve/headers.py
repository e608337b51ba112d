"""Reads `Accept-Encoding` with its q-values (RFC 9110, 12.5.3) and `If-None-Match` (13.1.2)."""

import re
from functools import lru_cache

PREFERRED = ("br", "gzip")
_CODING = re.compile(r"\s*([A-Za-z0-9*_-]+)\s*(?:;\s*[qQ]\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*)?\Z")
_TAG = re.compile(r'(?:W/)?("[\x21\x23-\x7e\x80-\xff]*")')


@lru_cache(maxsize=256)
def encoding_for(accept: str | None) -> str:
    """The best encoding that `Accept-Encoding` allows: "br", "gzip" or "identity".

    q=0 refuses an encoding; "*" stands for every encoding not named; malformed parts are ignored.
    """
    if accept is None:
        return "identity"
    accepted: dict[str, bool] = {}
    for part in accept.split(","):
        if coding := _CODING.match(part):
            accepted[coding[1].lower()] = coding[2] is None or float(coding[2]) > 0
    return next((name for name in PREFERRED if accepted.get(name, accepted.get("*", False))), "identity")


def tag_matches(if_none_match: str | None, etag: str) -> bool:
    """Whether `If-None-Match` contains `etag` (weak comparison), or is `*`."""
    return if_none_match is not None and (if_none_match.strip() == "*" or etag in _TAG.findall(if_none_match))
