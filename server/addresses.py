"""Addresses that are no pages: what the server and the export answer there themselves, so no page may stand there.

Addresses with a dot (`/sw.js`) aren't here: a page's name holds none.
"""

from __future__ import annotations

LEAVE = "/leave"
LEAVE_APP = "/leave/app"
START = "/start"
HEALTH = "/healthz"
ASSETS = "/assets"
PACKS = "/pack"
ALERTS = "/alerts/"
"""The prefix of the subscriptions API."""
SUBSCRIPTIONS = f"{ALERTS}subscriptions"
ALERTS_KEY = f"{ALERTS}key"
NOT_FOUND = "/404"
NOT_ALLOWED = "/405"
CLEARED = "/cleared"
EMPTY = "/empty"
"""A file without a byte: what nginx answers with where only headers count."""

LINKED = frozenset({LEAVE, LEAVE_APP, START})
"""What a page may link to."""
_ALL = (
    *LINKED,
    *(HEALTH, ASSETS, PACKS, SUBSCRIPTIONS, ALERTS_KEY),
    *(NOT_FOUND, NOT_ALLOWED, CLEARED, EMPTY),
)
_OWNED = frozenset(address.split("/")[1] for address in _ALL)


def is_owned(path: str) -> bool:
    """Whether a page can't stand at `path`, because the address or all below it is the server's own."""
    return path.split("/")[1] in _OWNED
