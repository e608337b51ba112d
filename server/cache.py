"""A folder of results that take long to compute, each named after the hash of what it was computed from.

The folder may be deleted at any time, and several processes may share it. It never causes an error: a full disk or a
missing right means that nothing is remembered, and a damaged file counts as absent.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

log = logging.getLogger("tellsomeone")
_DIGEST_SIZE = hashlib.sha256().digest_size
_SETS = "sets"
_KEPT_SETS = 2
GRACE = 3600
"""Seconds that whatever was written or used stays: another process may be in the middle of its work."""


def digest(*texts: str) -> str:
    """A name for what is made of these texts: the hash of them, in hex."""
    total = hashlib.sha256()
    for text in texts:
        total.update(text.encode() + b"\0")
    return total.hexdigest()


class CacheFolder:
    """Bytes by name in one folder. Names are file names: letters, digits, dots and hyphens."""

    def __init__(self, folder: Path, without: str = "starts and edits take longer") -> None:
        """`without` says what it means that nothing can be stored."""
        self._folder = folder
        self._without = without
        self._warned = False
        self._used: set[str] = set()

    def get_or_make(self, name: str, make: Callable[[], bytes]) -> bytes:
        """What was stored under `name`, else what `make` gives, stored for the next time."""
        self._used.add(name)
        data = self.get(name)
        if data is None:
            data = make()
            self.put(name, data)
        return data

    def forget_unused(self, used: Iterable[str] = ()) -> None:
        """Deletes old files that are neither in `used`, nor were asked for with `get_or_make`, nor in use before.

        Two sets of names in use are kept, and all those of the last hour.
        """
        listing = "\n".join(sorted({*used, *self._used}))
        self._used = set()
        sets = self._folder / _SETS
        own = sets / hashlib.sha256(listing.encode()).hexdigest()
        self._write(own, listing.encode())

        def is_old(file: Path) -> bool:  # by the clock of the disk, which may be another machine's
            return now - file.stat().st_mtime > GRACE

        with contextlib.suppress(OSError, UnicodeDecodeError):
            now = own.stat().st_mtime
            newest = sorted(sets.iterdir(), key=lambda file: file.stat().st_mtime, reverse=True)
            old_sets = list(filter(is_old, newest[_KEPT_SETS:]))
            kept = {name for file in set(newest).difference(old_sets) for name in file.read_text("utf-8").split()}
            for file in (*old_sets, *(file for file in self._folder.iterdir() if file.name not in kept)):
                if file.is_file() and is_old(file):
                    file.unlink(missing_ok=True)

    def get(self, name: str) -> bytes | None:
        """What was stored under `name`; None where nothing whole is there."""
        try:
            stored = (self._folder / name).read_bytes()
        except OSError:
            return None
        digest, data = stored[:_DIGEST_SIZE], stored[_DIGEST_SIZE:]
        return data if hashlib.sha256(data).digest() == digest else None

    def put(self, name: str, data: bytes) -> None:
        """Stores `data` under `name`, whole or not at all."""
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
