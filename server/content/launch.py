"""What stands between this content and a public launch, as a table a safeguarding lead can work through."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from server.content.model import Library

Row = tuple[str, str, str]
"""What it is about, what is missing, and what is known today."""


def missing_for_launch(library: Library, today: datetime.date) -> Iterator[Row]:
    """Each thing that is still to be done: the operator, then page by page, then number by number."""
    if not library.site.operator:
        yield "site.toml", "name the operator", "nobody is named"
    if not library.site.contact_email:
        yield "site.toml", "name an address for the site", "there is none"
    signed = {signoff.subject for signoff in library.signoffs}
    for page in library.pages:
        if page.path not in signed:
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
            if channel.id not in signed:
                yield f"number {channel.id}", "sign", channel.value


def as_table(rows: list[Row]) -> str:
    """The rows as a Markdown table, with how many there are."""
    lines = [f"{len(rows)} things stand between this content and a public launch.", ""]
    lines += ["| about | to do | today |", "|---|---|---|"]
    lines += ["| " + " | ".join(cell.replace("|", "/") for cell in row) + " |" for row in rows]
    return "\n".join(lines)
