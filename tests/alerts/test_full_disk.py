"""A full disk is reported, and nothing accepted before is lost."""

from __future__ import annotations

import resource
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from server.addresses import SUBSCRIPTIONS
from server.alerts.rates import Rates
from server.alerts.store import Store
from server.alerts.vapid import Key, Keyring
from server.serve.app import create_app
from server.site.resource import Site
from tests.alerts.conftest import WIDE, phone, settings_for
from tests.alerts.numbered import is_sound, start_writer, stored_numbers
from tests.support.postgres import tablespace
from tests.support.running import PATIENCE

LEFT = {"sqlite": 500_000, "postgresql": 150_000}
"""Bytes that a filled disk has left for the database: a few dozen subscriptions. SQLite keeps its journal there too."""


class Room:
    """A small file system for one database, which can be filled."""

    def __init__(self, folder: Path, url: str) -> None:
        self.url = url
        self._room = LEFT[url.partition(":")[0]]
        self._ballast = folder / "ballast"
        self._folder = folder

    def fill(self) -> None:
        free = shutil.disk_usage(self._folder).free
        self._ballast.write_bytes(b"\0" * max(0, free - self._room))

    def empty(self) -> None:
        self._ballast.unlink()


@pytest.fixture(params=["sqlite", "postgresql"])
def room(request: pytest.FixtureRequest) -> Iterator[Room]:
    """A disk of 32 megabytes with a database on it; PostgreSQL's other files are elsewhere."""
    folder = Path(tempfile.mkdtemp(prefix="disk-"))  # pytest's own folders are shut to PostgreSQL's user
    try:
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=32m", "tmpfs", folder], capture_output=True).returncode:
            pytest.skip("no right to mount a small disk here; the limit on files says the same of SQLite")
        try:
            if request.param == "sqlite":
                yield Room(folder, f"sqlite:///{folder}/tellsomeone.sqlite")
            else:
                server = request.getfixturevalue("postgres_server")
                with tablespace(server, folder):
                    yield Room(folder, f"{server}/{folder.name}")
        finally:
            subprocess.run(["umount", "-l", folder], check=True)
    finally:
        folder.rmdir()


def test_a_full_disk_is_reported_and_loses_nothing(
    site: Site, room: Room, keyring: Keyring, key: Key, caplog: pytest.LogCaptureFixture
) -> None:
    accepted = []
    with TestClient(create_app(settings_for(keyring, room.url), site, rates=Rates(WIDE, WIDE))) as client:
        for number in range(100_000):
            answer = client.post(SUBSCRIPTIONS, json=phone(number).asks(key.public))
            if answer.status_code != 204:
                break
            accepted.append(number)
            if number == 0:
                room.fill()
        assert (answer.status_code, answer.json()) == (503, {"error": "later"})
        assert "no room is left" in caplog.text
        assert phone(number).auth not in caplog.text
        assert len(accepted) > 20
        room.empty()
        assert client.post(SUBSCRIPTIONS, json=phone(number).asks(key.public)).status_code == 204
    store = Store(room.url)
    assert stored_numbers(store) == {*accepted, number}
    store.close()
    assert store.file is None or is_sound(store.file)


def test_a_limit_on_file_size_is_reported_and_loses_nothing(sqlite_url: str) -> None:
    limit = 400_000
    process = start_writer(sqlite_url, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))
    out, _ = process.communicate(timeout=PATIENCE * 2)
    *written, last = out.splitlines()
    assert last.startswith("full: ")
    assert "lost" in last
    assert len(written) > 10
    store = Store(sqlite_url)
    assert stored_numbers(store) == set(map(int, written))
    store.close()
