"""A real PostgreSQL for the tests, from Debian's package, with a folder and a port of its own."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg

from tests.support.running import free_port, wait_for_server, wait_until


def programs() -> Path | None:
    """The folder with `initdb` and `postgres`; Debian keeps it off the PATH."""
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda file: int(file.parts[-3]))
    return folders[-1].parent if folders else None


@contextlib.contextmanager
def postgres() -> Iterator[str]:
    """The URL of a running server, without a database: `database()` makes one."""
    folder, port = Path(tempfile.mkdtemp(prefix="postgres-")), free_port()
    bin, data = programs(), folder / "data"
    assert bin
    # PostgreSQL refuses to run as root; Debian's package brings a user for it.
    user = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
    if user:
        shutil.chown(folder, "postgres", "postgres")
    try:
        subprocess.run(
            [bin / "initdb", "-D", data, "-U", "tests", "-A", "trust", "-E", "UTF8", "--no-locale", "-N"],
            check=True, stdout=subprocess.DEVNULL, cwd=folder, **user,
        )  # fmt: skip
        options = ["-c", "listen_addresses=127.0.0.1", "-c", f"port={port}", "-c", "unix_socket_directories="]
        # No test is about PostgreSQL's own durability, so nothing waits for the disk.
        options += ["-c", "fsync=off", "-c", "full_page_writes=off"]
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen([bin / "postgres", "-D", data, *options], stderr=log, cwd=folder, **user)
        try:
            wait_for_server(server, port, "PostgreSQL")
            assert server.poll() is None, (folder / "log").read_text()
            yield f"postgresql://tests@127.0.0.1:{port}"
        finally:
            server.send_signal(signal.SIGQUIT)  # at once and without a checkpoint: the folder is deleted anyway
            server.wait()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def database(server: str, name: str) -> str:
    """Creates an empty database and returns its URL."""
    wait_until(lambda: _made(server, name), "a database")
    return f"{server}/{name}"


@contextlib.contextmanager
def tablespace(server: str, folder: Path) -> Iterator[None]:
    """Creates a database named after the folder, with its tables in the folder, and drops it afterwards."""
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    name = folder.name
    database(server, name)
    with psycopg.connect(f"{server}/postgres", autocommit=True) as own:
        own.execute(f"""CREATE TABLESPACE "{name}" LOCATION '{folder}'""")
        own.execute(f'ALTER DATABASE "{name}" SET TABLESPACE "{name}"')
        try:
            yield
        finally:
            own.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
            own.execute(f'DROP TABLESPACE "{name}"')


def _made(server: str, name: str) -> bool:
    with contextlib.suppress(psycopg.OperationalError), psycopg.connect(f"{server}/postgres", autocommit=True) as own:
        own.execute(f'CREATE DATABASE "{name}"')
        return True
    return False
