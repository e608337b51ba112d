"""Files that are written whole or not at all, and never over one that is there: keys and back-ups."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

_NO_LINKS = {errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}
"""What a file system without hard links answers: FAT and exFAT, as sticks have them, and some network shares."""


def write_new(file: Path, data: bytes) -> None:
    """Writes a file that only its owner may read. Raises `FileExistsError` where it is there, or another `OSError`."""
    handle, name = tempfile.mkstemp(prefix=f".{file.name}-", dir=file.parent)
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        rename_new(part, file)
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


def rename_new(part: Path, file: Path) -> None:
    """Gives `part` the name `file` in the same folder. Raises `FileExistsError` where that is taken."""
    try:
        os.link(part, file)  # unlike a rename, never over another file
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        _rename_locked(part, file)
    else:
        part.unlink()


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Holds the lock of a folder; another process that asks for it waits. Ends with the process. Raises `OSError`."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _rename_locked(part: Path, file: Path) -> None:
    """Renames where there are no hard links."""
    with locked(file.parent):
        if file.exists() or file.is_symlink():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(file))
        part.rename(file)
