"""What no schema can say: dead links, unknown ids, words never used, titles that must stay neutral, stale facts."""

from __future__ import annotations

import datetime
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from server.content.model import Contact, Library, Page
from server.content.problems import Problem

STALE_AFTER = datetime.timedelta(days=92)
"""Facts are looked at again every three months (`facts/contacts.md`)."""

MACHINE_PATHS = frozenset({"/leave", "/start", "/neutral"})
_LINK = re.compile(r"\]\(([^)\s]+)")
_HEADING = re.compile(r"^#+\s+(.*)$", re.MULTILINE)


def check_library(library: Library, today: datetime.date | None = None) -> list[Problem]:
    """Every problem of a well-formed library, errors and warnings, in the order of files and lines."""
    today = today or datetime.datetime.now(datetime.UTC).date()
    files = _Files(library)
    return sorted(
        {
            *_ids(library, files),
            *_areas(library, files),
            *_pages(library, files),
            *_never_used(library, files),
            *_neutral(library, files),
            *_dates(library, files, today),
        }
    )


def missing_for_launch(library: Library) -> Iterator[str]:
    """What stands between this content and a public launch, a line each."""
    if not library.site.operator:
        yield "site.toml: nobody is named as the operator"
    signed = {signoff.subject for signoff in library.signoffs}
    for page in library.pages:
        if page.path not in signed:
            yield f"page {page.path}: not signed (reviewed {page.meta.reviewed})"
    for contact in library.contacts:
        if contact.confirmed is None:
            yield f"contact {contact.id}: not confirmed by phone (found {contact.found})"
        for channel in contact.channels:
            if channel.id not in signed:
                yield f"number {channel.id}: not signed"


class _Files:
    """Where things stand: the text of each content file, and the line of a value in it."""

    def __init__(self, library: Library) -> None:
        self.root = library.root
        self._texts: dict[Path, list[str]] = {}
        self.contact_files = sorted((library.root / "contacts").glob("*.toml"))

    def lines(self, file: Path) -> list[str]:
        if file not in self._texts:
            self._texts[file] = file.read_text(encoding="utf-8").splitlines()
        return self._texts[file]

    def line(self, file: Path, words: str, start: int = 1) -> int:
        """The first line at or after `start` that holds `words`; `start` where none does."""
        for number, text in enumerate(self.lines(file)[start - 1 :], start):
            if words in text:
                return number
        return start

    def of_contact(self, contact: Contact) -> tuple[Path, int]:
        wanted = re.compile(rf'\s*id\s*=\s*"{re.escape(contact.id)}"')
        for file in self.contact_files:
            for number, text in enumerate(self.lines(file), 1):
                if wanted.match(text):
                    return file, number
        return self.root / "contacts", 1

    def name(self, file: Path) -> str:
        return str(file.relative_to(self.root.parent))

    def problem(self, file: Path, line: int, message: str, *, warning: bool = False) -> Problem:
        return Problem(self.name(file), line, "warning" if warning else "error", message)


def _ids(library: Library, files: _Files) -> Iterator[Problem]:
    contact_ids = Counter(contact.id for contact in library.contacts)
    number_ids = Counter(channel.id for contact in library.contacts for channel in contact.channels)
    for contact in library.contacts:
        file, line = files.of_contact(contact)
        if contact_ids[contact.id] > 1:
            yield files.problem(file, line, f"the id '{contact.id}' stands twice: each contact has its own")
        for channel in contact.channels:
            if number_ids[channel.id] > 1:
                at = files.line(file, f'"{channel.id}"', line)
                yield files.problem(file, at, f"the number id '{channel.id}' stands twice: give one a new id")
    shown = {name for page in library.pages for block in page.blocks for name in block.contacts}
    for contact in library.contacts:
        if contact.id not in shown and not contact.areas:
            file, line = files.of_contact(contact)
            yield files.problem(
                file, line, f"'{contact.id}' is on no page: put it on one, or take it out", warning=True
            )


def _areas(library: Library, files: _Files) -> Iterator[Problem]:
    known = {area.slug for area in library.site.areas}
    have = "has: " + ", ".join(sorted(known))
    for contact in library.contacts:
        for area in contact.areas:
            if area not in known:
                file, line = files.of_contact(contact)
                at = files.line(file, f'"{area}"', line)
                yield files.problem(file, at, f"the area '{area}' is not known: site.toml {have}")
    for page in library.pages:
        if page.meta.area and page.meta.area not in known:
            at = files.line(page.file, f'"{page.meta.area}"')
            yield files.problem(page.file, at, f"the area '{page.meta.area}' is not known: site.toml {have}")
        if page.meta.kind == "area" and not page.meta.area:
            yield files.problem(page.file, 1, "a page of the kind 'area' names its area: add area = \"…\"")


