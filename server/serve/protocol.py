"""HTTP on one connection: answers that are ready are sent at once, and nobody takes more than the limits."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import Callable
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from server.serve.reply import Reply

log = logging.getLogger("tellsomeone")
_BODY = frozenset((b"content-length", b"transfer-encoding"))
_PLAIN = re.compile(rb"/(?:[A-Za-z0-9._~-][A-Za-z0-9._~/-]*)?")
"""An address that stands for itself: no query, nothing escaped."""
_REFUSAL = (
    b"HTTP/1.1 %b\r\ncontent-type: text/plain; charset=utf-8\r\n"
    b"cache-control: no-store\r\nconnection: close\r\ncontent-length: %d\r\n\r\n%b"
)
_LINGER_SECONDS, _LINGER_BYTES = 2.0, 1 << 20
"""What is still read, and thrown away, of a connection whose last answer is sent."""
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
        self.url, self.headers = b"", []

    def on_url(self, url: bytes) -> None:
        self._headers_bytes += len(url)
        if self._headers_bytes > self.most_bytes:
            raise TooLarge
        self.url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers_bytes += len(name) + len(value) + 4
        if self._headers_bytes > self.most_bytes or len(self.headers) >= self.most_headers:
            raise TooLarge
        self.headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        names = [name for name, _ in self.headers]
        hosts = names.count(b"host")
        if hosts > 1 or (hosts == 0 and self.parser.get_http_version() == "1.1"):
            raise NoHost
        if not self._reply_at_once(names):
            self._call_app()
        self._stop_waiting()
        self._in_head, self._in_body, self._unparsed = False, True, 0

    def on_body(self, body: bytes) -> None:
        self._unparsed = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._stop_waiting()
        self._in_body = False
        if self.cycle is not None:
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

    def _call_app(self) -> None:
        """Hands the request on to uvicorn, which calls the app in a task."""
        url, headers = self.url, self.headers
        super().on_message_begin()
        self.url = url
        for name, value in headers:
            super().on_header(name, value)
        super().on_headers_complete()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._running = cycle
        super()._start_asgi_task(cycle, app)

    def _reply_at_once(self, names: list[bytes]) -> bool:
        """Answers the request without a task, if it can be; `names` are those of its headers.

        It can't where others wait before it, where the last answers are still unsent, or where a body follows, which
        may turn out to make no sense. Whether it could.
        """
        waits = self.pipeline or (self.cycle is not None and not self.cycle.response_complete)
        if waits or self.flow.write_paused or self.transport.is_closing() or self.reply_at_once is None:
            return False
        if not _PLAIN.fullmatch(self.url) or not _BODY.isdisjoint(names):
            return False
        method = self.parser.get_method().decode("ascii")
        try:
            reply = self.reply_at_once(
                {"type": "http", "method": method, "path": self.url.decode("ascii"), "headers": self.headers}
            )
        except Exception:
            return False  # the task meets the same error, logs it and answers
        if reply is None:
            return False
        self.cycle = None  # type: ignore[assignment]  # uvicorn has nothing to do for this request
        stays = self.parser.should_keep_alive() and self.parser.get_http_version() != "1.0"
        headers = self.server_state.default_headers
        lines = [b"%b: %b\r\n" % header for header in (headers if stays else [*headers, (b"connection", b"close")])]
        self.transport.write(b"".join((reply.head, *lines, b"\r\n", b"" if method == "HEAD" else reply.body)))
        if not stays:
            self.transport.close()
        self.on_response_complete()
        return True

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
