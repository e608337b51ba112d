"""The database file is replaced under a running server, as a restore does it."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from server.addresses import SUBSCRIPTIONS
from server.alerts.backup import copy_rows
from server.alerts.store import Store, StoreError
from server.alerts.subscriptions import remove_unseen
from server.alerts.vapid import Key, Keyring
from server.serve.app import create_app
from server.settings import read_settings
from server.site.resource import Site
from tests.alerts.conftest import TODAY
from tests.support.pushing import Phone

PHONE = Phone(1, "https://fcm.googleapis.com/fcm/send")
STOP = {"endpoint": PHONE.endpoint, "auth": PHONE.auth}


def subscribers(url: str) -> int:
    """How many subscriptions a command sees that opens the database now."""
    store = Store(url)
    count = remove_unseen(store, TODAY + datetime.timedelta(days=9999))
    store.close()
    return count


def remove(file: Path) -> None:
    for end in ("", "-wal", "-shm"):
        Path(f"{file}{end}").unlink(missing_ok=True)


@pytest.mark.parametrize("wal_stays", [False, True])
def test_after_a_restore_server_and_command_see_the_same_rows(
    site: Site, sqlite_url: str, keyring: Keyring, key: Key, tmp_path: Path, wal_stays: bool,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    file = Path(sqlite_url.removeprefix("sqlite:///"))
    settings = read_settings({"TELLSOMEONE_DATA": str(keyring.folder.parent), "TELLSOMEONE_DATABASE_URL": sqlite_url})
    with TestClient(create_app(settings, site)) as client:
        assert client.post(SUBSCRIPTIONS, json=PHONE.asks(key.public, "shropshire")).status_code == 204
        backup = Store(f"sqlite:///{tmp_path}/backup.sqlite")
        running = Store(sqlite_url)
        copy_rows(running, backup)
        running.close()

        file.unlink() if wal_stays else remove(file)
        assert client.request("DELETE", SUBSCRIPTIONS, json=STOP).status_code == 503
        assert "was removed while in use" in caplog.text
        assert not file.exists(), "no empty database is created in its place"

        restored = Store(sqlite_url)
        copy_rows(backup, restored)
        restored.close()
        backup.close()
        assert client.request("DELETE", SUBSCRIPTIONS, json=STOP).status_code == 204
        assert "was replaced; the new file is used from now on" in caplog.text
        assert client.request("DELETE", SUBSCRIPTIONS, json=STOP).status_code == 404
    assert subscribers(sqlite_url) == 0


def test_a_sender_stops_if_its_database_is_replaced(sqlite_url: str, tmp_path: Path) -> None:
    store, other = Store(sqlite_url), Store(f"sqlite:///{tmp_path}/other.sqlite")
    for each in (store, other):
        with each.transaction():
            pass
    other.finish()
    assert store.file and other.file
    remove(store.file)
    other.file.rename(store.file)
    for _ in range(2):
        with pytest.raises(StoreError, match="was replaced while in use"), store.transaction():
            pass
    store.close()
    with store.transaction():
        pass
    store.close()
