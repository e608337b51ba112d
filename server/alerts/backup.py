"""Backups: every row of a database, copied into a SQLite file and back."""

import contextlib
from pathlib import Path

from sqlalchemy import URL, insert, select

from server.alerts.store import Store, StoreError
from server.alerts.tables import METADATA
from server.new_file import rename_new


def write_backup(store: Store, file: Path) -> dict[str, int]:
    """Writes every row to a new `file`, complete or not at all. Returns the rows of each table. Raises `StoreError`."""
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
    """Copies all rows, as of one moment, to an empty database. Returns the rows of each table. Raises `StoreError`."""
    counts = {}
    with source.transaction() as reading, target.transaction() as writing:
        if reading.dialect.name == "postgresql":
            reading.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        for table in METADATA.sorted_tables:
            if writing.execute(select(table).limit(1)).first():
                raise StoreError("the database to restore into already has rows: use an empty one")
            rows = reading.execution_options(yield_per=1000).execute(select(table))
            counts[table.name] = 0
            for part in rows.mappings().partitions():
                writing.execute(insert(table), [dict(row) for row in part])
                counts[table.name] += len(part)
        if writing.dialect.name == "postgresql":  # its sequences don't notice ids that are inserted explicitly
            for name in ("sendings", "outbox"):
                writing.exec_driver_sql(
                    f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), max(id)) FROM {name} HAVING max(id) > 0"
                )
    return counts
