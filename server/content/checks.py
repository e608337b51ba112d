"""Checks of the content as a whole, once each record is read: links, ids, titles, dates and wording."""

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
"""After this time, the sources of a contact have to be read again."""

ALWAYS_CALLABLE = frozenset({"999", "101", "childline", "nspcc"})
"""Contacts on the emergency page of the service worker, which must each have a phone number."""
_LINK = re.compile(r"\]\(([^)\s]+)")


def read_checked(root: Path) -> Library:
    """Reads and checks the content in `root`. Raises `ContentError` with all problems if any of them is an error."""
    library = read_library(root)
    problems = check_library(library)
    if any(problem.level == "error" for problem in problems):
        raise ContentError(problems)
    return library


def check_library(
    library: Library, today: datetime.date | None = None, texts: Mapping[Path, str] = MappingProxyType({})
) -> list[Problem]:
    """All errors and warnings about a library except its reading age (`reading_age.py`), sorted by file and line.

    `texts` gives new texts of files, so that a change can be checked before it is written.
    """
    today = today or clock.today()
    files = Files(library, texts)
    return sorted(
        {
            *check_layout(library, files),
            *_check_ids(library, files),
            *_check_areas(library, files),
            *_check_pages(library, files),
            *_check_names(library, files),
            *check_wording(library, files),
            *_check_neutral(library, files),
            *_check_notices(library, files, today),
            *_check_hours(library, files),
            *_check_dates(library, files, today),
            *check_corrections(library, files),
            *check_signoffs(library, files, today),
        }
    )


def _check_ids(library: Library, files: Files) -> Iterator[Problem]:
    contact_ids = Counter(contact.id for contact in library.contacts)
    number_ids = Counter(channel.id for contact in library.contacts for channel in contact.channels)
    for contact in library.contacts:
        file, line = files.of_contact(contact)
        if contact_ids[contact.id] > 1:
            yield files.problem(file, line, f"the id '{contact.id}' is used twice: each contact has its own")
        for channel in contact.channels:
            if number_ids[channel.id] > 1:
                message = f"the number id '{channel.id}' is used twice: give one a new id"
                yield files.problem_at(file, f'"{channel.id}"', message, line)
    for name, table, ids in (
        ("signs.toml", "group", [group.id for group in library.signs]),
        ("quiz.toml", "item", [item.id for item in library.quiz]),
        ("situations.toml", "situation", [situation.id for situation in library.situations]),
        ("site.toml", "areas", [area.slug for area in library.site.areas]),
        ("site.toml", "names", [name.slug for name in library.site.names]),
    ):
        file = library.root / name
        for duplicate in (id_ for id_, count in Counter(ids).items() if count > 1):
            message = f"'{duplicate}' is used twice among the [[{table}]] tables: give one another name, or take it out"
            yield files.problem_at(file, f'"{duplicate}"', message, files.line(file, f'"{duplicate}"') + 1)
    on_pages = {contact_id for page in library.pages for block in page.blocks for contact_id in block.contacts}
    for contact in library.contacts:
        if contact.id not in on_pages and not contact.areas:
            file, line = files.of_contact(contact)
            message = f"'{contact.id}' is on no page: put it on one, or take it out"
            yield files.problem(file, line, message, warning=True)


def _check_areas(library: Library, files: Files) -> Iterator[Problem]:
    slugs = {area.slug for area in library.site.areas}
    choice = "site.toml has: " + ", ".join(sorted(slugs))
    mentioned = [(*files.of_contact(contact), slug) for contact in library.contacts for slug in contact.areas]
    mentioned += [(page.file, 1, page.meta.area) for page in library.pages if page.meta.area]
    mentioned += [(notice.file, 1, slug) for notice in library.notices for slug in notice.meta.areas]
    for file, line, slug in mentioned:
        if slug not in slugs:
            yield files.problem_at(file, f'"{slug}"', f"the area '{slug}' is not known: {choice}", line)
    site = library.root / "site.toml"
    callable_ids = {contact.id for contact in library.contacts if contact.calls}
    for contact_id in sorted(ALWAYS_CALLABLE - callable_ids):
        message = f"the contact '{contact_id}' with a phone is missing: every page leans on it"
        yield files.problem(library.root / "contacts", 1, message)
    for area in library.site.areas:
        for contact_id in (area.front_door, area.out_of_hours):
            if contact_id not in callable_ids:
                message = f"no contact with a phone has the id '{contact_id}': see content/contacts/"
                yield files.problem_at(site, f'"{contact_id}"', message)
        if not any(area.slug in contact.areas for contact in library.contacts):
            message = f"no contact serves {area.slug}: write content/contacts/{area.slug}.toml"
            yield files.problem_at(site, f'"{area.slug}"', message)
    for page in library.pages:
        if page.meta.kind == "sheet" and page.path.rsplit("/", 1)[1] not in slugs:
            yield files.problem(page.file, 1, f"a page of the kind 'sheet' is named after its area: {choice}")
        if page.meta.kind == "area" and not page.meta.area:
            yield files.problem(page.file, 1, "a page of the kind 'area' names its area: add area = \"…\"")


