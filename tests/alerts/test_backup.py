"""Copies of the database: complete, made while others write, and restored into an empty one only."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from server.alerts.backup import copy_rows
from server.alerts.outbox import count_waiting, enqueue
from server.alerts.store import Store, StoreError
from server.alerts.subscriptions import subscribe
from server.alerts.tables import METADATA
from tests.alerts.conftest import TODAY
from tests.alerts.numbered import is_sound, start_writer, stored_numbers, subscription
from tests.support.running import wait_until
from tests.support.sampling import WHOLE

COPIES = 200 if WHOLE else 10


def test_a_copy_made_while_others_write_is_complete(url: str, store: Store, tmp_path: Path) -> None:
    subscribe(store, subscription(10**9), TODAY)
    process = start_writer(url)
    assert process.stdout
    written = [int(process.stdout.readline())]
    reading = threading.Thread(target=lambda: written.extend(map(int, process.stdout)))
    reading.start()
    for number in range(COPIES):
        before = set(written)
        file = tmp_path / f"copy{number}.sqlite"
        target = Store(f"sqlite:///{file}")
        counts = copy_rows(store, target)
        target.finish()
        assert [each.name for each in tmp_path.glob(f"copy{number}.*")] == [file.name], "one file is the whole of it"
        assert is_sound(file)
        found = stored_numbers(target)
        assert counts["subscriptions"] == len(found)
        assert found >= before | {10**9}
        target.close()
        seen = len(written)
        wait_until(lambda seen=seen: len(written) > seen, "the writer")
    process.kill()
    process.wait()
    reading.join()
    process.stdout.close()


def test_a_copy_is_restored_into_an_empty_database_only(url: str, store: Store, tmp_path: Path) -> None:
    subscribe(store, subscription(1), TODAY)
    enqueue(store, "a-preview", (), "normal", TODAY, 0.0, 10.0)
    backup, other = Store(f"sqlite:///{tmp_path}/copy.sqlite"), Store(f"sqlite:///{tmp_path}/other.sqlite")
    assert copy_rows(store, backup) == {"outbox": 1, "sendings": 1, "subscriptions": 1}
    with store.transaction() as connection:
        for table in METADATA.sorted_tables:
            connection.execute(table.delete())
    copy_rows(backup, store)
    assert (stored_numbers(store), count_waiting(store)) == ({1}, 1)
    enqueue(store, "another", (), "normal", TODAY, 0.0, 10.0)
    assert count_waiting(store) == 2
    with pytest.raises(StoreError, match="already has rows"):
        copy_rows(other, store)
    for each in (backup, other):
        each.close()
