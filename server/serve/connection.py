"""A connection with time limits that closes without losing an answer, and a limit on the number of connections."""

import asyncio
import logging
import time

from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

log = logging.getLogger("tellsomeone")
_LINGER_SECONDS, _LINGER_BYTES = 2.0, 1 << 20
"""How long, and how many bytes, a connection is still read after its last answer. These bytes are discarded."""
_LOG_EVERY = 60.0
"""Seconds between two log lines about too many connections."""


class _Flow(FlowControl):
    """Flow control that doesn't resume reading while it is `on_hold`; uvicorn's does so after every answer."""

    on_hold = False

    def resume_reading(self) -> None:
        if not self.on_hold:
            super().resume_reading()


class Connection(HttpToolsProtocol):
    """A uvicorn connection that aborts if the client is too slow, or if there are too many connections.

    A subclass parses requests, in `_parse`.
    """

    head_seconds = 10.0
    """Time limit for the whole head of a request."""
    body_seconds = 30.0
    """Time limit for the body of a request, and for no progress while an answer is sent."""
    most_connections = 1 << 30
    flow: _Flow
    _full_logged_at = -_LOG_EVERY

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.flow = _Flow(transport)
        self._in_head, self._in_body = True, False
        self._unparsed = 0
        """Bytes since the parser last reported a part of a request; after the last answer, the bytes discarded."""
        self._buffer = b""
        """Received and not parsed yet."""
        self._last_begun = False
        """Whether the request after which the connection closes has begun."""
        self._data_after_last = False
        """Whether the client sent anything after that request."""
        self._client_done = False
        """Whether the client has stopped sending."""
        self._server_done = False
        """Whether the last answer is written. What arrives from then on is discarded."""
        self._refusal = b""
        """The error response to write after the pending answers, if any."""
        self._deadline: asyncio.TimerHandle | None = None
        self._write_check: asyncio.TimerHandle | None = None
        self._running_cycle: RequestResponseCycle | None = None
        if len(self.connections) > self.most_connections:
            self._log_full()
            transport.abort()
        else:
            self._set_deadline(self.head_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        self._clear_deadline()
        self._unset_keepalive_if_required()
        if self._write_check is not None:
            self._write_check.cancel()
        self._disconnect()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if not self._server_done:
            self._unset_keepalive_if_required()
            self._buffer += data
            self._parse()
            return
        self._unparsed += len(data)
        if self._unparsed > _LINGER_BYTES:
            self._abort()

    def eof_received(self) -> bool:  # type: ignore[override]
        """Answers every complete request of a client that has stopped sending."""
        self._client_done = True
        self._drop_unfinished()
        return not self.is_over() and not self._in_body and (self._answer_pending() or bool(self._buffer))

    def pause_writing(self) -> None:
        super().pause_writing()
        self._abort_if_stuck()

    def on_response_complete(self) -> None:
        """Called by uvicorn when a task has answered."""
        if self._server_done:
            self.server_state.total_requests += 1
            return
        super().on_response_complete()
        if self._buffer:
            if not self.pipeline:
                self.loop.call_soon(self._parse)
        elif (self._refusal or self._client_done) and not self._answer_pending() and not self.is_over():
            self._end()

    def timeout_keep_alive_handler(self) -> None:
        super().timeout_keep_alive_handler()
        self._abort_if_stuck()

    def shutdown(self) -> None:
        self._last_begun = True
        super().shutdown()
        if self._in_body or self.transport.get_write_buffer_size():
            self._set_deadline(_LINGER_SECONDS)

    def is_over(self) -> bool:
        """Whether no further answer can be sent."""
        return self._server_done or self.transport.is_closing()

    def close(self) -> None:
        """Closes the connection after the last answer."""
        if self.is_over():
            return
        if self._in_body or self._data_after_last:
            self._linger()
        else:
            self.transport.close()
        self._abort_if_stuck()

    def _parse(self) -> None:
        raise NotImplementedError

    def _answer_pending(self) -> bool:
        """Whether a request isn't answered completely yet."""
        return self.cycle is not None and not self.cycle.response_complete

    def _drop_unfinished(self) -> None:
        """Drops the newest request if its body is incomplete and its task hasn't started."""
        if self._in_body and self._answer_pending() and self.cycle is not self._running_cycle:
            self.pipeline.popleft()
            self.cycle = self.pipeline[0][0] if self.pipeline else self._running_cycle  # type: ignore[assignment]
            self._in_body = False

    def _end(self) -> None:
        if self._refusal:
            self._refuse()
        else:
            self.close()

    def _refuse(self) -> None:
        self.transport.write(self._refusal)
        self._linger()

    def _linger(self) -> None:
        """Closes after the client has. Closing with unread data would reset the connection and lose the answer."""
        self._server_done, self._unparsed, self._buffer = True, 0, b""
        self._unset_keepalive_if_required()
        self.flow.on_hold = False
        self.flow.resume_reading()
        self.transport.write_eof()
        self._set_deadline(_LINGER_SECONDS)

    def _expect_more(self) -> None:
        """Sets the time limit for what the client has to send next."""
        if self._in_head or self._in_body:
            if self._deadline is None:
                self._set_deadline(self.head_seconds if self._in_head else self.body_seconds)
        elif self.timeout_keep_alive_task is None and not self._answer_pending():
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )

    def _set_deadline(self, seconds: float) -> None:
        self._clear_deadline()
        self._deadline = self.loop.call_later(seconds, self._abort)

    def _clear_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _abort_if_stuck(self, before: int | None = None) -> None:
        """Aborts if the client has read nothing for `body_seconds`: `before` bytes were unsent then, and still are."""
        unsent = self.transport.get_write_buffer_size()
        if self._write_check is not None:
            self._write_check.cancel()
            self._write_check = None
        if unsent and unsent == before:
            self._abort()
        elif unsent:
            self._write_check = self.loop.call_later(self.body_seconds, self._abort_if_stuck, unsent)

    def _abort(self) -> None:
        self._disconnect()
        self.transport.abort()

    def _disconnect(self) -> None:
        """Marks every request of this connection as disconnected; uvicorn only marks the newest."""
        for cycle in (self._running_cycle, self.cycle, *(queued for queued, _ in self.pipeline)):
            if cycle is not None:
                cycle.disconnected = True
                cycle.message_event.set()

    def _log_full(self) -> None:
        now = time.monotonic()
        if now - Connection._full_logged_at >= _LOG_EVERY:
            Connection._full_logged_at = now
            log.error(
                "%d connections are open, as many as this process may have: others are turned away. "
                "Raise `ulimit -n`, and see docs/operating.md on what must be in front.",
                self.most_connections,
            )
