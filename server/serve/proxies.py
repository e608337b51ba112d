"""Finds the client's address: the peer's or, if the peer is a trusted proxy, the one it forwards."""

import logging
import time
from collections.abc import Sequence

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

log = logging.getLogger("tellsomeone")
_WARN_EVERY = 3600.0
"""Seconds between two warnings of the same kind."""
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
    """An ASGI app that sets each request's client to the last untrusted address in X-Forwarded-For."""

    def __init__(self, app: ASGIApp, proxies: Sequence[str]) -> None:
        self._app = app
        self._forwarded_app = ProxyHeadersMiddleware(app, list(proxies))  # type: ignore[arg-type]
        self._warned_at: dict[str, float] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        client = scope.get("client")
        trusted = client is not None and client[0] in self._forwarded_app.trusted_hosts
        forwarded = any(name == _FORWARDED for name, _ in scope["headers"])
        if forwarded and not trusted:
            self._warn(_NOT_TRUSTED)
        elif trusted and not forwarded:
            self._warn(_NOT_FORWARDED)
        app = self._forwarded_app if trusted and forwarded else self._app
        await app(scope, receive, send)  # type: ignore[arg-type]

    def _warn(self, message: str) -> None:
        now = time.monotonic()
        if now - self._warned_at.get(message, -_WARN_EVERY) >= _WARN_EVERY:
            self._warned_at[message] = now
            log.warning(message)


def warn_without_proxies(secure: bool, proxies: Sequence[str]) -> None:
    """Warns if the origin is https and no proxy is named. This server speaks no TLS, so there has to be a proxy."""
    if secure and not proxies:
        log.warning(
            "TELLSOMEONE_ORIGIN is https and TELLSOMEONE_PROXIES names no proxy: all visitors share one rate of the "
            "alerts. docs/operating.md says what to set."
        )