def _check_pages(library: Library, files: Files) -> Iterator[Problem]:
    paths = {page.path for page in library.pages}
    ids = {contact.id for contact in library.contacts}
    callable_ids = {contact.id for contact in library.contacts if contact.calls}
    titles: dict[str, Page] = {}
    for page in library.pages:
        if (first := titles.setdefault(page.meta.title, page)) is not page:
            message = f"the title '{page.meta.title}' is {first.path}'s too: give each its own"
            yield files.problem_at(page.file, "title = ", message)
        if page.parent not in paths:
            yield files.problem(page.file, 1, f"the page above, {page.parent}, is missing: write it first")
        for contact_id in page.meta.numbers:
            if contact_id not in callable_ids:
                message = f"no contact with a phone has the id '{contact_id}': see content/contacts/"
                yield files.problem_at(page.file, f"{contact_id} = ", message)
    for text in library.texts:
        for block in text.blocks:
            for contact_id in block.contacts:
                if contact_id not in ids:
                    message = f"no contact has the id '{contact_id}': see content/contacts/"
                    yield files.problem(text.file, block.line, message)
            yield from _check_links(text.file, block.text, block.line, paths, files)
    for name in ("signs.toml", "quiz.toml", "situations.toml"):
        for number, line in enumerate(files.lines(library.root / name), 1):
            yield from _check_links(library.root / name, line, number, paths, files)
    for path in ("/", "/help", "/neutral", "/sources", "/tracks", "/privacy", "/accessibility", "/contact"):
        if path not in paths:
            yield files.problem(library.root / "pages", 1, f"the page {path} is missing: every page links to it")


def _check_names(library: Library, files: Files) -> Iterator[Problem]:
    site, paths = library.root / "site.toml", {page.path for page in library.pages}
    slugs = [name.slug for name in library.site.names]
    if slugs[0] != "app":
        yield files.problem_at(site, "[[names]]", 'the first of the [[names]] is "app": put it first')
    for name in library.site.names:
        if name.start not in paths:
            message = f"no page has the address '{name.start}': give the page it opens with"
            yield files.problem_at(site, f'"{name.start}"', message)
    for page in library.pages:
        if page.meta.app and page.meta.app not in slugs:
            message = f"no name has the slug '{page.meta.app}': site.toml has {slugs}"
            yield files.problem_at(page.file, "app = ", message)


def _check_links(file: Path, text: str, line: int, paths: set[str], files: Files) -> Iterator[Problem]:
    for match in _LINK.finditer(text):
        target = match[1]
        at = line + text[: match.start()].count("\n")
        if target.startswith("/"):
            if target.split("#")[0] not in paths | LINKED:
                yield files.problem(file, at, f"the link to {target} leads nowhere: no page has that address")
        elif not target.startswith("#"):
            yield files.problem(file, at, f"the link to {target} leaves the site: services belong in content/contacts/")


def _check_neutral(library: Library, files: Files) -> Iterator[Problem]:
    words = "|".join(re.escape(word) for word in library.words.title)
    revealing = re.compile(rf"\b({words})\b", re.IGNORECASE)
    neutral = [
        (page.file, page.path, "address", [("title", page.meta.title), ("description", page.meta.description)])
        for page in library.pages
        if not page.plainly_titled
    ]
    neutral += [(notice.file, notice.id, "id", [("title", notice.meta.title)]) for notice in library.notices]
    for file, name, kind, fields in neutral:
        for key, value in fields:
            if match := revealing.search(value):
                message = f"the {key} says '{match[0]}', which gives the subject away: use neutral words"
                yield files.problem_at(file, f"{key} ", message)
        if match := revealing.search(name.replace("-", " ").replace("/", " ")):
            yield files.problem(file, 1, f"the {kind} says '{match[0]}', which gives the subject away: rename the file")


def _check_notices(library: Library, files: Files, today: datetime.date) -> Iterator[Problem]:
    for notice in library.notices:
        file, meta = notice.file, notice.meta
        if meta.ends < meta.begins:
            yield files.problem_at(file, "until", "the notice ends before it begins: correct the dates")
        elif meta.ends < today:
            yield files.problem_at(file, "until", f"over since {meta.ends}: take it out", warning=True)
        if not meta.sources:
            yield files.problem(file, 1, "no sources: name where what this notice says comes from")


def _check_hours(library: Library, files: Files) -> Iterator[Problem]:
    timed = {contact.id for contact in library.contacts if contact.hours and contact.hours.opening_hours}
    for contact in library.contacts:
        for hours in (contact.hours, *(channel.hours for channel in contact.channels)):
            if hours and hours.outside and hours.outside not in timed:
                file, line = files.of_contact(contact)
                message = f"no contact '{hours.outside}' has opening_hours, so nobody knows when it is closed"
                yield files.problem_at(file, f'"{hours.outside}"', message, line)


def _check_dates(library: Library, files: Files, today: datetime.date) -> Iterator[Problem]:
    for contact in library.contacts:
        file, line = files.of_contact(contact)
        for key, date in (("found", contact.found), ("confirmed", contact.confirmed)):
            if date and date > today:
                message = f"{key} is {date}, which is still to come: correct the date"
                yield files.problem_at(file, f"{key} = ", message, line)
        if contact.check_again and contact.check_again <= today:
            message = f"'{contact.id}' was to be checked again on {contact.check_again}"
            yield files.problem_at(file, "check_again = ", message, line, warning=True)
        if today - contact.looked_at > STALE_AFTER:
            yield files.problem(file, line, f"'{contact.id}' was last looked at over three months ago", warning=True)
    for page in library.pages:
        if page.meta.reviewed > today:
            yield files.problem_at(page.file, "reviewed = ", "reviewed lies in the future: correct the date")
        if page.meta.check_again and page.meta.check_again <= today:
            message = f"a fact here was to be checked again on {page.meta.check_again}"
            yield files.problem_at(page.file, "check_again = ", message, warning=True)
        if not page.meta.sources and page.meta.kind not in ("neutral", "search", "print"):
            yield files.problem(page.file, 1, "no sources: name where the facts of this page come from")
