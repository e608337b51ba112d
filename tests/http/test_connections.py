"""How one connection is read: bytes in given pieces, with the real protocol on a pair of sockets."""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
from collections.abc import AsyncIterator, Coroutine
from dataclasses import dataclass, field
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send
from uvicorn.server import ServerState

from server.serve.http import configuration
from server.serve.protocol import LimitedProtocol
from server.serve.reply import Reply
from tests.support.running import PATIENCE

PAGE = b"GET /page HTTP/1.1\r\nHost: a\r\n\r\n"
TASK = b"GET /task HTTP/1.1\r\nHost: a\r\n\r\n"
LAST = b"GET /page HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
LAST_TASK = LAST.replace(b"page", b"task")
UPGRADE = b"Connection: Upgrade\r\nUpgrade: h2c\r\n"


class App:
    """Answers with the path. `/page` needs no task, `/read` waits for the body; `/soon` doesn't, and closes."""

    def __init__(self) -> None:
        self.called: list[Scope] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        self.called.append(scope)
        if scope["path"] == "/read":
            while (message := await receive()).get("more_body"):
                pass
            if message["type"] == "http.disconnect":
                return
        closing = [(b"connection", b"close")] if scope["path"] == "/soon" else []
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"5"), *closing]})
        await send({"type": "http.response.body", "body": scope["path"].encode()})

    def reply_at_once(self, scope: Scope) -> Reply | None:
        return Reply(200, [(b"content-length", b"5")], b"/page") if scope["path"] == "/page" else None


@dataclass
class Line:
    """A connection from both ends."""

    protocol: LimitedProtocol
    client: socket.socket
    app: App
    received: bytes = field(default=b"")

    def arrives(self, *pieces: bytes) -> None:
        for piece in pieces:
            self.protocol.data_received(piece)

    async def receive(self, count: int | None = None) -> list[str]:
        """The paths or statuses of `count` answers, or of all until the connection ends."""
        loop = asyncio.get_running_loop()
        while count is None or len(self._answers()) < count:
            part = await asyncio.wait_for(loop.sock_recv(self.client, 65_536), PATIENCE)
            self.received += part
            if not part:
                break
        return self._answers()

    def _answers(self) -> list[str]:
        found = re.findall(rb"HTTP/1\.1 (\d+) (?:[^\r]+\r\n)+\r\n(/[a-z]+)?", self.received)
        return [(path or status).decode() for status, path in found]


@contextlib.asynccontextmanager
async def line(**limits: Any) -> AsyncIterator[Line]:
    app = App()
    config = configuration(app, "127.0.0.1", 0, **limits)
    config.load()
    state = ServerState()
    ours, client = socket.socketpair()
    client.setblocking(False)
    loop = asyncio.get_running_loop()
    transport, protocol = await loop.connect_accepted_socket(
        lambda: config.http_protocol_class(config=config, server_state=state, app_state={}),  # type: ignore[operator]
        ours,
    )
    try:
        yield Line(protocol, client, app)
    finally:
        transport.abort()
        client.close()
        while protocol.connections:
            await asyncio.sleep(0)
        ours.close()


def run(test: Coroutine[Any, Any, None]) -> None:
    with asyncio.Runner(loop_factory=configuration(App(), "127.0.0.1", 0).get_loop_factory()) as runner:
        runner.run(test)


def post(path: bytes, length: int, extra: bytes = b"") -> bytes:
    return b"POST %b HTTP/1.1\r\nHost: a\r\n%bContent-Length: %d\r\n\r\n" % (path, extra, length)


def answers(*pieces: bytes) -> list[str]:
    """Every answer until the server closes the connection."""
    found: list[str] = []

    async def test() -> None:
        async with line() as connection:
            connection.arrives(*pieces)
            found.extend(await connection.receive())

    run(test())
    return found


@pytest.mark.parametrize("method", [b"GET", b"HEAD"])
def test_after_a_request_to_upgrade_the_next_request_is_answered(method: bytes) -> None:
    upgrade = method + b" /task HTTP/1.1\r\nHost: a\r\n" + UPGRADE + b"\r\n"
    expected = ["/task" if method == b"GET" else "200"] * 3 + ["/page"]
    assert answers(upgrade * 3 + LAST) == answers(upgrade, upgrade, upgrade, LAST) == expected


