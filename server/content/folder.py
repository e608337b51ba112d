"""Which files of a content folder are content, and their text. All access to the folder goes through this module."""

import hashlib
import os
import re
import stat
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

_LEFT_BEHIND = re.compile(
    r"[.#~].*|.*~|(?:eh)?thumbs\.db|desktop\.ini|icon\r|__macosx|\$recycle\.bin|lost\+found|@eadir", re.IGNORECASE
)
"""Names of files that systems and editors create: `.DS_Store`, `._talk.md`, `.#talk.md`, `talk.md~`, `Thumbs.db`."""
_ODD = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # control characters except tab and line feed
    "\u2028-\u202e\u2066-\u2069"  # line separators, and characters that change the direction of text
    "\ud800-\udfff\ufdd0-\ufdef\ufeff\ufff9-\uffff"  # surrogates, noncharacters, the BOM and U+FFFD
    + "".join(f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0x10000, 0x110000, 0x10000))
    + "]"
)

CACHED_FILES = 2048
"""How many files stay parsed in memory: the server reads all of them again after an edit, and most haven't changed."""


class UnreadableError(Exception):
    """A file can't be read as text. The message says why, and what to do."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


def is_content(name: str) -> bool:
    """Whether a file or folder of this name is content, and not created by a system or an editor."""
    return not _LEFT_BEHIND.fullmatch(name)


def content_files(folder: Path) -> Iterator[Path]:
    """The content files below `folder`. Links are followed; each folder is entered once."""
    entered = set()
    for place, folders, names in os.walk(folder, followlinks=True):
        real = os.path.realpath(place)
        if real in entered:
            folders.clear()
            continue
        entered.add(real)
        folders[:] = sorted(name for name in folders if is_content(name))
        yield from (Path(place, name) for name in sorted(names) if is_content(name))


def fingerprint(folder: Path) -> str:
    """A hash that changes whenever a content file below `folder` does: of paths, inodes, sizes and times.

    Links are followed each time, so it also changes when a link gets another target or a folder is replaced.
    """
    total = hashlib.sha256()
    for file in content_files(folder):
        try:
            status = file.stat()
        except OSError:
            continue  # deleted meanwhile, or a broken link: the reader reports it
        state = (str(file), status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
        total.update(repr(state).encode())
    return total.hexdigest()


def shown_path(root: Path, file: Path) -> str:
    """The path to show of a file: below the content folder `root`, it starts with that folder's name."""
    return str(file.relative_to(root.parent) if file.is_relative_to(root.parent) else file)


def contact_files(root: Path) -> list[Path]:
    """The files with contacts: one for each area, and a national one."""
    return [file for file in content_files(root / "contacts") if _is_in(file, root / "contacts", ".toml")]


def page_files(root: Path) -> list[Path]:
    return sorted(file for file in content_files(root / "pages") if file.suffix == ".md")


def notice_files(root: Path) -> list[Path]:
    return [file for file in content_files(root / "notices") if _is_in(file, root / "notices", ".md")]


def _is_in(file: Path, folder: Path, suffix: str) -> bool:
    return file.parent == folder and file.suffix == suffix


def read_text(file: Path) -> str:
    """The text of a file, with line feeds as line ends and no byte order mark. Raises `UnreadableError`."""
    try:
        if not stat.S_ISREG(file.stat().st_mode):
            raise UnreadableError(1, "this is not a file: take it out")
        data = file.read_bytes()
    except FileNotFoundError:
        raise UnreadableError(1, "this file is missing: put it back") from None
    except OSError as error:
        raise UnreadableError(1, f"this file can't be read ({error.strerror}): check its rights") from None
    return _decoded(data)


@lru_cache(CACHED_FILES)
def _decoded(data: bytes) -> str:
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise UnreadableError(line, "this is not UTF-8 text: save the file as UTF-8") from None
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if odd := _ODD.search(text):
        raise UnreadableError(text[: odd.start()].count("\n") + 1, _complaint(odd[0]))
    return text


def odd_character(text: str) -> str | None:
    """A message about the first character that pages can't show; None if there is none."""
    odd = _ODD.search(text)
    return _complaint(odd[0]) if odd else None


def _complaint(character: str) -> str:
    name = unicodedata.name(character, "a control character")
    return f"U+{ord(character):04X} ({name}) can't be shown: take it out"
