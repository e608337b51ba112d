"""Runs the app under uvicorn, with limits on what one connection may take: bytes, headers and time."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import resource
import socket
import sys
import time
from collections.abc import Callable
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from server.serve.proxies import warn_without_proxies
from server.serve.reply import Reply
from server.settings import Settings

log = logging.getLogger("tellsomeone")
_BODY = (b"content-length", b"transfer-encoding")
_REFUSAL = (
    b"HTTP/1.1 %b\r\ncontent-type: text/plain; charset=utf-8\r\n"
    b"cache-control: no-store\r\nconnection: close\r\ncontent-length: %d\r\n\r\n%b"
)
_LINGER_SECONDS, _LINGER_BYTES = 2.0, 1 << 20
"""What is still read, and thrown away, of a connection whose last answer is sent."""
_NOT_STARTED = 3
_WANTED_FILES = 65536
_RESERVED_FILES = 64
"""Descriptors that connections leave free, for the content, the database and the cache."""
_SAY_AGAIN = 60.0


class TooLarge(Exception):
    """A request has more headers, or longer ones, than any browser sends."""


class NoHost(Exception):
    """A request names no host, or several (RFC 9112, 3.2)."""


class LimitedProtocol(HttpToolsProtocol):
    """HTTP as uvicorn speaks it. Who sends too much gets 431; who is too slow is cut off."""

    most_headers = 100
    most_bytes = 32768
    """Of an address with its headers, and of anything else that is neither head nor body, such as trailers."""
    head_seconds = 10.0
    body_seconds = 30.0
    most_connections = 1 << 30
    reply_at_once: Callable[[Any], Reply | None] | None = None
    """Gives the answer to the request of an ASGI scope, or None where the app has to be called."""
    _said_full = -_SAY_AGAIN

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._in_head, self._in_body = True, False
        self._unparsed = self._headers_bytes = 0
        self._refused = False
        self._deadline: asyncio.TimerHandle | None = None
        self._unread: asyncio.TimerHandle | None = None
        self._running: RequestResponseCycle | None = None
        if len(self.connections) > self.most_connections:
            self._say_full()
            transport.abort()
        else:
            self._wait_at_most(self.head_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        if self._unread is not None:
            self._unread.cancel()
        self._disconnect()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._refused:
            self._unparsed += len(data)
            if self._unparsed > _LINGER_BYTES:
                self._abort()
            return
        self._in_head = self._in_head or not self._in_body
        super().data_received(data)
        # The parser keeps what is not whole yet, so no callback has seen it.
        self._unparsed += len(data)
        if not self._in_head and not self._in_body:
            self._unparsed = 0
        elif self._unparsed > self.most_bytes and not self._refused:
            self.send_400_response("")
        elif self._deadline is None and not self.transport.is_closing():
            self._wait_at_most(self.head_seconds if self._in_head else self.body_seconds)

    def on_message_begin(self) -> None:
        self._headers_bytes = 0
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        self._headers_bytes += len(url)
        if self._headers_bytes > self.most_bytes:
            raise TooLarge
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers_bytes += len(name) + len(value) + 4
        if self._headers_bytes > self.most_bytes or len(self.headers) >= self.most_headers:
            raise TooLarge
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        hosts = sum(name == b"host" for name, _ in self.headers)
        if hosts > 1 or (hosts == 0 and self.parser.get_http_version() == "1.1"):
            raise NoHost
        super().on_headers_complete()
        self._stop_waiting()
        self._in_head, self._in_body, self._unparsed = False, True, 0

    def on_body(self, body: bytes) -> None:
        self._unparsed = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._stop_waiting()
        self._in_body = False
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Also called by uvicorn for what the parser refuses, an exception of the callbacks here included."""
        self._refused = True
        self._stop_waiting()
        cycle = self.cycle
        if cycle and not cycle.response_complete and (cycle.response_started or cycle is not self._running):
            # An answer has begun, or an earlier request waits for one: this would be taken for a part of it.
            self._abort()
        elif cycle and cycle.response_complete and self._in_body:
            self._linger()  # the request has its answer
        elif self._unparsed + self._headers_bytes > self.most_bytes or len(self.headers or ()) >= self.most_headers:
            self._refuse(b"431 Request Header Fields Too Large", b"The headers of this request are too large.\n")
        else:
            self._refuse(b"400 Bad Request", msg.encode())
        self._disconnect()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._drop_if_unread()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.transport.is_closing():
            self._drop_if_unread()

    def timeout_keep_alive_handler(self) -> None:
        super().timeout_keep_alive_handler()
        self._drop_if_unread()

    def _refuse(self, status: bytes, text: bytes) -> None:
        self.transport.write(_REFUSAL % (status, len(text), text))
        self._linger()

    def _linger(self) -> None:
        """Closes once the other side has: closing on what is unread resets the connection, and the answer is lost."""
        self.transport.write_eof()
        self._unparsed = 0
        self._wait_at_most(_LINGER_SECONDS)

    def _wait_at_most(self, seconds: float) -> None:
        self._deadline = self.loop.call_later(seconds, self._abort)

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _drop_if_unread(self, before: int | None = None) -> None:
        """Gives up an answer of which nothing more is taken; a slow phone takes a little each time."""
        left = self.transport.get_write_buffer_size()
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None
        if left and left == before:
            self._abort()
        elif left:
            self._unread = self.loop.call_later(self.body_seconds, self._drop_if_unread, left)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._running = cycle
        reply = self._reply_at_once(cycle)
        if reply is None:
            super()._start_asgi_task(cycle, app)
            return
        headers = cycle.default_headers if cycle.keep_alive else [*cycle.default_headers, (b"connection", b"close")]
        lines = [b"%b: %b\r\n" % header for header in headers]
        body = b"" if cycle.scope["method"] == "HEAD" else reply.body
        self.transport.write(b"".join((reply.head, *lines, b"\r\n", body)))
        cycle.response_started = cycle.response_complete = True
        cycle.message_event.set()
        if not cycle.keep_alive:
            self.transport.close()
        cycle.on_response()

    def _reply_at_once(self, cycle: RequestResponseCycle) -> Reply | None:
        """The reply that needs no task: none where others wait behind it, where the last ones are still unsent, or
        where a body follows, which may turn out to make no sense."""
        if self.reply_at_once is None or self.pipeline or self.flow.write_paused:
            return None
        if any(name in _BODY for name, _ in cycle.scope["headers"]):
            return None
        try:
            return self.reply_at_once(cycle.scope)
        except Exception:
            return None  # the task meets the same error, logs it and answers

    def _abort(self) -> None:
        self._disconnect()
        self.transport.abort()

    def _disconnect(self) -> None:
        """Tells every request of this connection that nobody waits for its answer: uvicorn tells the newest alone."""
        for cycle in (self._running, self.cycle, *(waiting for waiting, _ in self.pipeline)):
            if cycle is not None:
                cycle.disconnected = True
                cycle.message_event.set()

    def _say_full(self) -> None:
        now = time.monotonic()
        if now - LimitedProtocol._said_full >= _SAY_AGAIN:
            LimitedProtocol._said_full = now
            log.error(
                "%d connections are open, as many as this process may have: others are turned away. "
                "Raise `ulimit -n`, and see docs/operations.md on what stands in front.",
                self.most_connections,
            )


def raise_file_limit() -> int:
    """Raises the soft limit of open files as far as the hard one lets it, and gives it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _WANTED_FILES if hard == resource.RLIM_INFINITY else min(hard, _WANTED_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        return wanted
    return _WANTED_FILES if soft == resource.RLIM_INFINITY else soft


def configuration(app: ASGIApp, host: str, port: int, **limits: Any) -> uvicorn.Config:
    """How uvicorn serves the app. `limits` are values for `LimitedProtocol`."""
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
        proxy_headers=False,  # `BehindProxies` asks the settings instead of uvicorn's own variable
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
    """Serves the app until it is told to stop. `listening` is called once it can be reached."""
    most = raise_file_limit() - _RESERVED_FILES
    warn_without_proxies(settings.secure, settings.proxies)
    server = _Server(configuration(app, settings.host, settings.port, most_connections=most), listening)
    with contextlib.suppress(KeyboardInterrupt):
        server.run()
    if not server.started:
        sys.exit(_NOT_STARTED)
