"""What the tests of the alerts may ask for: stores of both kinds, keys, a push service, a crowd of subscribers."""

from __future__ import annotations

import datetime
import itertools
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import insert

from server.alerts.outbox import put
from server.alerts.store import Store
from server.alerts.subscriptions import id_of
from server.alerts.tables import subscriptions
from server.alerts.vapid import Key, Keyring
from tests.support.postgres import database, postgres, programs
from tests.support.pushing import PushService
from tests.support.running import ROOT
from tests.support.telling import Pressed, press
from tests.unit.test_content import notice

TODAY = datetime.date(2026, 11, 25)
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    if programs() is None and not os.environ.get("CI"):
        pytest.skip("PostgreSQL is not installed")
    with postgres() as url:
        yield url


@pytest.fixture(scope="session")
def pressed(tmp_path_factory: pytest.TempPathFactory) -> Pressed:
    """The site with a notice in force for one area, and one that is over."""
    content = Path(shutil.copytree(ROOT / "content", tmp_path_factory.mktemp("pressed") / "content"))
    notice(content)
    notice(content, "is-over", until="2026-11-24", **{"from": "2026-11-01"})
    return press(content)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/data/tellsomeone.sqlite"
    return database(request.getfixturevalue("postgres_server"), f"test{next(_numbers)}")


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/data/tellsomeone.sqlite"


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    opened = Store(url)
    yield opened
    opened.close()


@pytest.fixture
def keyring(tmp_path: Path) -> Keyring:
    ring = Keyring(tmp_path / "data" / "keys")
    ring.make()
    return ring


@pytest.fixture
def key(keyring: Keyring) -> Key:
    found = keyring.current()
    assert found
    return found


@pytest.fixture
def service(tmp_path: Path) -> Iterator[PushService]:
    running = PushService(tmp_path)
    yield running
    running.close()


def crowd(store: Store, service: PushService, key: Key, count: int, area: str = "herefordshire") -> None:
    """Subscribes phones 0 to `count`, straight into the table: how they get in is another test."""
    for start in range(0, count, 1000):
        rows = [
            {
                "id": id_of(phone.endpoint), "endpoint": phone.endpoint, "p256dh": phone.p256dh, "auth": phone.auth,
                "key": key.id, "areas": f" {area} ", "language": "en", "created": TODAY, "seen": TODAY,
                "refused": None,
            }
            for phone in map(service.phone, range(start, min(start + 1000, count)))
        ]  # fmt: skip
        with store.transaction() as connection:
            connection.execute(insert(subscriptions), rows)


def post(store: Store, clock: Callable[[], float], notice: str = "a-preview") -> int:
    """Puts a notice for everybody into the outbox."""
    return put(store, notice, (), "normal", TODAY, clock(), clock() + 24 * 3600)


@dataclass
class Senders:
    """Starts senders as processes of their own, and ends those that are left."""

    url: str
    keyring: Keyring
    service: PushService
    lease: float = 2.0

    def __post_init__(self) -> None:
        self.started: list[subprocess.Popen[bytes]] = []

    def start(self) -> subprocess.Popen[bytes]:
        arguments = [self.url, self.keyring.folder, self.service.origin, self.service.certificate, str(self.lease)]
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.alerts.sender_process", *arguments], cwd=ROOT, stdout=subprocess.PIPE
        )
        self.started.append(process)
        return process

    def close(self) -> None:
        for process in self.started:
            if process.poll() is None:
                process.kill()
            process.communicate()


@pytest.fixture
def senders(url: str, keyring: Keyring, service: PushService) -> Iterator[Senders]:
    own = Senders(url, keyring, service)
    yield own
    own.close()
