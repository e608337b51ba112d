"""Limits on a connection's bytes, headers and time, and the log lines about them."""

from __future__ import annotations

import contextlib
import logging
import os
import re
import resource
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.serve.log import Formatter
from server.serve.protocol import LimitedProtocol
from server.site.resource import Site
from tests.conftest import CONTENT
from tests.support.limited import Limited, limited
from tests.support.running import COMMAND, PATIENCE, ROOT, Served, answers, free_port, wait_until

MOST, BYTES = LimitedProtocol.most_headers, LimitedProtocol.most_bytes


def head(*lines: bytes) -> bytes:
    return b"\r\n".join((b"GET / HTTP/1.1", b"Host: a", b"Connection: close", *lines, b"", b""))


def status(answer: bytes) -> int:
    return int(answer.split()[1]) if answer else 0


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (head(*(b"a: b" for _ in range(MOST - 2))), 200),
        (head(*(b"a: b" for _ in range(MOST - 1))), 431),
        (head(*(b"a: b" for _ in range(20_000))), 431),
        (head(b"Cookie: " + b"a" * (BYTES - 200)), 200),
        (head(b"Cookie: " + b"a" * (BYTES + 200)), 431),
        (head(b"a" * (BYTES + 200) + b": b"), 431),
        (head(*(b"Cookie: " + b"a" * (BYTES // 8) for _ in range(9))), 431),
        (b"GET /?" + b"a" * (BYTES - 200) + b" HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 200),
        (b"GET /?" + b"a" * (BYTES + 200) + b" HTTP/1.1\r\nHost: a\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\nHost: a\r\nBad Header: x\r\n\r\n", 400),
    ],
)
def test_headers_have_limits_in_number_and_size(server: Served, request_: bytes, expected: int) -> None:
    answer = server.raw(request_)
    assert status(answer) == expected
    if expected == 431:
        assert b"connection: close" in answer.lower()
    assert server.ask("/healthz").status == 200


def test_each_request_of_a_connection_has_the_whole_limit(server: Served) -> None:
    one = head(*(b"a: b" for _ in range(MOST - 2))).replace(b"Connection: close\r\n", b"")
    answer = b""
    with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE) as connection:
        connection.sendall(one * 3 + head())
        while part := connection.recv(65_536):
            answer += part
    assert answer.count(b"HTTP/1.1 200") == 4


def test_a_client_that_is_still_sending_gets_the_refusal(server: Served) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE) as connection:
        connection.sendall(b"GET /" + b"a" * 2 * BYTES)
        connection.recv(1, socket.MSG_PEEK)
        for _ in range(3):
            connection.sendall(b"a" * BYTES)
        connection.shutdown(socket.SHUT_WR)
        answer = b"".join(iter(lambda: connection.recv(65_536), b""))
    assert status(answer) == 431
    assert answer.endswith(b"too large.\n")


@pytest.mark.parametrize("begin", [b"GET /" + b"a" * 2 * BYTES, b"nonsense\r\n\r\n"])
def test_a_refused_connection_that_stays_open_is_closed(server: Served, begin: bytes) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE) as connection:
        peer = connection.getsockname()[1]
        wait_until(lambda: server_side(server.port, peer) == 1, "the server's side of the connection")
        connection.sendall(begin)
        assert status(connection.recv(65_536)) in (400, 431)
        wait_until(lambda: server_side(server.port, peer) == 0, "the end of the connection")


def memory(pid: int) -> int:
    """The peak memory of a process, in megabytes."""
    return int(re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[1]) // 1024  # type: ignore[index]


