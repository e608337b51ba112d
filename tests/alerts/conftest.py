"""Fixtures for the alerts: stores of both kinds, keys, a push service, many subscribers, the API."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import itertools
import shutil
import ssl
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import insert, select
from starlette.testclient import TestClient

from server.alerts.outbox import Outcome, enqueue
from server.alerts.push_client import PushClient
from server.alerts.rates import Rate, Rates
from server.alerts.sender import Sender
from server.alerts.services import PushServices
from server.alerts.store import Store
from server.alerts.subscriptions import id_of
from server.alerts.tables import outbox, subscriptions
from server.alerts.vapid import Key, Keyring, VapidTokens
from server.serve.app import create_app
from server.settings import Settings, read_settings
from server.site.resource import Site
from tests.support.alerts_server import BuiltSite, build
from tests.support.editing import notice
from tests.support.missing import lacking
from tests.support.postgres import database, postgres, programs
from tests.support.pushing import Phone, PushService
from tests.support.running import ROOT

TODAY = datetime.date(2026, 11, 25)
START = 1_800_000_000.0
FCM = "https://fcm.googleapis.com/fcm/send"
WIDE = Rate(10**9, 10**9)
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    if programs() is None:
        lacking("PostgreSQL is not installed")
    with postgres() as url:
        yield url


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> BuiltSite:
    """The site with one notice in force for one area, and one that is over."""
    content = Path(shutil.copytree(ROOT / "content", tmp_path_factory.mktemp("built") / "content"))
    notice(content)
    notice(content, "is-over", until="2026-11-24", **{"from": "2026-11-01"})
    return build(content)


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
    with contextlib.closing(Store(url)) as opened:
        yield opened


@pytest.fixture
def keyring(tmp_path: Path) -> Keyring:
    ring = Keyring(tmp_path / "data" / "keys")
    ring.make()
    return ring


@pytest.fixture
def key(keyring: Keyring) -> Key:
    current = keyring.current()
    assert current
    return current


@pytest.fixture
def service(tmp_path: Path) -> Iterator[PushService]:
    running = PushService(tmp_path)
    yield running
    running.close()


@pytest.fixture
def other_service(tmp_path: Path) -> Iterator[PushService]:
    """A second push service."""
    (folder := tmp_path / "other service").mkdir()
    running = PushService(folder)
    yield running
    running.close()


def crowd(
    store: Store, service: PushService, key: Key, count: int, area: str = "herefordshire", first: int = 0
) -> None:
    """Subscribes `count` phones by writing into the table directly."""
    for start in range(first, first + count, 1000):
        rows = [
            {
                "id": id_of(phone.endpoint), "endpoint": phone.endpoint, "p256dh": phone.p256dh, "auth": phone.auth,
                "key": key.id, "areas": f" {area} ", "language": "en", "created": TODAY, "seen": TODAY,
                "refused": None,
            }
            for phone in map(service.phone, range(start, min(start + 1000, first + count)))
        ]  # fmt: skip
        with store.transaction() as connection:
            connection.execute(insert(subscriptions), rows)


def post(store: Store, clock: Callable[[], float], notice: str = "a-preview") -> int:
    """Enqueues a notice to everybody."""
    return enqueue(store, notice, (), "normal", TODAY, clock(), clock() + 24 * 3600)


class Clock:
    """A clock that only moves when a test sets it."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@dataclass
class Run:
    """Runs senders, one after the other. None waits for retries."""

    store: Store
    keyring: Keyring
    clock: Clock
    tls: ssl.SSLContext
    origins: set[str]
    push_client: PushClient | None = field(default=None, init=False)
    """That of the last run."""

    def allow(self, service: PushService) -> None:
        """Allows this service too."""
        self.origins.add(service.origin)
        self.tls.load_verify_locations(str(service.certificate))

    def __call__(self, enough_refused: int = 1000, connect_within: float = 5.0) -> Counter[Outcome]:
        async def sending() -> Counter[Outcome]:
            tokens = VapidTokens(self.keyring, "https://tell.example.org")
            services = PushServices(frozenset(self.origins))
            push_client = PushClient(
                tokens,
                services,
                self.tls,
                jitter=lambda: 1.0,
                enough_refused=enough_refused,
                connect_within=connect_within,
            )
            async with push_client as self.push_client:
                return await Sender(self.store, push_client, clock=self.clock, patience=0, lease=0.5).run()

        return asyncio.run(sending())


@pytest.fixture
def send(store: Store, keyring: Keyring, service: PushService, clock: Clock) -> Run:
    return Run(store, keyring, clock, service.tls(), {service.origin})


def subscribed(store: Store) -> int:
    with store.transaction() as connection:
        return len(connection.execute(select(subscriptions.c.id)).all())


def due(store: Store) -> list[tuple[float, int]]:
    """When each message in the outbox is due, in seconds after `START`, and its attempts."""
    with store.transaction() as connection:
        rows = connection.execute(select(outbox.c.due_at, outbox.c.attempts)).all()
    return [(row.due_at - START, row.attempts) for row in rows]


@dataclass
class Senders:
    """Starts senders as separate processes, and ends those that still run."""

    url: str
    keyring: Keyring
    service: PushService
    lease: float = 5.0
    """Longer than a busy machine needs for one sender's messages: otherwise those of a running one are sent twice."""

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
    started = Senders(url, keyring, service)
    yield started
    started.close()


@pytest.fixture
def client(site: Site, sqlite_url: str, keyring: Keyring) -> Iterator[TestClient]:
    """The whole application in this process, without rate limits."""
    with TestClient(create_app(settings_for(keyring, sqlite_url), site, rates=Rates(WIDE, WIDE))) as client:
        yield client


def settings_for(keyring: Keyring, url: str) -> Settings:
    return read_settings({"TELLSOMEONE_DATA": str(keyring.folder.parent), "TELLSOMEONE_DATABASE_URL": url})


def phone(number: int = 1) -> Phone:
    return Phone(number, FCM)


def rows(url: str) -> list[dict[str, object]]:
    store = Store(url)
    with store.transaction() as connection:
        found = [dict(row) for row in connection.execute(select(subscriptions)).mappings()]
    store.close()
    return found
