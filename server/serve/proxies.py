"""Whose address a request comes from: the peer's, or where a trusted proxy is the peer, the one that it names."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

log = logging.getLogger("tellsomeone")
_SAY_AGAIN = 3600.0
_FORWARDED = b"x-forwarded-for"
_NOT_TRUSTED = (
    "X-Forwarded-For comes from an address that TELLSOMEONE_PROXIES doesn't name, and isn't believed. If that is your "
    "proxy, all its visitors share one rate of the alerts: name it, as docs/operating.md says."
)
_NOT_FORWARDED = (
    "a proxy that TELLSOMEONE_PROXIES names sends no X-Forwarded-For: all its visitors share one rate of the alerts. "
    "docs/operating.md says what it has to send."
)


class BehindProxies:
    """An ASGI app that sets each request's client: in X-Forwarded-For the last address that is not trusted counts."""

    def __init__(self, app: ASGIApp, proxies: Sequence[str]) -> None:
        self._app = app
        self._believing = ProxyHeadersMiddleware(app, list(proxies))  # type: ignore[arg-type]
        self._said: dict[str, float] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        client = scope.get("client")
        trusted = client is not None and client[0] in self._believing.trusted_hosts
        forwarded = any(name == _FORWARDED for name, _ in scope["headers"])
        if forwarded and not trusted:
            self._say(_NOT_TRUSTED)
        elif trusted and not forwarded:
            self._say(_NOT_FORWARDED)
        app = self._believing if trusted and forwarded else self._app
        await app(scope, receive, send)  # type: ignore[arg-type]

    def _say(self, what: str) -> None:
        now = time.monotonic()
        if now - self._said.get(what, -_SAY_AGAIN) >= _SAY_AGAIN:
            self._said[what] = now
            log.warning(what)


def warn_without_proxies(secure: bool, proxies: Sequence[str]) -> None:
    """This server speaks no TLS: with an https origin every visitor comes through a proxy."""
    if secure and not proxies:
        log.warning(
            "TELLSOMEONE_ORIGIN is https and TELLSOMEONE_PROXIES names no proxy: all visitors share one rate of the "
            "alerts. docs/operating.md says what to set."
        )