FLOODS = {
    "headers": (b"GET / HTTP/1.1\r\nHost: a\r\n", b"a: b\r\n" * 10_000),
    "one header": (b"GET / HTTP/1.1\r\nHost: a\r\nCookie: ", b"a" * 65_536),
    "the address": (b"GET /", b"a" * 65_536),
    "blank lines": (b"", b"\r\n" * 32_768),
    "trailers": (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", b"a: b\r\n" * 10_000),
    "one trailer": (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\na: ", b"a" * 65_536),
    "a chunk's extension": (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;", b"a" * 65_536),
}


@pytest.mark.parametrize("flood", FLOODS)
def test_a_flood_uses_little_memory(server: Served, flood: str) -> None:
    """Sends until the server closes the connection, long before 20 MB."""
    begin, more = FLOODS[flood]
    assert server.process
    before, sent = memory(server.process.pid), 0
    with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE) as connection:
        connection.sendall(begin)
        with contextlib.suppress(ConnectionError):
            while sent < 20_000_000:
                connection.sendall(more)
                sent += len(more)
    assert sent < 20_000_000, "never refused"
    assert memory(server.process.pid) - before < 20
    assert server.ask("/healthz").status == 200


def closed(connection: socket.socket) -> bool:
    """Waits until the other side has closed."""
    with contextlib.suppress(ConnectionError):
        while connection.recv(65_536):
            pass
    return True


@pytest.mark.parametrize(
    "begin",
    [
        b"",
        b"\r\n",
        b"GET / HT",
        b"GET / HTTP/1.1\r\nHost: a\r\nX: ",
        b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\nGET / HT",
        b"POST /alerts/subscriptions HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
        b"Content-Length: 500\r\n\r\n{",
    ],
)
def test_a_client_that_sends_no_complete_request_is_disconnected(
    site: Site, tmp_path: Path, begin: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    with (
        limited(site, tmp_path, head_seconds=0.3, body_seconds=0.3) as server,
        socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE) as connection,
    ):
        connection.sendall(begin)
        assert closed(connection)
        assert server.ask("/healthz").status == 200
    assert "Exception" not in caplog.text


def test_a_client_that_sends_a_byte_now_and_then_is_disconnected(site: Site, tmp_path: Path) -> None:
    with (
        limited(site, tmp_path, head_seconds=0.5) as server,
        socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE) as connection,
    ):
        connection.sendall(b"GET / HTTP/1.1\r\nX: ")
        with contextlib.suppress(ConnectionError):
            for _ in range(PATIENCE * 20):
                connection.sendall(b"a")
                connection.settimeout(0.05)
                with contextlib.suppress(TimeoutError):
                    if not connection.recv(1):
                        return
            pytest.fail("it is still open")


def test_a_client_that_reads_nothing_is_disconnected(
    tmp_path: Path, site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    pack = next(path for path in site.resources if path.startswith("/pack/en"))
    with limited(site, tmp_path, body_seconds=0.3) as server, socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        connection.settimeout(PATIENCE)
        connection.connect(("127.0.0.1", server.port))
        request = b"GET %s HTTP/1.1\r\nHost: a\r\n\r\n" % pack.encode()
        connection.sendall(request * 20)
        wait_until(lambda: server_side(server.port, connection.getsockname()[1]) == 0, "the end of the connection")
        assert server.ask("/healthz").status == 200
    assert "Exception" not in caplog.text


def server_side(port: int, peer: int) -> int:
    """How many open sockets the server at `port` has towards `peer`. Closed ones have no inode."""
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    ends = [(line.split()[1], line.split()[2], line.split()[9]) for line in lines]
    return sum(
        here.endswith(f":{port:04X}") and there.endswith(f":{peer:04X}") and inode != "0" for here, there, inode in ends
    )


@contextlib.contextmanager
def with_files(soft: int, hard: int, log: Path) -> Iterator[Limited]:
    """`tellsomeone serve` with limits on open files."""
    port = free_port()
    environment = {**os.environ, "PORT": str(port), "TELLSOMEONE_CONTENT": str(CONTENT), "HOST": "127.0.0.1"}
    code = (
        f"import resource, os; resource.setrlimit(resource.RLIMIT_NOFILE, ({soft}, {hard})); "
        f"os.execv({str(COMMAND)!r}, ['tellsomeone', 'serve', '--no-reload'])"
    )
    with log.open("wb") as out:
        process = subprocess.Popen([sys.executable, "-c", code], env=environment, stdout=out, stderr=out, cwd=ROOT)
    try:
        wait_until(lambda: process.poll() is not None or answers(port), "the server")
        yield Limited(port)
    finally:
        process.kill()
        process.wait()


def test_1100_half_open_connections_block_nobody(tmp_path: Path) -> None:
    if resource.getrlimit(resource.RLIMIT_NOFILE)[0] < 2000:
        pytest.skip("this test itself needs 1,100 sockets")
    with with_files(1024, 4096, tmp_path / "log") as server, contextlib.ExitStack() as stack:
        for _ in range(1100):
            half = stack.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE))
            half.sendall(b"GET / HTTP/1.1\r\n")
        assert server.ask("/healthz").status == 200


def test_the_log_says_when_connections_run_out(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with with_files(128, 128, log) as server, contextlib.ExitStack() as stack:
        for _ in range(200):
            with contextlib.suppress(ConnectionError):
                stack.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE))
        wait_until(lambda: "connections are open" in log.read_text(), "the line in the log")
    lines = [line for line in log.read_text().splitlines() if "connections are open" in line]
    assert len(lines) == 1
    assert re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d ERROR tellsomeone: 64 connections", lines[0])


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("client 203.0.113.9:4711 sent nonsense", "client [address] sent nonsense"),
        ("client 203.0.113.9.", "client [address]."),
        ("from ('2001:db8::7', 443, 0, 0)", "from ('[address]', 443, 0, 0)"),
        ("could not bind ('127.0.0.1', 8000)", "could not bind ('127.0.0.1', 8000)"),
        ("release 0123456789ab is served now at 12:30:05, 25.11.2026", None),
        ("site.toml:1: error: malformed TOML", None),
    ],
)
def test_a_log_line_has_the_time_and_no_client_address(message: str, expected: str | None) -> None:
    record = logging.LogRecord("tellsomeone", logging.WARNING, "", 0, "%s", (message,), None)
    record.created = 1782898200.0
    line = Formatter("127.0.0.1").format(record)
    assert line == f"2026-07-01T10:30:00+01:00 WARNING tellsomeone: {expected or message}"


def test_an_error_of_any_library_is_logged_with_its_time(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with log.open("wb") as out:
            environment = {**os.environ, "PORT": str(taken.getsockname()[1]), "TELLSOMEONE_CONTENT": str(CONTENT)}
            ran = subprocess.run([COMMAND, "serve", "--no-reload"], env=environment, stdout=out, stderr=out)
    assert ran.returncode != 0
    assert re.search(
        r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d ERROR uvicorn.error: .*address already in use",
        log.read_text(),
        re.M,
    )
