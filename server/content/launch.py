"""What is missing for a public launch: a table for the safeguarding lead, printed by `tellsomeone check --launch`."""

import datetime
from collections.abc import Iterator

from server.content.files import Files
from server.content.model import Library
from server.content.problems import Problem

Row = tuple[str, str, str]
"""What it is about, what to do, and the state today."""


def missing_for_launch(library: Library, today: datetime.date) -> Iterator[Row]:
    """Everything that is still to do: for the operator, then page by page, then contact by contact."""
    if not library.site.operator:
        yield "site.toml", "name the operator", "nobody is named"
    if not library.site.contact_email:
        yield "site.toml", "name an address for the site", "there is none"
    unsigned = library.unsigned
    for page in library.pages:
        if page.path in unsigned:
            yield f"page {page.path}", "sign", f"written {page.meta.reviewed}"
        if page.meta.check_again and page.meta.check_again <= today:
            yield f"page {page.path}", "look at its facts again", f"due {page.meta.check_again}"
    for contact in library.contacts:
        if contact.confirmed is None:
            yield f"contact {contact.id}", "confirm by phone", f"found {contact.found}, {contact.confidence}"
        if contact.doubt:
            yield f"contact {contact.id}", "settle the doubt", contact.doubt
        if contact.check_again and contact.check_again <= today:
            yield f"contact {contact.id}", "look at its facts again", f"due {contact.check_again}"
        for channel in contact.channels:
            if channel.id in unsigned:
                yield f"number {channel.id}", "sign", channel.value


def check_signoffs(library: Library, files: Files, today: datetime.date) -> Iterator[Problem]:
    """Problems of sign-offs: of an unknown subject, dated in the future, or older than their page."""
    file = library.root / "signoff.toml"
    reviewed = {page.path: page.meta.reviewed for page in library.pages}
    numbers = {channel.id for contact in library.contacts for channel in contact.channels}
    lines = [number for number, text in enumerate(files.lines(file), 1) if text.lstrip().startswith("[[")]
    lines += [1] * len(library.signoffs)  # `signoff = [...]` on one line has no headers
    for signoff, line in zip(library.signoffs, lines, strict=False):
        at = files.line(file, f'"{signoff.subject}"', line)
        if signoff.subject not in reviewed and signoff.subject not in numbers:
            message = f"no page has the address '{signoff.subject}', and no number that id: correct it, or take it out"
            yield files.problem(file, at, message)
        if signoff.date > today:
            message = f"signed on {signoff.date}, which is still to come: correct the date"
            yield files.problem_at(file, "date = ", message, line)
        elif signoff.date < reviewed.get(signoff.subject, signoff.date):
            message = f"'{signoff.subject}' was written after it was signed: whoever signed reads it again"
            yield files.problem_at(file, "date = ", message, line, warning=True)


def as_table(rows: list[Row]) -> str:
    """The rows as a Markdown table, below their number."""
    lines = [f"{len(rows)} things are left to do before a public launch.", ""]
    lines += ["| about | to do | today |", "|---|---|---|"]
    lines += ["| " + " | ".join(cell.replace("|", "/") for cell in row) + " |" for row in rows]
    return "\n".join(lines)