@pytest.mark.parametrize("framing", [b"Content-Length: %d", b"Transfer-Encoding: chunked"])
def test_a_request_to_upgrade_with_a_body_is_refused(framing: bytes) -> None:
    framing = framing.replace(b"%d", b"%d" % len(LAST))
    head = b"POST /task HTTP/1.1\r\nHost: a\r\n" + UPGRADE + framing + b"\r\n\r\n"
    assert answers(head + LAST) == answers(head, LAST) == ["400"]


@pytest.mark.parametrize("last", [LAST, LAST_TASK])
@pytest.mark.parametrize("more", [PAGE, TASK, b"nonsense\r\n\r\n"])
def test_what_follows_the_last_request_is_ignored(last: bytes, more: bytes) -> None:
    async def test() -> None:
        async with line() as connection:
            connection.arrives(last + more)
            assert len(await connection.receive()) == 1
            assert len(connection.app.called) == (last is LAST_TASK)

    run(test())


@pytest.mark.parametrize("good", [PAGE, TASK, TASK + PAGE])
@pytest.mark.parametrize(
    "bad", [b"nonsense\r\n\r\n", b"POST /task HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz"]
)
def test_complete_requests_are_answered_before_a_refusal(good: bytes, bad: bytes) -> None:
    paths = [path.decode() for path in re.findall(rb"/(?:page|task)", good)]
    assert answers(good + bad) == answers(good + bad, PAGE) == [*paths, "400"]


def test_a_large_body_in_one_piece_does_not_count_as_a_large_head() -> None:
    assert answers(post(b"/read", 100_000) + b"a" * 60_000, b"a" * 40_000 + LAST) == ["/read", "/page"]


def test_a_trailer_does_not_count_as_a_header() -> None:
    async def test() -> None:
        async with line() as connection:
            connection.arrives(
                b"POST /task HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nCookie: a\r\n\r\n" + LAST
            )
            assert await connection.receive() == ["/task", "/page"]
            assert [name for name, _ in connection.app.called[0]["headers"]] == [b"host", b"transfer-encoding"]

    run(test())


def test_the_idle_timeout_runs_only_while_a_connection_is_idle() -> None:
    async def test() -> None:
        async with line() as connection:
            protocol = connection.protocol
            connection.arrives(PAGE + post(b"/read", 2) + b"a")
            assert protocol.timeout_keep_alive_task is None
            connection.arrives(b"a")
            assert await connection.receive(2) == ["/page", "/read"]
            assert protocol.timeout_keep_alive_task
            connection.arrives(PAGE + b"GET /pa")
            assert protocol.timeout_keep_alive_task is None
            connection.arrives(b"ge HTTP/1.1\r\nHost: a\r\n\r\n")
            assert protocol.timeout_keep_alive_task
            connection.arrives(post(b"/task", 2))
            assert len(await connection.receive(5)) == 5
            connection.arrives(b"aa")
            assert protocol.timeout_keep_alive_task

    run(test())


@pytest.mark.parametrize("one", [PAGE, TASK])
def test_few_requests_are_queued_however_many_are_sent(one: bytes) -> None:
    async def test() -> None:
        async with line() as connection:
            connection.arrives(*[one * 1_000] * 2, LAST)
            assert len(connection.protocol.pipeline) < 200
            assert len(await connection.receive()) == 2_001

    run(test())


def test_a_client_that_stops_sending_gets_answers_to_its_complete_requests() -> None:
    async def test() -> None:
        async with line() as connection:
            await asyncio.get_running_loop().sock_sendall(connection.client, TASK * 3 + post(b"/read", 9))
            connection.client.shutdown(socket.SHUT_WR)
            assert await connection.receive() == ["/task"] * 3

    run(test())


def test_a_client_that_is_still_sending_gets_an_early_last_answer() -> None:
    async def test() -> None:
        async with line() as connection:
            loop = asyncio.get_running_loop()
            await loop.sock_sendall(connection.client, post(b"/soon", 100_000))
            await loop.sock_recv(connection.client, 1)
            for _ in range(10):
                await loop.sock_sendall(connection.client, b"a" * 10_000)
            connection.client.shutdown(socket.SHUT_WR)
            await connection.receive()
            assert connection.received.endswith(b"/soon")

    run(test())


def test_a_shutdown_does_not_wait_for_a_missing_body() -> None:
    async def test() -> None:
        async with line(body_seconds=10 * PATIENCE) as connection:
            connection.arrives(post(b"/read", 9))
            connection.protocol.shutdown()
            assert await connection.receive() == []

    run(test())
