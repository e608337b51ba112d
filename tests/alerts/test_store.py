"""The database: what was accepted stays, through a kill, a full disk, a newer release, and a copy at any moment."""

from __future__ import annotations

import contextlib
import datetime
import random
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, inspect, select, text
from starlette.testclient import TestClient

from server.alerts.migrations import MIGRATIONS
from server.alerts.outbox import put, waiting
from server.alerts.rates import Rates
from server.alerts.store import Store, StoreError, StoreFull, copy
from server.alerts.subscriptions import Subscription, keep
from server.alerts.subscriptions_api import SUBSCRIPTIONS
from server.alerts.tables import METADATA, subscriptions
from server.alerts.vapid import Key, Keyring
from server.serve.app import create_app
from server.settings import read_settings
from server.site.resource import Site
from tests.alerts.conftest import TODAY
from tests.alerts.test_subscriptions_api import WIDE, phone
from tests.support.postgres import tablespace
from tests.support.running import PATIENCE, ROOT, wait_until
from tests.support.sampling import WHOLE

KILLS = 20 if WHOLE else 3
COPIES = 200 if WHOLE else 10
LEFT = {"sqlite": 500_000, "postgresql": 150_000}
"""Bytes that a filled disk has left for the database: a few dozen subscriptions. SQLite keeps its journal there too."""


def asked(number: int) -> Subscription:
    return Subscription(f"https://fcm.googleapis.com/{number}", "p" * 87, "a" * 22, "k" * 16, ("here",), "en")


def kept(store: Store) -> set[int]:
    with store.transaction() as connection:
        endpoints = connection.execute(select(subscriptions.c.endpoint)).scalars().all()
    return {int(endpoint.rpartition("/")[2]) for endpoint in endpoints}


