"""What no schema can say: dead links, unknown ids, words never used, titles that must stay neutral, stale facts."""

from __future__ import annotations

import datetime
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from server import clock
from server.addresses import LINKED
from server.content.files import Files
from server.content.launch import check_signoffs
from server.content.layout import check_layout
from server.content.model import Library
from server.content.page import Page
from server.content.problems import ContentError, Problem
from server.content.reader import read_library
from server.content.wording import check_wording
from server.corrections.checks import check_corrections

STALE_AFTER = datetime.timedelta(days=92)
"""Facts are looked at again every three months (`facts/contacts.md`)."""

ALWAYS_CALLABLE = frozenset({"999", "101", "childline", "nspcc"})
"""Who stands on the emergency page that the worker carries; 999 on every page for help."""
_LINK = re.compile(r"\]\(([^)\s]+)")
_HEADING = re.compile(r"^#+\s+(.*)$", re.MULTILINE)


def read_checked(root: Path) -> Library:
    """Reads the folder `root` into a library without errors; warnings don't count.

    Raises `ContentError` with every problem found.
    """
    library = read_library(root)
    problems = check_library(library)
    if any(problem.level == "error" for problem in problems):
        raise ContentError(problems)
    return library


def check_library(
    library: Library, today: datetime.date | None = None, texts: Mapping[Path, str] = MappingProxyType({})
) -> list[Problem]:
    """Every problem of a well-formed library, errors and warnings, in the order of files and lines.

    `texts` stand for what is in these files, so that a change can be checked before it is written.

    All but the reading age, which only editors are told (`reading_age.py`).
    """
    today = today or clock.today()
    files = Files(library, texts)
    return sorted(
        {
            *check_layout(library, files),
            *_ids(library, files),
            *_areas(library, files),
            *_pages(library, files),
            *_names(library, files),
            *check_wording(library, files),
            *_neutral(library, files),
            *_notices(library, files, today),
            *_hours(library, files),
            *_dates(library, files, today),
            *check_corrections(library, files),
            *check_signoffs(library, files, today),
        }
    )


def _ids(library: Library, files: Files) -> Iterator[Problem]:
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
    for name, table, ids in (
        ("signs.toml", "group", [group.id for group in library.signs]),
        ("quiz.toml", "item", [item.id for item in library.quiz]),
        ("situations.toml", "situation", [situation.id for situation in library.situations]),
        ("site.toml", "areas", [area.slug for area in library.site.areas]),
        ("site.toml", "names", [each.slug for each in library.site.names]),
    ):
        for twice in (each for each, count in Counter(ids).items() if count > 1):
            at = files.line(library.root / name, f'"{twice}"', files.line(library.root / name, f'"{twice}"') + 1)
            message = f"'{twice}' stands twice among the [[{table}]] tables: give one another name, or take it out"
            yield files.problem(library.root / name, at, message)
    shown = {name for page in library.pages for block in page.blocks for name in block.contacts}
    for contact in library.contacts:
        if contact.id not in shown and not contact.areas:
            file, line = files.of_contact(contact)
            yield files.problem(
                file, line, f"'{contact.id}' is on no page: put it on one, or take it out", warning=True
            )


def _areas(library: Library, files: Files) -> Iterator[Problem]:
    known = {area.slug for area in library.site.areas}
    have = "has: " + ", ".join(sorted(known))
    for contact in library.contacts:
        for slug in contact.areas:
            if slug not in known:
                file, line = files.of_contact(contact)
                at = files.line(file, f'"{slug}"', line)
                yield files.problem(file, at, f"the area '{slug}' is not known: site.toml {have}")
    site = library.root / "site.toml"
    callable_ids = {contact.id for contact in library.contacts if contact.calls}
    for name in sorted(ALWAYS_CALLABLE - callable_ids):
        yield files.problem(
            library.root / "contacts", 1, f"the contact '{name}' with a phone is missing: every page leans on it"
        )
    for area in library.site.areas:
        for name in (area.front_door, area.out_of_hours):
            if name not in callable_ids:
                at = files.line(site, f'"{name}"')
                yield files.problem(site, at, f"no contact with a phone has the id '{name}': see content/contacts/")
        if not any(area.slug in contact.areas for contact in library.contacts):
            at = files.line(site, f'"{area.slug}"')
            yield files.problem(site, at, f"no contact serves {area.slug}: write content/contacts/{area.slug}.toml")
    for page in library.pages:
        if page.meta.area and page.meta.area not in known:
            at = files.line(page.file, f'"{page.meta.area}"')
            yield files.problem(page.file, at, f"the area '{page.meta.area}' is not known: site.toml {have}")
        if page.meta.kind == "sheet" and page.path.rsplit("/", 1)[1] not in known:
            yield files.problem(page.file, 1, f"a page of the kind 'sheet' is named after its area: site.toml {have}")
        if page.meta.kind == "area" and not page.meta.area:
            yield files.problem(page.file, 1, "a page of the kind 'area' names its area: add area = \"…\"")


