"""HTTP on one connection: sends prepared replies without a task, and enforces limits on each request."""

import re
from collections.abc import Callable
from typing import Any

import httptools
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from server.serve.connection import Connection
from server.serve.reply import Reply

_BODY_HEADERS = frozenset((b"content-length", b"transfer-encoding"))
_PLAIN_PATH = re.compile(rb"/(?:[A-Za-z0-9._~-][A-Za-z0-9._~/-]*)?")
"""A path that needs no decoding: no query, no escapes."""


def _refusal(status: bytes, text: bytes) -> bytes:
    return (
        b"HTTP/1.1 %b\r\ncontent-type: text/plain; charset=utf-8\r\n"
        b"cache-control: no-store\r\nconnection: close\r\ncontent-length: %d\r\n\r\n%b"
    ) % (status, len(text), text)


_INVALID = _refusal(b"400 Bad Request", b"Invalid HTTP request received.")
_TOO_LARGE = _refusal(b"431 Request Header Fields Too Large", b"The headers of this request are too large.\n")
_PIECE_BYTES = 4096
"""How much is parsed at a time. Each pipelined request in it that has to be queued takes over 2 KB of memory."""


class TooLarge(Exception):
    """The request has more headers, or longer ones, than any browser sends."""


class InvalidRequest(Exception):
    """The request breaks a rule of HTTP that the parser doesn't check."""


class _Transport:
    """The transport of a request in a task. It closes the way `Connection` does, so that no answer is lost."""

    def __init__(self, connection: Connection) -> None:
        self.write = connection.transport.write
        self.is_closing = connection.is_over
        self.close = connection.close


class LimitedProtocol(Connection):
    """uvicorn's HTTP protocol with limits: too large a request gets 431, too slow a client is disconnected."""

    most_headers = 100
    most_bytes = 32768
    """Limit for the path with the headers, and for anything else outside the body, such as trailers."""
    reply_at_once: Callable[[Any], Reply | None] | None = None
    """The reply to an ASGI scope; None if the app has to be called."""
    _headers_bytes = 0

    def on_message_begin(self) -> None:
        if self._last_begun:
            raise InvalidRequest("a request after the one that closes the connection (RFC 9112, 9.6)")
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
        if not self._in_body:  # a trailer must not count as a header (RFC 9110, 6.5.1)
            self.headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        names = [name for name, _ in self.headers]
        hosts = names.count(b"host")
        version = self.parser.get_http_version()
        if hosts > 1 or (hosts == 0 and version == "1.1"):
            raise InvalidRequest("no `Host` header, or several (RFC 9112, 3.2)")
        if self.parser.should_upgrade() and not _BODY_HEADERS.isdisjoint(names):
            raise InvalidRequest("an upgrade with a body, which the parser would read as the next request")
        self._last_begun = self._last_begun or version == "1.0" or not self.parser.should_keep_alive()
        if not self._reply_at_once(names):
            self._call_app()
        self._clear_deadline()
        self._in_head, self._in_body, self._unparsed = False, True, 0

    def on_body(self, body: bytes) -> None:
        self._unparsed = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._clear_deadline()
        self._in_body, self._unparsed = False, 0
        if self.cycle is not None:
            super().on_message_complete()

    def _parse(self) -> None:
        """Parses the buffer until a request has to be queued, and then stops reading."""
        while self._buffer and not self.pipeline and not self.is_over():
            if self._last_begun and not self._in_body:
                self._buffer, self._data_after_last = b"", True
                break
            piece, self._buffer = self._buffer[:_PIECE_BYTES], self._buffer[_PIECE_BYTES:]
            self._in_head = self._in_head or not self._in_body
            self._unparsed += len(piece)
            self._feed(piece)
            # The parser holds back incomplete parts, so no callback has counted them.
            if self._unparsed > self.most_bytes and not self.is_over():
                self._reject(TooLarge())
        if self.is_over():
            return
        was_on_hold, self.flow.on_hold = self.flow.on_hold, bool(self._buffer)
        if was_on_hold:
            self.flow.resume_reading()
        if self._buffer:
            self.flow.pause_reading()
            self._clear_deadline()  # the delay is ours, not the client's
        elif not self._answer_pending() and (self._client_done or (self._last_begun and not self._in_body)):
            self._end()
        else:
            self._expect_more()

    def _feed(self, piece: bytes) -> None:
        rest = memoryview(piece)
        while rest:
            try:
                self.parser.feed_data(rest)
                return
            except httptools.HttpParserUpgrade as upgrade:
                rest = rest[upgrade.args[0] :]  # no upgrade is supported: HTTP continues
            except httptools.HttpParserError as error:
                if self._last_begun and not self._in_body:
                    self._buffer, self._data_after_last = b"", True
                else:
                    self._reject(error.__context__)
                return

    def _reject(self, cause: BaseException | None) -> None:
        self.logger.warning("Invalid HTTP request received.")
        self._refusal = _TOO_LARGE if isinstance(cause, TooLarge) else _INVALID
        self._drop_unfinished()
        if self._answer_pending() and not self._in_body:
            # The requests before this one are complete: answer them first.
            self._last_begun, self._buffer, self._in_head = True, b"", False
            self._clear_deadline()
            return
        if self._answer_pending() and self.cycle.response_started:
            self._abort()  # an error response would become part of the answer
        elif self._in_body and self.cycle is not None and self.cycle.response_complete:
            self._linger()  # the request is answered already
        else:
            self._refuse()
        self._disconnect()

    def _call_app(self) -> None:
        """Leaves the request to uvicorn, which calls the app in a task."""
        url, headers = self.url, self.headers
        super().on_message_begin()
        self.url = url
        for name, value in headers:
            super().on_header(name, value)
        super().on_headers_complete()
        self.cycle.transport = _Transport(self)  # type: ignore[assignment]

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._running_cycle = cycle
        super()._start_asgi_task(cycle, app)

    def _reply_at_once(self, names: list[bytes]) -> bool:
        """Answers the request without a task if possible, and returns whether it did. `names` are its header names.

        It isn't possible while earlier requests are pending or answers unsent, nor before a body: it may be malformed.
        """
        if self._answer_pending() or self.flow.write_paused or self.is_over() or self.reply_at_once is None:
            return False
        if not _PLAIN_PATH.fullmatch(self.url) or not _BODY_HEADERS.isdisjoint(names):
            return False
        method = self.parser.get_method().decode("ascii")
        try:
            reply = self.reply_at_once(
                {"type": "http", "method": method, "path": self.url.decode("ascii"), "headers": self.headers}
            )
        except Exception:
            return False  # the task will raise the same error, log it and answer
        if reply is None:
            return False
        self.cycle = None  # type: ignore[assignment]  # uvicorn has nothing to do for this request
        headers = self.server_state.default_headers
        closing = [(b"connection", b"close")] if self._last_begun else []
        lines = [b"%b: %b\r\n" % header for header in (*headers, *closing)]
        self.transport.write(b"".join((reply.head, *lines, b"\r\n", b"" if method == "HEAD" else reply.body)))
        self.server_state.total_requests += 1
        return True