def _pages(library: Library, files: _Files) -> Iterator[Problem]:
    paths = {page.path for page in library.pages}
    ids = {contact.id for contact in library.contacts}
    titles: dict[str, Page] = {}
    for page in library.pages:
        if other := titles.setdefault(page.meta.title, page):
            if other is not page:
                at = files.line(page.file, "title")
                yield files.problem(
                    page.file, at, f"the title '{page.meta.title}' is {other.path}'s too: give each its own"
                )
        if page.parent not in paths:
            yield files.problem(page.file, 1, f"the page above, {page.parent}, is missing: write it first")
        for block in page.blocks:
            for name in block.contacts:
                if name not in ids:
                    yield files.problem(
                        page.file, block.line, f"no contact has the id '{name}': see content/contacts/"
                    )
            yield from _links(page.file, block.text, block.line, paths, files)
    for number, text in enumerate(files.lines(library.root / "signs.toml"), 1):
        yield from _links(library.root / "signs.toml", text, number, paths, files)
    for needed in ("/", "/help", "/neutral", "/sources", "/tracks", "/privacy", "/accessibility", "/contact"):
        if needed not in paths:
            yield files.problem(
                library.root / "pages", 1, f"the page {needed} is missing: every page links to it"
            )


def _links(file: Path, text: str, line: int, paths: set[str], files: _Files) -> Iterator[Problem]:
    for match in _LINK.finditer(text):
        target = match[1]
        at = line + text[: match.start()].count("\n")
        if target.startswith("/"):
            if target.split("#")[0] not in paths | MACHINE_PATHS:
                yield files.problem(file, at, f"the link to {target} leads nowhere: no page has that address")
        elif not target.startswith("#"):
            yield files.problem(
                file, at, f"the link to {target} leaves the site: services stand in content/contacts/"
            )


def _never_used(library: Library, files: _Files) -> Iterator[Problem]:
    rules = [
        (re.compile(rf"(?<![\w-]){re.escape(word)}(?![\w-])", re.IGNORECASE), word, rule.instead)
        for rule in library.words.never
        for word in rule.words
    ]
    for file in _text_files(library):
        for number, text in enumerate(files.lines(file), 1):
            for pattern, word, instead in rules:
                if pattern.search(text):
                    yield files.problem(file, number, f"'{word}' is never used here. Instead: {instead}")
            if "!" in _LINK.sub("", text) and not text.lstrip().startswith("#"):
                yield files.problem(file, number, "an exclamation mark: end the sentence with a full stop")


def _text_files(library: Library) -> list[Path]:
    return [
        library.root / "site.toml",
        library.root / "signs.toml",
        *sorted((library.root / "contacts").glob("*.toml")),
        *sorted((library.root / "pages").rglob("*.md")),
    ]


def _neutral(library: Library, files: _Files) -> Iterator[Problem]:
    words = "|".join(re.escape(word) for word in library.words.title)
    if not words:
        return
    telling = re.compile(rf"\b({words})\b", re.IGNORECASE)
    for page in library.pages:
        if page.plainly_titled:
            continue
        for key, value in (("title", page.meta.title), ("description", page.meta.description)):
            if match := telling.search(value):
                at = files.line(page.file, f"{key} ")
                yield files.problem(
                    page.file, at, f"the {key} says '{match[0]}', which tells the subject: use neutral words"
                )
        if match := telling.search(page.path.replace("-", " ").replace("/", " ")):
            if page.path.split("/")[1] not in ("help", "contact"):
                yield files.problem(
                    page.file, 1, f"the address says '{match[0]}', which tells the subject: rename the file"
                )


def _dates(library: Library, files: _Files, today: datetime.date) -> Iterator[Problem]:
    for contact in library.contacts:
        file, line = files.of_contact(contact)
        for key, date in (("found", contact.found), ("confirmed", contact.confirmed)):
            if date and date > today:
                at = files.line(file, key, line)
                yield files.problem(file, at, f"{key} is {date}, which is still to come: correct the date")
        if today - max(contact.found, contact.confirmed or contact.found) > STALE_AFTER:
            yield files.problem(
                file, line, f"'{contact.id}' was last looked at over three months ago", warning=True
            )
    for page in library.pages:
        if page.meta.reviewed > today:
            at = files.line(page.file, "reviewed")
            yield files.problem(page.file, at, "reviewed lies in the future: correct the date")