def sound(file: Path) -> bool:
    with contextlib.closing(sqlite3.connect(file)) as connection:
        return connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def writing(url: str, **options: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.alerts.writer_process", url]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, **options)


def test_the_tables_are_those_that_the_migrations_make(store: Store) -> None:
    with store.transaction() as connection:
        found = inspect(connection)
        for table in METADATA.sorted_tables:
            made = {column["name"]: column["nullable"] for column in found.get_columns(table.name)}
            assert made == {column.name: bool(column.nullable) for column in table.columns}


def test_a_subscription_is_nothing_but_what_the_privacy_page_may_promise() -> None:
    assert set(subscriptions.columns.keys()) == {
        "id", "endpoint", "p256dh", "auth", "key", "areas", "language", "created", "seen", "refused",
        "refusals", "proven",
    }  # fmt: skip


def a_further_step(connection: Connection) -> None:
    connection.execute(text("ALTER TABLE subscriptions ADD COLUMN further INTEGER"))
    connection.execute(text("UPDATE subscriptions SET further = 1"))


def a_step_that_fails(connection: Connection) -> None:
    a_further_step(connection)
    connection.execute(text("DELETE FROM subscriptions"))
    connection.execute(text("SELECT * FROM nowhere"))


def test_a_newer_release_loses_no_row(url: str, store: Store) -> None:
    for number in range(50):
        keep(store, asked(number), TODAY)
    newer = Store(url, (*MIGRATIONS, a_further_step))
    assert kept(newer) == set(range(50))
    with newer.transaction() as connection:
        assert connection.execute(text("SELECT sum(further) FROM subscriptions")).scalar() == 50
    newer.close()
    older = Store(url)
    with pytest.raises(StoreError, match="newer release"):
        kept(older)


def test_a_step_that_fails_leaves_all_as_it_was(url: str, store: Store) -> None:
    for number in range(50):
        keep(store, asked(number), TODAY)
    newer = Store(url, (*MIGRATIONS, a_step_that_fails))
    with pytest.raises(StoreError):
        kept(newer)
    assert kept(store) == set(range(50))
    keep(store, asked(50), TODAY)


def test_many_who_open_it_first_make_it_once(url: str) -> None:
    stores = [Store(url) for _ in range(6)]
    threads = [threading.Thread(target=keep, args=(store, asked(number), TODAY)) for number, store in enumerate(stores)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert kept(stores[0]) == set(range(6))
    for store in stores:
        store.close()


def test_the_same_phone_asking_many_times_at_once_is_kept_once(store: Store) -> None:
    failed = []

    def ask() -> None:
        try:
            for _ in range(10):
                keep(store, asked(1), TODAY)
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=ask) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert kept(store) == {1}


def test_nobody_else_may_read_the_file(sqlite_url: str, keyring: Keyring, key: Key) -> None:
    store = Store(sqlite_url)
    keep(store, asked(1), TODAY)
    files = [file for file in keyring.folder.parent.rglob("*") if file.is_file()]
    assert len(files) >= 4
    assert {file.stat().st_mode & 0o077 for file in files} == {0}
    store.close()


def test_what_was_accepted_is_there_after_a_kill(sqlite_url: str, tmp_path: Path) -> None:
    file = Path(sqlite_url.removeprefix("sqlite:///"))
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    for number in range(KILLS):
        process = writing(sqlite_url)
        assert process.stdout
        told = [int(process.stdout.readline()) for _ in range(chance.randint(1, 300))]
        process.kill()
        rest, _ = process.communicate()
        told += [int(line) for line in rest.splitlines(keepends=True) if line.endswith("\n")]
        copied = tmp_path / f"copy{number}" / file.name
        copied.parent.mkdir()
        for end in ("", "-wal"):
            if Path(f"{file}{end}").exists():
                shutil.copyfile(f"{file}{end}", f"{copied}{end}")
        assert sound(copied)
        store = Store(f"sqlite:///{copied}")
        assert kept(store) >= set(told)
        store.close()


def test_a_copy_made_while_others_write_is_whole(url: str, store: Store, tmp_path: Path) -> None:
    keep(store, asked(10**9), TODAY)
    process = writing(url)
    assert process.stdout
    told = [int(process.stdout.readline())]
    reading = threading.Thread(target=lambda: told.extend(map(int, process.stdout)))
    reading.start()
    for number in range(COPIES):
        before = set(told)
        file = tmp_path / f"copy{number}.sqlite"
        target = Store(f"sqlite:///{file}")
        counts = copy(store, target)
        target.finish()
        assert [each.name for each in tmp_path.glob(f"copy{number}.*")] == [file.name], "one file is the whole of it"
        assert sound(file)
        found = kept(target)
        assert counts["subscriptions"] == len(found)
        assert found >= before | {10**9}
        target.close()
        seen = len(told)
        wait_until(lambda seen=seen: len(told) > seen, "the writer")
    process.kill()
    process.wait()
    reading.join()
    process.stdout.close()


def test_a_copy_goes_back_into_an_empty_database_only(url: str, store: Store, tmp_path: Path) -> None:
    keep(store, asked(1), TODAY)
    put(store, "a-preview", (), "normal", TODAY, 0.0, 10.0)
    backup, other = Store(f"sqlite:///{tmp_path}/copy.sqlite"), Store(f"sqlite:///{tmp_path}/other.sqlite")
    assert copy(store, backup) == {"outbox": 1, "sendings": 1, "subscriptions": 1}
    with store.transaction() as connection:
        for table in METADATA.sorted_tables:
            connection.execute(table.delete())
    copy(backup, store)
    assert (kept(store), waiting(store)) == ({1}, 1)
    put(store, "another", (), "normal", TODAY, 0.0, 10.0)
    assert waiting(store) == 2
    with pytest.raises(StoreError, match="already has rows"):
        copy(other, store)
    for each in (backup, other):
        each.close()


class Room:
    """A real disk that a database has to itself, and what fills it."""

    def __init__(self, folder: Path, url: str) -> None:
        self.url = url
        self._left = LEFT[url.partition(":")[0]]
        self._ballast = folder / "ballast"
        self._folder = folder

    def fill(self) -> None:
        free = shutil.disk_usage(self._folder).free
        self._ballast.write_bytes(b"\0" * max(0, free - self._left))

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


def test_a_full_disk_is_said_and_loses_nothing(
    site: Site, room: Room, keyring: Keyring, key: Key, caplog: pytest.LogCaptureFixture
) -> None:
    words = {"TELLSOMEONE_DATA": str(keyring.folder.parent), "TELLSOMEONE_DATABASE_URL": room.url}
    accepted = []
    with TestClient(create_app(read_settings(words), site, rates=Rates(WIDE, WIDE))) as client:
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
    assert kept(store) == {*accepted, number}
    store.close()
    assert store.file is None or sound(store.file)


def test_a_limit_on_files_is_said_and_loses_nothing(sqlite_url: str) -> None:
    limit = 400_000
    process = writing(sqlite_url, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))
    out, _ = process.communicate(timeout=PATIENCE * 2)
    *told, last = out.splitlines()
    assert last.startswith("full: ")
    assert "lost" in last
    assert len(told) > 10
    store = Store(sqlite_url)
    assert kept(store) == set(map(int, told))
    store.close()


def test_a_database_that_can_not_be_used_is_said_plainly(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("this is no database at all, and it is long enough to look like one" * 20)
    (tmp_path / "folder").mkdir()
    for url in (
        f"sqlite:///{tmp_path}/file",
        f"sqlite:///{tmp_path}/folder",
        f"sqlite:///{tmp_path}/file/below",
        "postgresql://nobody:secret@127.0.0.1:1/nothing",
    ):
        with pytest.raises(StoreError) as error:
            keep(Store(url), asked(1), TODAY)
        assert not isinstance(error.value, StoreFull)
        assert "secret" not in str(error.value)
        assert "can't be used" in str(error.value)


def test_options_of_the_url_that_make_no_sense_end_in_a_sentence() -> None:
    for option in ("host=a&port=b", "unknown=1", "connect_timeout=abc", "sslmode=wrong", "options=a&options=b"):
        with pytest.raises(StoreError, match="can't be used"):
            keep(Store(f"postgresql://nobody:secret@127.0.0.1:1/nothing?{option}"), asked(1), TODAY)


def test_days_and_no_moments_are_kept(store: Store) -> None:
    keep(store, asked(1), TODAY)
    with store.transaction() as connection:
        row = connection.execute(select(subscriptions)).one()
    assert type(row.created) is type(row.seen) is datetime.date