def _pages(library: Library, files: Files) -> Iterator[Problem]:
    paths = {page.path for page in library.pages}
    ids = {contact.id for contact in library.contacts}
    callable_ids = {contact.id for contact in library.contacts if contact.calls}
    titles: dict[str, Page] = {}
    for page in library.pages:
        if (other := titles.setdefault(page.meta.title, page)) is not page:
            at = files.line(page.file, "title = ")
            yield files.problem(
                page.file, at, f"the title '{page.meta.title}' is {other.path}'s too: give each its own"
            )
        if page.parent not in paths:
            yield files.problem(page.file, 1, f"the page above, {page.parent}, is missing: write it first")
        for name in page.meta.numbers:
            if name not in callable_ids:
                at = files.line(page.file, f"{name} = ")
                yield files.problem(
                    page.file, at, f"no contact with a phone has the id '{name}': see content/contacts/"
                )
    for written in library.texts:
        for block in written.blocks:
            for name in block.contacts:
                if name not in ids:
                    yield files.problem(
                        written.file, block.line, f"no contact has the id '{name}': see content/contacts/"
                    )
            yield from _links(written.file, block.text, block.line, paths, files)
    for name in ("signs.toml", "quiz.toml", "situations.toml"):
        for number, text in enumerate(files.lines(library.root / name), 1):
            yield from _links(library.root / name, text, number, paths, files)
    for needed in ("/", "/help", "/neutral", "/sources", "/tracks", "/privacy", "/accessibility", "/contact"):
        if needed not in paths:
            yield files.problem(library.root / "pages", 1, f"the page {needed} is missing: every page links to it")


def _names(library: Library, files: Files) -> Iterator[Problem]:
    site, paths = library.root / "site.toml", {page.path for page in library.pages}
    names = [name.slug for name in library.site.names]
    if names[0] != "app":
        yield files.problem(site, files.line(site, "[[names]]"), 'the first of the [[names]] is "app": put it first')
    for name in library.site.names:
        if name.start not in paths:
            at = files.line(site, f'"{name.start}"')
            yield files.problem(site, at, f"no page has the address '{name.start}': give the page it opens with")
    for page in library.pages:
        if page.meta.app and page.meta.app not in names:
            at = files.line(page.file, "app = ")
            yield files.problem(page.file, at, f"no name has the slug '{page.meta.app}': site.toml has {names}")


def _links(file: Path, text: str, line: int, paths: set[str], files: Files) -> Iterator[Problem]:
    for match in _LINK.finditer(text):
        target = match[1]
        at = line + text[: match.start()].count("\n")
        if target.startswith("/"):
            if target.split("#")[0] not in paths | LINKED:
                yield files.problem(file, at, f"the link to {target} leads nowhere: no page has that address")
        elif not target.startswith("#"):
            yield files.problem(file, at, f"the link to {target} leaves the site: services stand in content/contacts/")


def _neutral(library: Library, files: Files) -> Iterator[Problem]:
    words = "|".join(re.escape(word) for word in library.words.title)
    telling = re.compile(rf"\b({words})\b", re.IGNORECASE)
    named = [
        (page.file, page.path, "address", [("title", page.meta.title), ("description", page.meta.description)])
        for page in library.pages
        if not page.plainly_titled
    ]
    named += [(notice.file, notice.id, "id", [("title", notice.meta.title)]) for notice in library.notices]
    for file, name, kind, fields in named:
        for key, value in fields:
            if match := telling.search(value):
                at = files.line(file, f"{key} ")
                yield files.problem(
                    file, at, f"the {key} says '{match[0]}', which tells the subject: use neutral words"
                )
        if match := telling.search(name.replace("-", " ").replace("/", " ")):
            yield files.problem(file, 1, f"the {kind} says '{match[0]}', which tells the subject: rename the file")


def _notices(library: Library, files: Files, today: datetime.date) -> Iterator[Problem]:
    known = {area.slug for area in library.site.areas}
    for notice in library.notices:
        file, meta = notice.file, notice.meta
        for slug in meta.areas:
            if slug not in known:
                have = ", ".join(sorted(known))
                yield files.problem(
                    file, files.line(file, f'"{slug}"'), f"the area '{slug}' is not known: site.toml has: {have}"
                )
        if meta.ends < meta.begins:
            yield files.problem(file, files.line(file, "until"), "the notice ends before it begins: correct the dates")
        elif meta.ends < today:
            yield files.problem(file, files.line(file, "until"), f"over since {meta.ends}: take it out", warning=True)
        if not meta.sources:
            yield files.problem(file, 1, "no sources: name where what this notice says comes from")


def _hours(library: Library, files: Files) -> Iterator[Problem]:
    timed = {contact.id for contact in library.contacts if contact.hours and contact.hours.opening_hours}
    for contact in library.contacts:
        for hours in (contact.hours, *(channel.hours for channel in contact.channels)):
            if hours and hours.outside and hours.outside not in timed:
                file, line = files.of_contact(contact)
                at = files.line(file, f'"{hours.outside}"', line)
                yield files.problem(
                    file, at, f"no contact '{hours.outside}' has opening_hours, so nobody knows when it is closed"
                )


def _dates(library: Library, files: Files, today: datetime.date) -> Iterator[Problem]:
    for contact in library.contacts:
        file, line = files.of_contact(contact)
        for key, date in (("found", contact.found), ("confirmed", contact.confirmed)):
            if date and date > today:
                at = files.line(file, f"{key} = ", line)
                yield files.problem(file, at, f"{key} is {date}, which is still to come: correct the date")
        if contact.check_again and contact.check_again <= today:
            at = files.line(file, "check_again = ", line)
            yield files.problem(
                file, at, f"'{contact.id}' was to be checked again on {contact.check_again}", warning=True
            )
        if today - contact.looked_at > STALE_AFTER:
            yield files.problem(file, line, f"'{contact.id}' was last looked at over three months ago", warning=True)
    for page in library.pages:
        if page.meta.reviewed > today:
            at = files.line(page.file, "reviewed = ")
            yield files.problem(page.file, at, "reviewed lies in the future: correct the date")
        if page.meta.check_again and page.meta.check_again <= today:
            at = files.line(page.file, "check_again = ")
            yield files.problem(
                page.file, at, f"a fact here was to be checked again on {page.meta.check_again}", warning=True
            )
        if not page.meta.sources and page.meta.kind not in ("neutral", "search", "print"):
            yield files.problem(page.file, 1, "no sources: name where the facts of this page come from")
