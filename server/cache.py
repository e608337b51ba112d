"""A folder of results that take long to compute, each named after the hash of its input.

The folder may be deleted at any time, and several processes may share it. Its methods raise no `OSError`: with a full
disk or without permission nothing is stored, and a damaged file counts as absent.
"""

import contextlib
import hashlib
import logging
import os
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

log = logging.getLogger("tellsomeone")
_DIGEST_SIZE = hashlib.sha256().digest_size
GRACE = 3600
"""Seconds for which a file is never deleted after it was written: another process may be about to use it."""


def digest(*texts: str) -> str:
    """The SHA-256 hash of the texts, in hex: the name of a result that is computed from them."""
    return hashlib.sha256("".join(f"{text}\0" for text in texts).encode()).hexdigest()


class CacheFolder:
    """Bytes stored by name in one folder. A name consists of letters, digits, dots and hyphens."""

    def __init__(self, folder: Path, without: str = "starts and edits take longer") -> None:
        """`without` ends the warning that nothing can be stored: it says what that means for the user."""
        self._folder = folder
        self._without = without
        self._warned = False
        self._used: set[str] = set()

    def get_or_make(self, name: str, make: Callable[[], bytes]) -> bytes:
        """The bytes stored under `name`; if there are none, the result of `make`, which is then stored."""
        self._used.add(name)
        data = self.get(name)
        if data is None:
            data = make()
            self.put(name, data)
        return data

    def forget_unused(self, used: Iterable[str] = ()) -> None:
        """Deletes the files that this process and the ones before it no longer use.

        In use are the names in `used` and those requested with `get_or_make` since the last call. Each call stores them
        as a set. A file stays while it is in one of the two latest sets, or in any set that is younger than `GRACE`.
        """
        listing = "\n".join(sorted({*used, *self._used}))
        self._used = set()
        sets = self._folder / "sets"
        current = sets / hashlib.sha256(listing.encode()).hexdigest()
        self._write(current, listing.encode())

        def is_old(file: Path) -> bool:
            return now - file.stat().st_mtime > GRACE

        with contextlib.suppress(OSError, UnicodeDecodeError):
            now = current.stat().st_mtime  # by the clock of the file system, which may be another machine's
            newest = sorted(sets.iterdir(), key=lambda file: file.stat().st_mtime, reverse=True)
            old_sets = list(filter(is_old, newest[2:]))
            in_use = {name for file in set(newest).difference(old_sets) for name in file.read_text("utf-8").split()}
            for file in (*old_sets, *(file for file in self._folder.iterdir() if file.name not in in_use)):
                if file.is_file() and is_old(file):
                    file.unlink(missing_ok=True)

    def get(self, name: str) -> bytes | None:
        """The bytes stored under `name`; None if there are none, or they are damaged."""
        try:
            stored = (self._folder / name).read_bytes()
        except OSError:
            return None
        checksum, data = stored[:_DIGEST_SIZE], stored[_DIGEST_SIZE:]
        return data if hashlib.sha256(data).digest() == checksum else None

    def put(self, name: str, data: bytes) -> None:
        """Stores `data` under `name`, atomically."""
        self._write(self._folder / name, hashlib.sha256(data).digest() + data)

    def _write(self, file: Path, data: bytes) -> None:
        temporary = None
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            handle, temporary = tempfile.mkstemp(prefix=".", dir=file.parent)
            with os.fdopen(handle, "wb") as stream:
                stream.write(data)
            Path(temporary).replace(file)
        except OSError as error:
            if temporary:
                with contextlib.suppress(OSError):
                    Path(temporary).unlink()
            if not self._warned:
                log.warning("%s can't be written (%s): %s", self._folder, error.strerror, self._without)
            self._warned = True
