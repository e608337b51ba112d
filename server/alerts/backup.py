"""Backups: every row of a database, copied into a SQLite file and back."""

import contextlib
from pathlib import Path

from sqlalchemy import URL, Connection, insert, select

from server.alerts.store import Store, StoreError
from server.alerts.tables import METADATA
from server.new_file import rename_new

_ROWS_AT_ONCE = 1000


def write_backup(store: Store, file: Path) -> dict[str, int]:
    """Writes every row to `file`, which appears only once it is complete. Returns the rows of each table.

    Raises `StoreError`, also if `file` exists.
    """
    if file.exists():
        raise StoreError(f"{file} already exists: name a new file")
    part = Path(f"{file}.part")
    part.unlink(missing_ok=True)
    try:
        with contextlib.closing(_sqlite(part)) as target:
            counts = copy_rows(store, target)
            target.finish()
        rename_new(part, file)
    except OSError as error:
        raise StoreError(f"{file} can't be written: {error.strerror}") from None
    finally:
        for suffix in ("", "-wal", "-shm"):
            Path(f"{part}{suffix}").unlink(missing_ok=True)
    return counts


def restore_backup(file: Path, store: Store) -> dict[str, int]:
    """Copies every row of a backup into an empty database. Returns the rows of each table. Raises `StoreError`."""
    with contextlib.closing(_sqlite(file)) as source:
        return copy_rows(source, store)


def _sqlite(file: Path) -> Store:
    return Store(URL.create("sqlite", database=str(file)))


def copy_rows(source: Store, target: Store) -> dict[str, int]:
    """Copies all rows, as of one moment, into an empty database of either kind. Returns the rows of each table.

    Raises `StoreError`, also if the target has rows.
    """
    counts = {}
    with source.transaction() as reading, target.transaction() as writing:
        if reading.dialect.name == "postgresql":
            reading.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        for table in METADATA.sorted_tables:
            if writing.execute(select(table).limit(1)).first():
                raise StoreError("the database to restore into already has rows: use an empty one")
            rows = reading.execution_options(yield_per=_ROWS_AT_ONCE).execute(select(table))
            counts[table.name] = 0
            for part in rows.mappings().partitions():
                writing.execute(insert(table), [dict(row) for row in part])
                counts[table.name] += len(part)
        _continue_sequences(writing)
    return counts


def _continue_sequences(connection: Connection) -> None:
    """Sets PostgreSQL's sequences to the highest ids, since they don't notice ids that are inserted explicitly."""
    if connection.dialect.name == "postgresql":
        for table in ("sendings", "outbox"):
            connection.exec_driver_sql(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table} HAVING max(id) > 0"
            )
