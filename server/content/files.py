"""The lines of the content files, to find the line that a problem is about."""

import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from server.content.contact import Contact
from server.content.folder import contact_files, read_text, shown_path
from server.content.model import Library
from server.content.problems import Problem

_ID = re.compile(r"""\s*id\s*=\s*["']([^"']*)["']""")


class Files:
    """The content files of a library, each read once."""

    def __init__(self, library: Library, texts: Mapping[Path, str] = MappingProxyType({})) -> None:
        """`texts` gives texts of files that are used instead of reading them."""
        self.root = library.root
        self._texts = {file: text.split("\n") for file, text in texts.items()}
        self._contacts: dict[str, tuple[Path, int]] = {}
        for file in contact_files(library.root):
            for number, text in enumerate(self.lines(file), 1):
                if match := _ID.match(text):
                    self._contacts.setdefault(match[1], (file, number))

    def has(self, file: Path) -> bool:
        return file in self._texts or file.exists()

    def lines(self, file: Path) -> list[str]:
        if file not in self._texts:
            self._texts[file] = read_text(file).split("\n")
        return self._texts[file]

    def line(self, file: Path, words: str, start: int = 1) -> int:
        """The number of the first line from `start` on that contains `words`; `start` if none does."""
        numbered = enumerate(self.lines(file)[start - 1 :], start)
        return next((number for number, text in numbered if words in text), start)

    def of_contact(self, contact: Contact) -> tuple[Path, int]:
        """The file and the line of a contact's id."""
        return self._contacts.get(contact.id, (self.root / "contacts", 1))

    def problem(self, file: Path, line: int, message: str, *, warning: bool = False) -> Problem:
        return Problem(shown_path(self.root, file), line, "warning" if warning else "error", message)

    def problem_at(self, file: Path, words: str, message: str, start: int = 1, *, warning: bool = False) -> Problem:
        """A problem on the first line from `start` on that contains `words`; on `start` if none does."""
        return self.problem(file, self.line(file, words, start), message, warning=warning)
