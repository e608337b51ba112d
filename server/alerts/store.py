"""The database: SQLite in the data folder, or PostgreSQL. Opened and migrated at its first use."""

import contextlib
import fcntl
import logging
import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from server.alerts.migrations import MIGRATIONS, NewerDatabaseError, Step, migrate

log = logging.getLogger("tellsomeone")


@dataclass(frozen=True)
class Timeouts:
    """Timeouts of a transaction in seconds: for the connection, for a lock, and for each statement."""

    connect: int
    lock: int
    statement: int


COMMAND = Timeouts(connect=10, lock=30, statement=600)
REQUEST = Timeouts(connect=3, lock=2, statement=5)
"""Somebody is waiting for the answer, and can try again."""


class StoreError(Exception):
    """The database can't be used. The message says what to do, and holds nobody's data."""


class StoreFullError(StoreError):
    """There is no room left. Everything committed before is still there."""


class Store:
    """One database. Nothing is opened before the first transaction."""

    def __init__(
        self, url: str | URL, steps: Sequence[Step] = MIGRATIONS, timeouts: Timeouts = COMMAND, *, follow: bool = False
    ) -> None:
        """With `follow`, a SQLite file that replaces the one in use is used from then on. Otherwise that is an error:
        the caller may remember rows of the old one.
        """
        self._url = make_url(url)
        if self._url.get_backend_name() == "postgresql":
            self._url = self._url.set(drivername="postgresql+psycopg")
        self._steps, self._timeouts, self._follow = steps, timeouts, follow
        self._engine: Engine | None = None
        self._opened: tuple[int, int] | None = None
        """Device and inode of the SQLite file in use."""
        self._opening = threading.Lock()

    @property
    def file(self) -> Path | None:
        """The SQLite file; None for PostgreSQL."""
        database = self._url.database
        return Path(database) if self._url.get_backend_name() == "sqlite" and database else None

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A transaction: commits at its end, or rolls back on any exception. Raises `StoreError`."""
        try:
            with self._open().begin() as connection:
                yield connection
        except NewerDatabaseError as error:
            raise StoreError(f"the database belongs to a newer release ({error}): use that release") from None
        except (ArgumentError, DBAPIError, OSError, PoolTimeout) as error:
            raise _explained(error, self.file) from None

    def finish(self) -> None:
        """Closes a SQLite database and makes it one file that can be moved. Raises `StoreError` if it is damaged."""
        assert self.file
        self.close()
        with contextlib.closing(sqlite3.connect(self.file)) as connection:
            connection.execute("PRAGMA journal_mode=DELETE")
            if connection.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
                raise StoreError(f"{self.file} is damaged: check the disk")
        with self.file.open("rb") as written:
            os.fsync(written.fileno())

    def close(self) -> None:
        if self._engine:
            self._engine.dispose()
            self._engine = None

    @contextlib.contextmanager
    def sole_sender(self) -> Iterator[bool]:
        """Locks a SQLite database for one sender. Yields False on PostgreSQL, which several senders may share.

        Raises `StoreError` if another sender holds the lock, which ends with its process.
        """
        if self.file is None:
            yield False
            return
        with self.transaction():  # creates the folder
            pass
        with Path(f"{self.file}.sender").open("wb") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise StoreError("another sender is using this database: wait until it ends") from None
            yield True

    def _open(self) -> Engine:
        if not self._opening.acquire(timeout=self._timeouts.connect + self._timeouts.lock):
            raise PoolTimeout
        try:
            if self._engine and self.file:
                self._check_identity(self.file)
            if self._engine is None:
                timeouts = self._timeouts
                engine = _sqlite(self._url, self.file, timeouts) if self.file else _postgresql(self._url, timeouts)
                try:
                    with engine.begin() as connection:
                        migrate(connection, self._steps)
                except BaseException:
                    engine.dispose()
                    raise
                self._engine = engine
                self._opened = _identity(self.file) if self.file else None
            return self._engine
        finally:
            self._opening.release()

    def _check_identity(self, file: Path) -> None:
        """Checks whether the file was removed or replaced: writes would go to a file that nobody reads."""
        identity = _identity(file)
        if identity == self._opened:
            return
        if identity is None:
            raise StoreError(f"{file} was removed while in use: put it back, or put a backup in its place")
        if not self._follow:
            raise StoreError(f"{file} was replaced while in use: start again")
        log.warning("alerts: %s was replaced; the new file is used from now on", file)
        self.close()


def _postgresql(url: URL, timeouts: Timeouts) -> Engine:
    limits = f"-c statement_timeout={timeouts.statement * 1000} -c lock_timeout={timeouts.lock * 1000}"
    # The server enforces `limits`; the TCP timeouts detect a lost server. Options in the URL override both.
    tcp = {
        "connect_timeout": timeouts.connect,
        "keepalives_idle": 30,
        "keepalives_interval": 10,
        "keepalives_count": 3,
        "tcp_user_timeout": 30_000,
    }
    tcp = {name: value for name, value in tcp.items() if name not in url.query}
    options = {"options": f"{limits} {url.query.get('options', '')}".strip()}
    return create_engine(
        url, hide_parameters=True, pool_pre_ping=True, pool_timeout=timeouts.connect, connect_args=tcp | options
    )


def _identity(file: Path) -> tuple[int, int] | None:
    try:
        status = file.stat()
    except FileNotFoundError:
        return None
    return status.st_dev, status.st_ino


def _sqlite(url: URL, file: Path, timeouts: Timeouts) -> Engine:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
    engine = create_engine(
        url, hide_parameters=True, pool_timeout=timeouts.connect, connect_args={"timeout": timeouts.lock}
    )

    @event.listens_for(engine, "connect")
    def connect(connection: sqlite3.Connection, _: object) -> None:
        connection.isolation_level = None  # `begin` below starts transactions, not the driver
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A deferred transaction fails at once if another one is writing at its first write; this one waits.
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def _explained(error: ArgumentError | DBAPIError | OSError | PoolTimeout, file: Path | None) -> StoreError:
    cause = error.orig if isinstance(error, DBAPIError) else error
    where = str(file) if file else "the database server"
    if isinstance(error, PoolTimeout):
        return StoreError(f"{where} is too busy: try again later")
    if isinstance(error, ArgumentError):
        return StoreError("TELLSOMEONE_DATABASE_URL has options after its ? that can't be used: correct them")
    code = getattr(cause, "sqlite_errorcode", None)
    if code == sqlite3.SQLITE_FULL or getattr(cause, "sqlstate", None) == "53100" or getattr(cause, "errno", 0) == 28:
        return StoreFullError(f"no room is left for {where}. Nothing accepted before is lost: make room and try again")
    if code is not None and code & 0xFF == sqlite3.SQLITE_IOERR:
        return StoreFullError(f"{where} can't be written. Nothing accepted before is lost: look for room and the disk")
    if code is not None and code & 0xFF == sqlite3.SQLITE_BUSY:
        return StoreError(f"{where} is locked by another program: try again later")
    if code is not None:
        return StoreError(f"{where} can't be used: {getattr(cause, 'sqlite_errorname', code)}")
    if isinstance(error, OSError):
        return StoreError(f"{where} can't be used: {error.strerror}")
    state = getattr(cause, "sqlstate", None)
    if state in ("55P03", "57014"):  # lock_not_available, query_canceled
        return StoreError(f"{where} took too long, or something in it is locked: try again later")
    return StoreError(f"{where} can't be used ({type(cause).__name__}{f', {state}' if state else ''})")
