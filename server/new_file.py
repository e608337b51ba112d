"""Creates files (keys, backups) atomically, never overwriting one, and locks folders."""

import contextlib
import errno
import fcntl
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

_NO_LINKS = {errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}
"""Errors of file systems without hard links: FAT and exFAT, as on USB sticks, and some network shares."""


def write_new(file: Path, data: bytes) -> None:
    """Writes a file that only its owner may read. Raises `FileExistsError` if it exists, or another `OSError`."""
    handle, name = tempfile.mkstemp(prefix=f".{file.name}-", dir=file.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        rename_new(temporary, file)
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def rename_new(temporary: Path, file: Path) -> None:
    """Renames `temporary` to `file` in its folder. Raises `FileExistsError` if that exists, or another `OSError`."""
    try:
        os.link(temporary, file)  # unlike a rename, this never overwrites
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        with locked(file.parent):
            if file.exists() or file.is_symlink():
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(file)) from None
            temporary.rename(file)
    else:
        temporary.unlink()


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Locks a folder; other processes wait. The lock ends with the process at the latest. Raises `OSError`."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
