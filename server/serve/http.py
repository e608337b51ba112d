"""Runs the app under uvicorn, with limits on its connections."""

import contextlib
import resource
import socket
import sys
from collections.abc import Callable
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from server.serve.protocol import LimitedProtocol
from server.serve.proxies import warn_without_proxies
from server.settings import Settings

_NOT_STARTED = 3  # uvicorn's exit code for this
_WANTED_FILES = 65536
_RESERVED_FILES = 64
"""File descriptors that connections may not use: the content, the database and the cache need them."""


def raise_file_limit() -> int:
    """Raises the soft limit on open files to `_WANTED_FILES`, or to the hard limit if lower. Returns the limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _WANTED_FILES if hard == resource.RLIM_INFINITY else min(hard, _WANTED_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        return wanted
    return _WANTED_FILES if soft == resource.RLIM_INFINITY else soft


def configuration(app: ASGIApp, host: str, port: int, **limits: Any) -> uvicorn.Config:
    """The uvicorn configuration for `app`. `limits` override class attributes of `LimitedProtocol`."""
    at_once = getattr(app, "reply_at_once", None)
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        http=type("Protocol", (LimitedProtocol,), {"reply_at_once": at_once and staticmethod(at_once), **limits}),
        ws="none",
        access_log=False,
        server_header=False,
        log_config=None,
        timeout_graceful_shutdown=3,
        proxy_headers=False,  # `BehindProxies` does this, from our settings rather than uvicorn's variable
    )


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, listening: Callable[[], None]) -> None:
        super().__init__(config)
        self._listening = listening

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._listening()


def run(app: ASGIApp, settings: Settings, listening: Callable[[], None] = lambda: None) -> None:
    """Serves the app until a signal stops it. Calls `listening` once the port is open."""
    most_connections = raise_file_limit() - _RESERVED_FILES
    warn_without_proxies(settings.secure, settings.proxies)
    server = _Server(configuration(app, settings.host, settings.port, most_connections=most_connections), listening)
    with contextlib.suppress(KeyboardInterrupt):
        server.run()
    if not server.started:
        sys.exit(_NOT_STARTED)
