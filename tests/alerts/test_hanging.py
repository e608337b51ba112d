"""A database that hangs, is locked or goes away: pages and edits are served all the same, and the API says "later"."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import os
import socket
import sqlite3
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path

import psycopg
import pytest

from server.addresses import SUBSCRIPTIONS
from server.alerts.subscriptions_api import AT_ONCE
from server.alerts.threads import BoundedThreads, TooBusyError
from server.alerts.vapid import Key, Keyring
from tests.alerts.conftest import phone
from tests.support.postgres import database
from tests.support.running import COMMAND, PATIENCE, Answer, Served, served, wait_until
from tests.support.small import AREA

EDIT_SECONDS = 5.0
"""Within which an edit is served, whatever the database does."""
Hang = Callable[[], AbstractContextManager[None]]


class Wire:
    """A TCP connection to a real database. It may fall silent, or be gone and come back."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._open = threading.Event()
        self._open.set()
        self._threads: list[threading.Thread] = []
        self._ends: list[socket.socket] = []
        self.port = 0
        self._listen()

    @contextlib.contextmanager
    def silent(self) -> Iterator[None]:
        self._open.clear()
        try:
            yield
        finally:
            self._open.set()

    @contextlib.contextmanager
    def gone(self) -> Iterator[None]:
        self._stop_listening()
        for end in self._ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        try:
            yield
        finally:
            self._listen()

    def close(self) -> None:
        self._stop_listening()
        for thread in self._threads:
            thread.join()

    def _listen(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", self.port), backlog=200)
        self.port = self._listener.getsockname()[1]
        self._start(self._take, self._listener)

    def _stop_listening(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _start(self, work: Callable[..., None], *arguments: socket.socket) -> None:
        self._threads.append(threading.Thread(target=work, args=arguments))
        self._threads[-1].start()

    def _take(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):  # closed
            while True:
                near, _ = listener.accept()
                self._ends.append(near)
                self._start(self._carry_both, near, socket.create_connection(("127.0.0.1", self._to)))

    def _carry_both(self, near: socket.socket, far: socket.socket) -> None:
        back = threading.Thread(target=self._carry, args=(far, near))
        with near, far:
            back.start()
            self._carry(near, far)
            back.join()

    def _carry(self, one: socket.socket, other: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := one.recv(65536):
                self._open.wait()
                other.sendall(data)
        for end in (one, other):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def locked_sqlite(file: Path) -> Iterator[None]:
    with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


@contextlib.contextmanager
def locked_postgresql(url: str) -> Iterator[None]:
    with psycopg.connect(url) as other:
        other.execute("LOCK TABLE subscriptions IN ACCESS EXCLUSIVE MODE")
        yield


@pytest.fixture(params=["sqlite locked", "postgresql locked", "postgresql silent", "postgresql gone"])
def hanging(request: pytest.FixtureRequest, sqlite_url: str) -> Iterator[tuple[str, Hang]]:
    """The URL of a database, and what makes it hang."""
    if request.param == "sqlite locked":
        yield sqlite_url, lambda: locked_sqlite(Path(sqlite_url.removeprefix("sqlite:///")))
        return
    server = request.getfixturevalue("postgres_server")
    url = database(server, request.param.replace(" ", "_"))
    if request.param == "postgresql locked":
        yield url, lambda: locked_postgresql(url)
        return
    port = server.rpartition(":")[2]
    wire = Wire(int(port))
    yield url.replace(f":{port}/", f":{wire.port}/"), wire.gone if request.param == "postgresql gone" else wire.silent
    wire.close()


@pytest.fixture
def content(small: Path) -> Path:
    return small


def subscribe(server: Served, key: Key, number: int) -> Answer:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
    headers = {"Content-Type": "application/json"}
    connection.request("POST", SUBSCRIPTIONS, json.dumps(phone(number).asks(key.public, areas=[AREA])), headers)
    response = connection.getresponse()
    answer = Answer(response.status, response.getheaders(), response.read())
    connection.close()
    return answer


def edit(server: Served, page: Path, line: str) -> float:
    """Adds a line to a page; after how many seconds it is served."""
    page.write_text(f"{page.read_text()}\n{line}\n")
    saved = time.monotonic()
    wait_until(lambda: line.encode() in server.ask("/what-is-it").body, "the edit")
    return time.monotonic() - saved


def test_pages_edits_and_corrections_are_served_while_the_database_hangs(
    content: Path, keyring: Keyring, key: Key, hanging: tuple[str, Hang], tmp_path: Path
) -> None:
    url, hang = hanging
    environment = {"TELLSOMEONE_DATA": str(keyring.folder.parent), "TELLSOMEONE_DATABASE_URL": url}
    log, page, site = tmp_path / "log", content / "pages" / "what-is-it.md", content / "site.toml"

    def correct(*arguments: str) -> str:
        around = {**os.environ, **environment, "TELLSOMEONE_CONTENT": str(content)}
        ran = subprocess.run([COMMAND, "correct", *arguments], env=around, check=True, capture_output=True, text=True)
        return ran.stdout

    site.write_text(site.read_text().replace("correction_keys = []\n", correct("--make-key")))
    with served(content, "--reload", log=log, **environment) as server:
        assert subscribe(server, key, 0).status == 204
        usual = edit(server, page, "A line before.")
        with ThreadPoolExecutor(5 * AT_ONCE) as many:
            with hang():
                requests = [many.submit(subscribe, server, key, number) for number in range(1, 5 * AT_ONCE)]
                assert server.ask("/help").status == 200
                # On a machine that is busy with other work every edit takes longer.
                assert edit(server, page, "A line that was added.") <= max(EDIT_SECONDS, 5 * usual)
                correct("childline-phone", "--withdraw")
                wait_until(lambda: b'"seq":1,' in server.ask("/corrections.json").body, "the correction")
                assert b'href="tel:08001111"' not in server.ask("/what-is-it").body
                answers = [each.result() for each in requests]
                assert {answer.status for answer in answers} == {503}
                assert all(int(answer.header("retry-after") or 0) > 0 for answer in answers)
            wait_until(lambda: subscribe(server, key, 99).status == 204, "the database to be used again")
    assert "alerts: " in log.read_text()
    assert phone(1).auth not in log.read_text()


def test_a_call_that_hangs_times_out_and_occupies_its_thread() -> None:
    goes_on = threading.Event()
    ended = []

    def hang() -> None:
        goes_on.wait()
        ended.append(True)

    async def run() -> None:
        threads = BoundedThreads(2, 0.05)
        for _ in range(2):
            with pytest.raises(TimeoutError):
                await threads.run(hang)
        with pytest.raises(TooBusyError):
            await threads.run(hang)
        goes_on.set()
        while len(ended) < 2:
            await asyncio.sleep(0.01)
        assert await BoundedThreads(1, 60).run(lambda: 7) == 7

    asyncio.run(run())


def test_exceptions_of_a_call_are_raised() -> None:
    with pytest.raises(ZeroDivisionError):
        asyncio.run(BoundedThreads(1, 60).run(lambda: 1 / 0))
