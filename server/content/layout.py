"""Checks of file names and places: colliding addresses, kinds of page, and files that nothing reads."""

from collections.abc import Iterator

from server.addresses import is_reserved
from server.content.files import Files
from server.content.folder import contact_files, content_files, notice_files, page_files, shown_path
from server.content.model import Library
from server.content.page import Page
from server.content.problems import Problem

ONLY_AT = {"home": "/", "neutral": "/neutral", "clear": "/clear"}
"""Kinds of page with a fixed address, which the server, the service worker or a script contains."""
NEEDS = {"all-areas": "west-mercia-police"}
"""Kinds of page whose template shows a certain contact's number, with the id of that contact."""
_ROOT_FILES = ("corrections", "quiz", "signoff", "signs", "site", "situations", "words")


def check_layout(library: Library, files: Files) -> Iterator[Problem]:
    yield from _check_addresses(library, files)
    yield from _check_kinds(library, files)
    yield from _check_unread(library, files)


def _check_kinds(library: Library, files: Files) -> Iterator[Problem]:
    callable_ids = {contact.id for contact in library.contacts if contact.calls}
    for page in library.pages:
        at = files.line(page.file, "kind = ")
        if page.meta.kind == "poster" and not page.meta.numbers:
            yield files.problem(page.file, at, "a page of the kind 'poster' shows numbers: add them under [numbers]")
        name = NEEDS.get(page.meta.kind)
        if name and name not in callable_ids:
            message = f"a page of the kind '{page.meta.kind}' shows the contact '{name}', which has no phone here"
            yield files.problem(page.file, at, message)


def _check_addresses(library: Library, files: Files) -> Iterator[Problem]:
    pages: dict[str, Page] = {}
    for page in library.pages:
        if is_reserved(page.path):
            message = f"the address {page.path} belongs to the server: rename the file or its folder"
            yield files.problem(page.file, 1, message)
        if (first := pages.setdefault(page.path, page)) is not page:
            other = shown_path(library.root, first.file)
            yield files.problem(page.file, 1, f"its address, {page.path}, is that of {other} too: rename one of them")
        for kind, path in ONLY_AT.items():
            if (page.meta.kind == kind) != (page.path == path):
                message = f'the page {path} has kind = "{kind}", and no other page has it'
                yield files.problem_at(page.file, "kind = ", message)


def _check_unread(library: Library, files: Files) -> Iterator[Problem]:
    root = library.root
    known_files = {*contact_files(root), *page_files(root), *notice_files(root)}
    known_files |= {root / f"{name}.toml" for name in _ROOT_FILES}
    for file in content_files(root):
        folder = file.relative_to(root).parts[0]
        if file not in known_files and (
            folder in ("contacts", "pages", "notices") or (folder == file.name and file.suffix == ".toml")
        ):
            yield files.problem(file, 1, "nothing reads this file: rename it, move it, or take it out", warning=True)
