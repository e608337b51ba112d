"""The database: opened by many at once, private, and complete after a kill."""

from __future__ import annotations

import datetime
import random
import shutil
import threading
from pathlib import Path

import pytest
from sqlalchemy import select

from server.alerts.store import Store, StoreError, StoreFullError
from server.alerts.subscriptions import subscribe
from server.alerts.tables import subscriptions
from server.alerts.vapid import Key, Keyring
from tests.alerts.conftest import TODAY
from tests.alerts.numbered import is_sound, start_writer, stored_numbers, subscription
from tests.support.sampling import WHOLE

KILLS = 20 if WHOLE else 3


def test_many_can_open_a_new_database_at_once(url: str) -> None:
    stores = [Store(url) for _ in range(6)]
    threads = [
        threading.Thread(target=subscribe, args=(store, subscription(number), TODAY))
        for number, store in enumerate(stores)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert stored_numbers(stores[0]) == set(range(6))
    for store in stores:
        store.close()


def test_a_phone_that_subscribes_many_times_at_once_is_stored_once(store: Store) -> None:
    failed = []

    def ask() -> None:
        try:
            for _ in range(10):
                subscribe(store, subscription(1), TODAY)
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=ask) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert stored_numbers(store) == {1}


def test_only_the_owner_can_read_the_files(sqlite_url: str, keyring: Keyring, key: Key) -> None:
    store = Store(sqlite_url)
    subscribe(store, subscription(1), TODAY)
    files = [file for file in keyring.folder.parent.rglob("*") if file.is_file()]
    assert len(files) >= 4
    assert {file.stat().st_mode & 0o077 for file in files} == {0}
    store.close()


def test_accepted_subscriptions_survive_a_kill(sqlite_url: str, tmp_path: Path) -> None:
    file = Path(sqlite_url.removeprefix("sqlite:///"))
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    for number in range(KILLS):
        process = start_writer(sqlite_url)
        assert process.stdout
        written = [int(process.stdout.readline()) for _ in range(chance.randint(1, 300))]
        process.kill()
        rest, _ = process.communicate()
        written += [int(line) for line in rest.splitlines(keepends=True) if line.endswith("\n")]
        copied = tmp_path / f"copy{number}" / file.name
        copied.parent.mkdir()
        for end in ("", "-wal"):
            if Path(f"{file}{end}").exists():
                shutil.copyfile(f"{file}{end}", f"{copied}{end}")
        assert is_sound(copied)
        store = Store(f"sqlite:///{copied}")
        assert stored_numbers(store) >= set(written)
        store.close()


def test_an_unusable_database_is_reported_without_secrets(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("this is no database at all, and it is long enough to look like one" * 20)
    (tmp_path / "folder").mkdir()
    for url in (
        f"sqlite:///{tmp_path}/file",
        f"sqlite:///{tmp_path}/folder",
        f"sqlite:///{tmp_path}/file/below",
        "postgresql://nobody:secret@127.0.0.1:1/nothing",
    ):
        with pytest.raises(StoreError) as error:
            subscribe(Store(url), subscription(1), TODAY)
        assert not isinstance(error.value, StoreFullError)
        assert "secret" not in str(error.value)
        assert "can't be used" in str(error.value)


def test_invalid_options_in_the_url_are_reported() -> None:
    for option in ("host=a&port=b", "unknown=1", "connect_timeout=abc", "sslmode=wrong", "options=a&options=b"):
        with pytest.raises(StoreError, match="can't be used"):
            subscribe(Store(f"postgresql://nobody:secret@127.0.0.1:1/nothing?{option}"), subscription(1), TODAY)


def test_days_without_times_are_stored(store: Store) -> None:
    subscribe(store, subscription(1), TODAY)
    with store.transaction() as connection:
        row = connection.execute(select(subscriptions)).one()
    assert type(row.created) is type(row.seen) is datetime.date
