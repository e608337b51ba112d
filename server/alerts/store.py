"""The database: SQLite in the data folder, or PostgreSQL by its URL. Opened when first used, migrated by itself."""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, create_engine, event, insert, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from server.alerts.migrations import MIGRATIONS, NewerDatabase, Step, migrate
from server.alerts.tables import METADATA

log = logging.getLogger("tellsomeone")
_COPIED_AT_ONCE = 1000


@dataclass(frozen=True)
class Patience:
    """How many seconds a transaction waits: for a connection, for what others have locked, for one statement."""

    connect: int
    lock: int
    statement: int


COMMAND = Patience(connect=10, lock=30, statement=600)
REQUEST = Patience(connect=3, lock=2, statement=5)
"""Somebody waits for the answer, and may ask again."""


class StoreError(Exception):
    """The database can't do what it was asked. The message says what to do, and holds nobody's data."""


class StoreFull(StoreError):
    """There is no room left. All that was accepted before is still there."""


class Store:
    """One database. Nothing is opened before the first transaction."""

    def __init__(
        self,
        url: str,
        steps: Sequence[Step] = MIGRATIONS,
        patience: Patience = COMMAND,
        *,
        follows: bool = False,
    ) -> None:
        """`follows`: a SQLite file that is put in the place of the one in use is used from then on. Else it is refused,
        as is right for whoever remembers rows from one transaction to the next.
        """
        self._url = make_url(url)
        if self._url.get_backend_name() == "postgresql":
            self._url = self._url.set(drivername="postgresql+psycopg")
        self._steps, self._patience, self._follows = steps, patience, follows
        self._engine: Engine | None = None
        self._opened: tuple[int, int] | None = None
        """Which file of that name is in use."""
        self._opening = threading.Lock()

    @property
    def file(self) -> Path | None:
        """Where the SQLite database is; None for PostgreSQL, which several senders may share."""
        database = self._url.database
        return Path(database) if self._url.get_backend_name() == "sqlite" and database else None

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Connection]:
        """All that happens inside stands together or not at all. Raises `StoreError`."""
        try:
            with self._open().begin() as connection:
                yield connection
        except (ArgumentError, DBAPIError, OSError, PoolTimeout) as error:
            raise _explained(error, self.file) from None

    def finish(self) -> None:
        """Makes a SQLite database one whole file, to be moved or kept. Raises `StoreError` where it is not sound."""
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
        """Holds the place of SQLite's one sender. False on PostgreSQL, which needs none.

        Raises `StoreError` where another sender holds it. The place ends with its process, however that ends.
        """
        if self.file is None:
            yield False
            return
        with self.transaction():  # the folder has to be there
            pass
        with Path(f"{self.file}.sender").open("wb") as place:
            try:
                fcntl.flock(place, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise StoreError("another sender is using this database: wait until it ends") from None
            yield True

    def _open(self) -> Engine:
        if not self._opening.acquire(timeout=self._patience.connect + self._patience.lock):
            raise PoolTimeout
        try:
            if self._engine and self.file:
                self._look_for_another(self.file)
            if self._engine is None:
                patience = self._patience
                engine = _sqlite(self._url, self.file, patience) if self.file else _postgresql(self._url, patience)
                try:
                    with engine.begin() as connection:
                        migrate(connection, self._steps)
                except NewerDatabase as error:
                    engine.dispose()
                    raise StoreError(f"the database belongs to a newer release ({error}): use that release") from None
                except BaseException:
                    engine.dispose()
                    raise
                self._engine = engine
                self._opened = _identity(self.file) if self.file else None
            return self._engine
        finally:
            self._opening.release()

    def _look_for_another(self, file: Path) -> None:
        """Notices that the file was moved, removed or replaced: what is written to it would be read by nobody."""
        found = _identity(file)
        if found == self._opened:
            return
        if found is None:
            raise StoreError(f"{file} was removed while in use: put it back, or put a backup in its place")
        if not self._follows:
            raise StoreError(f"{file} was replaced while in use: start again")
        log.warning("alerts: %s was replaced; the new file is used from now on", file)
        self.close()


def copy(source: Store, target: Store) -> dict[str, int]:
    """Copies every row, as at one moment, into an empty database of either kind. Gives the rows of each table.

    Raises `StoreError` when the target holds rows already.
    """
    counts = {}
    with source.transaction() as reading, target.transaction() as writing:
        if reading.dialect.name == "postgresql":
            reading.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        for table in METADATA.sorted_tables:
            if writing.execute(select(table).limit(1)).first():
                raise StoreError("the database to restore into already has rows: use an empty one")
            rows = reading.execution_options(yield_per=_COPIED_AT_ONCE).execute(select(table))
            counts[table.name] = 0
            for part in rows.mappings().partitions():
                writing.execute(insert(table), [dict(row) for row in part])
                counts[table.name] += len(part)
        _go_on_counting(writing)
    return counts


def _go_on_counting(connection: Connection) -> None:
    """PostgreSQL's own counters know nothing of ids that were given to it."""
    if connection.dialect.name == "postgresql":
        for table in ("sendings", "outbox"):
            connection.exec_driver_sql(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table} HAVING max(id) > 0"
            )


def _postgresql(url: URL, patience: Patience) -> Engine:
    limits = f"-c statement_timeout={patience.statement * 1000} -c lock_timeout={patience.lock * 1000}"
    # What stands in the URL comes last and holds. The server enforces its limits itself, and the network those for a
    # server that is gone without a word.
    waits = {
        "connect_timeout": patience.connect,
        "keepalives_idle": 30,
        "keepalives_interval": 10,
        "keepalives_count": 3,
        "tcp_user_timeout": 30_000,
    }
    asked = {name: value for name, value in waits.items() if name not in url.query}
    options = {"options": f"{limits} {url.query.get('options', '')}".strip()}
    return create_engine(
        url, hide_parameters=True, pool_pre_ping=True, pool_timeout=patience.connect, connect_args=asked | options
    )


def _identity(file: Path) -> tuple[int, int] | None:
    try:
        status = file.stat()
    except FileNotFoundError:
        return None
    return status.st_dev, status.st_ino


def _sqlite(url: URL, file: Path, patience: Patience) -> Engine:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
    waits = {"timeout": patience.lock}
    engine = create_engine(url, hide_parameters=True, pool_timeout=patience.connect, connect_args=waits)

    @event.listens_for(engine, "connect")
    def connect(connection: sqlite3.Connection, _: object) -> None:
        connection.isolation_level = None  # transactions are begun below, and not by the driver
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A transaction that turns to writing later fails at once when another one writes; this one waits.
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
        return StoreFull(f"no room is left for {where}. Nothing accepted before is lost: make room and try again")
    if code is not None and code & 0xFF == sqlite3.SQLITE_IOERR:
        return StoreFull(f"{where} can't be written. Nothing accepted before is lost: look for room and the disk")
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
