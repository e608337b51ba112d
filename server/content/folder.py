"""What of a content folder is content, and its text. Whatever looks into the folder looks through this module."""

from __future__ import annotations

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
"""Names of what systems and editors leave behind: `.DS_Store`, `._talk.md`, `.#talk.md`, `talk.md~`, `Thumbs.db`."""
_ODD = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # control characters, but for tab and line feed
    "\u2028-\u202e\u2066-\u2069"  # separators of lines, and what turns the direction of the text after it
    "\ud800-\udfff\ufdd0-\ufdef\ufeff\ufff9-\uffff"  # no characters, marks of the encoding, and the mark of lost ones
    + "".join(f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0x10000, 0x110000, 0x10000))
    + "]"
)


REMEMBERED = 2048
"""Files of which what was read is remembered: an edit changes one of them, and a server reads all each time."""


class UnreadableError(Exception):
    """A file has no text that can be used. `line` is where, and the message says why and what to do."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


def is_content(name: str) -> bool:
    """Whether a file or a folder of this name may be content."""
    return not _LEFT_BEHIND.fullmatch(name)


def content_files(folder: Path) -> Iterator[Path]:
    """Every file below `folder` that may be content. Links are followed, each folder is entered once."""
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
    """A hash of the path, place, size and times of each content file below `folder`.

    Links are followed, and the path is looked at anew each time: a link that is turned, or a folder renamed into
    place, is seen as well.
    """
    total = hashlib.sha256()
    for file in content_files(folder):
        try:
            status = file.stat()
        except OSError:
            continue  # gone since, or a link to nothing: the reader says so
        seen = (str(file), status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
        total.update(repr(seen).encode())
    return total.hexdigest()


def contact_files(root: Path) -> list[Path]:
    """The files with the contacts, one an area."""
    return [file for file in content_files(root / "contacts") if _stands_in(file, root / "contacts", ".toml")]


def page_files(root: Path) -> list[Path]:
    return sorted(file for file in content_files(root / "pages") if file.suffix == ".md")


def notice_files(root: Path) -> list[Path]:
    return [file for file in content_files(root / "notices") if _stands_in(file, root / "notices", ".md")]


def _stands_in(file: Path, folder: Path, suffix: str) -> bool:
    return file.parent == folder and file.suffix == suffix


def read_text(file: Path) -> str:
    """A file's text, with a line feed at each line's end and no byte order mark. Raises `UnreadableError`."""
    try:
        if not stat.S_ISREG(file.stat().st_mode):
            raise UnreadableError(1, "this is not a file: take it out")
        data = file.read_bytes()
    except FileNotFoundError:
        raise UnreadableError(1, "this file is missing: put it back") from None
    except OSError as error:
        raise UnreadableError(1, f"this file can't be read ({error.strerror}): check its rights") from None
    return _decoded(data)


@lru_cache(REMEMBERED)
def _decoded(data: bytes) -> str:
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise UnreadableError(line, "this is not UTF-8 text: save the file as UTF-8") from None
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if odd := _ODD.search(text):
        raise UnreadableError(text[: odd.start()].count("\n") + 1, _said(odd[0]))
    return text


def odd_character(text: str) -> str | None:
    """What is wrong with a text that holds a character no page can show; None where it holds none."""
    odd = _ODD.search(text)
    return _said(odd[0]) if odd else None


def _said(character: str) -> str:
    name = unicodedata.name(character, "a control character")
    return f"U+{ord(character):04X} ({name}) can't be shown: take it out"
