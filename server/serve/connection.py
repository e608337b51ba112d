"""One connection: how long it may take, how many there may be, and how it ends without losing an answer."""

from __future__ import annotations

import asyncio
import logging
import time

from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

log = logging.getLogger("tellsomeone")
_LINGER_SECONDS, _LINGER_BYTES = 2.0, 1 << 20
"""What is still read, and thrown away, of a connection whose last answer is sent."""
_SAY_AGAIN = 60.0


class _Flow(FlowControl):
    """Reads nothing more while it `holds`, whoever asks for it."""

    holds = False

    def resume_reading(self) -> None:
        if not self.holds:
            super().resume_reading()


class Transport:
    """The transport that a request in a task is given: its `close` is that of the connection."""

    def __init__(self, connection: Connection) -> None:
        self.write, self.is_closing, self.close = connection.transport.write, connection.is_over, connection.close


class Connection(HttpToolsProtocol):
    """A connection of uvicorn's. Who is too slow, or one too many, is cut off."""

    head_seconds = 10.0
    body_seconds = 30.0
    most_connections = 1 << 30
    flow: _Flow
    _said_full = -_SAY_AGAIN

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.flow = _Flow(transport)
        self._in_head, self._in_body = True, False
        self._unparsed = 0
        self._ahead = b""
        """What has arrived and isn't parsed yet."""
        self._last = self._more = self._ended = self._over = False
        """Whether the last request has begun, bytes came after it, the client has ended, and the server has."""
        self._refusal = b""
        """Sent after the answers that are still to come."""
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
        self._unset_keepalive_if_required()
        if self._unread is not None:
            self._unread.cancel()
        self._disconnect()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if not self._over:
            self._unset_keepalive_if_required()
            self._ahead += data
            self._parse()
            return
        self._unparsed += len(data)
        if self._unparsed > _LINGER_BYTES:
            self._abort()

    def eof_received(self) -> bool:  # type: ignore[override]
        """A client that has finished sending still gets an answer to each whole request."""
        self._ended = True
        self._forget_unfinished()
        return not self.is_over() and not self._in_body and (self._waits() or bool(self._ahead))

    def pause_writing(self) -> None:
        super().pause_writing()
        self._drop_if_unread()

    def on_response_complete(self) -> None:
        """Called where a task has answered."""
        if self._over:
            self.server_state.total_requests += 1
            return
        super().on_response_complete()
        if self._ahead:
            if not self.pipeline:
                self.loop.call_soon(self._parse)
        elif (self._refusal or self._ended) and not self._waits() and not self.is_over():
            self._end()

    def timeout_keep_alive_handler(self) -> None:
        super().timeout_keep_alive_handler()
        self._drop_if_unread()

    def shutdown(self) -> None:
        self._last = True
        super().shutdown()
        if self._in_body or self.transport.get_write_buffer_size():
            self._wait_at_most(_LINGER_SECONDS)

    def is_over(self) -> bool:
        """Whether no further answer can be sent."""
        return self._over or self.transport.is_closing()

    def close(self) -> None:
        """Ends the connection behind the last answer."""
        if self.is_over():
            return
        if self._in_body or self._more:
            self._linger()
        else:
            self.transport.close()
        self._drop_if_unread()

    def _parse(self) -> None:
        raise NotImplementedError

    def _waits(self) -> bool:
        """Whether a request has no whole answer yet."""
        return self.cycle is not None and not self.cycle.response_complete

    def _forget_unfinished(self) -> None:
        """Drops the newest request, whose rest won't come, if it still waits for earlier ones."""
        if self._in_body and self._waits() and self.cycle is not self._running:
            self.pipeline.popleft()
            self.cycle = self.pipeline[0][0] if self.pipeline else self._running  # type: ignore[assignment]
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
        """Closes once the other side has: closing on what is unread resets the connection, and the answer is lost."""
        self._over, self._unparsed, self._ahead = True, 0, b""
        self._unset_keepalive_if_required()
        self.flow.holds = False
        self.flow.resume_reading()
        self.transport.write_eof()
        self._wait_at_most(_LINGER_SECONDS)

    def _wait_for_more(self) -> None:
        """Sets the time limit for what the other side has to send next."""
        if self._in_head or self._in_body:
            if self._deadline is None:
                self._wait_at_most(self.head_seconds if self._in_head else self.body_seconds)
        elif self.timeout_keep_alive_task is None and not self._waits():
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )

    def _wait_at_most(self, seconds: float) -> None:
        self._stop_waiting()
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
        if now - Connection._said_full >= _SAY_AGAIN:
            Connection._said_full = now
            log.error(
                "%d connections are open, as many as this process may have: others are turned away. "
                "Raise `ulimit -n`, and see docs/operating.md on what stands in front.",
                self.most_connections,
            )
