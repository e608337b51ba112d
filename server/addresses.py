"""Reserved addresses: the server and the export answer them themselves, so no page may have one.

Addresses with a dot (`/sw.js`) aren't listed, since a page's address can't contain one.
"""

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
"""An empty file: the body nginx answers with where only the headers matter."""

LINKED = frozenset({LEAVE, LEAVE_APP, START})
"""Reserved addresses that a page may link to."""
_ALL = (*LINKED, HEALTH, ASSETS, PACKS, SUBSCRIPTIONS, ALERTS_KEY, NOT_FOUND, NOT_ALLOWED, CLEARED, EMPTY)
_RESERVED = frozenset(address.split("/")[1] for address in _ALL)


def is_reserved(path: str) -> bool:
    """Whether the first segment of `path` is that of a reserved address, so that no page may have it."""
    return path.split("/")[1] in _RESERVED
