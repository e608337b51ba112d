"""HTTP on one connection: answers that are ready are sent at once, and nobody takes more than the limits."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import httptools
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from server.serve.connection import Connection, Transport
from server.serve.reply import Reply

_BODY = frozenset((b"content-length", b"transfer-encoding"))
_PLAIN = re.compile(rb"/(?:[A-Za-z0-9._~-][A-Za-z0-9._~/-]*)?")
"""An address that stands for itself: no query, nothing escaped."""


def _refusal(status: bytes, text: bytes) -> bytes:
    return (
        b"HTTP/1.1 %b\r\ncontent-type: text/plain; charset=utf-8\r\n"
        b"cache-control: no-store\r\nconnection: close\r\ncontent-length: %d\r\n\r\n%b"
    ) % (status, len(text), text)


_INVALID = _refusal(b"400 Bad Request", b"Invalid HTTP request received.")
_TOO_LARGE = _refusal(b"431 Request Header Fields Too Large", b"The headers of this request are too large.\n")
_PIECE = 4096
"""Bytes parsed at a time: each request in them that has to wait for others takes over 2 KB."""


class TooLarge(Exception):
    """A request has more headers, or longer ones, than any browser sends."""


class NoHost(Exception):
    """A request names no host, or several (RFC 9112, 3.2)."""


class UpgradeWithBody(Exception):
    """The parser takes no body of a request that asks for another protocol: it would be read as the next request."""


class AfterTheLast(Exception):
    """A request follows the one that ends its connection: it has to be ignored (RFC 9112, 9.6)."""


class LimitedProtocol(Connection):
    """HTTP as uvicorn speaks it. Who sends too much gets 431; who is too slow is cut off."""

    most_headers = 100
    most_bytes = 32768
    """Of an address with its headers, and of anything else that is neither head nor body, such as trailers."""
    reply_at_once: Callable[[Any], Reply | None] | None = None
    """Gives the answer to the request of an ASGI scope, or None where the app has to be called."""
    _headers_bytes = 0

    def on_message_begin(self) -> None:
        if self._last:
            raise AfterTheLast
        self._unset_keepalive_if_required()
        self._in_head = True
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
        if not self._in_body:  # a trailer must not pass for a header (RFC 9110, 6.5.1)
            self.headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        names = [name for name, _ in self.headers]
        hosts = names.count(b"host")
        version = self.parser.get_http_version()
        if hosts > 1 or (hosts == 0 and version == "1.1"):
            raise NoHost
        if self.parser.should_upgrade() and not _BODY.isdisjoint(names):
            raise UpgradeWithBody
        self._last = self._last or version == "1.0" or not self.parser.should_keep_alive()
        if not self._reply_at_once(names):
            self._call_app()
        self._stop_waiting()
        self._in_head, self._in_body, self._unparsed = False, True, 0

    def on_body(self, body: bytes) -> None:
        self._unparsed = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._stop_waiting()
        self._in_body, self._unparsed = False, 0
        if self.cycle is not None:
            super().on_message_complete()

    def _parse(self) -> None:
        """Parses what has arrived, up to where requests wait for others: what follows is left unread."""
        while self._ahead and not self.pipeline and not self.is_over():
            if self._last and not self._in_body:
                self._ahead, self._more = b"", True
                break
            piece, self._ahead = self._ahead[:_PIECE], self._ahead[_PIECE:]
            self._in_head = self._in_head or not self._in_body
            self._unparsed += len(piece)
            self._feed(piece)
            # The parser keeps what is not whole yet, so no callback has seen it.
            if self._unparsed > self.most_bytes and not self.is_over():
                self._reject(TooLarge())
        if self.is_over():
            return
        held, self.flow.holds = self.flow.holds, bool(self._ahead)
        if held:
            self.flow.resume_reading()
        if self._ahead:
            self.flow.pause_reading()
            self._stop_waiting()  # the delay is ours, not the client's
        elif not self._waits() and (self._ended or (self._last and not self._in_body)):
            self._end()
        else:
            self._wait_for_more()

    def _feed(self, piece: bytes) -> None:
        rest = memoryview(piece)
        while rest:
            try:
                self.parser.feed_data(rest)
                return
            except httptools.HttpParserUpgrade as upgrade:
                rest = rest[upgrade.args[0] :]  # nothing else is spoken here, so HTTP follows
            except httptools.HttpParserError as error:
                if self._last and not self._in_body:
                    self._ahead, self._more = b"", True
                else:
                    self._reject(error.__context__)
                return

    def _reject(self, why: BaseException | None) -> None:
        self.logger.warning("Invalid HTTP request received.")
        self._refusal = _TOO_LARGE if isinstance(why, TooLarge) else _INVALID
        self._forget_unfinished()
        if self._waits() and not self._in_body:
            # The requests before this one are whole.
            self._last, self._ahead, self._in_head = True, b"", False
            self._stop_waiting()
            return
        if self._waits() and self.cycle.response_started:
            self._abort()  # a refusal would be taken for a part of the answer
        elif self._in_body and self.cycle is not None and self.cycle.response_complete:
            self._linger()  # the request has its answer
        else:
            self._refuse()
        self._disconnect()

    def _call_app(self) -> None:
        """Hands the request on to uvicorn, which calls the app in a task."""
        url, headers = self.url, self.headers
        super().on_message_begin()
        self.url = url
        for name, value in headers:
            super().on_header(name, value)
        super().on_headers_complete()
        self.cycle.transport = Transport(self)  # type: ignore[assignment]

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._running = cycle
        super()._start_asgi_task(cycle, app)

    def _reply_at_once(self, names: list[bytes]) -> bool:
        """Answers the request without a task, if it can be; `names` are those of its headers.

        It can't where others wait before it, where the last answers are still unsent, or where a body follows, which
        may turn out to make no sense. Whether it could.
        """
        if self._waits() or self.flow.write_paused or self.is_over() or self.reply_at_once is None:
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
        headers = self.server_state.default_headers
        lines = [b"%b: %b\r\n" % each for each in ([*headers, (b"connection", b"close")] if self._last else headers)]
        self.transport.write(b"".join((reply.head, *lines, b"\r\n", b"" if method == "HEAD" else reply.body)))
        self.server_state.total_requests += 1
        return True
