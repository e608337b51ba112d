"""What falls due by a day: the lines of a cron job's mail."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from server.content.bank_holidays import PUBLISHED_TO, RAISE_BY
from server.content.checks import STALE_AFTER
from server.content.model import Library

CONFIRM_WITHIN = datetime.timedelta(days=30)
"""After it was found, somebody should have rung it."""
WARN_BEFORE = datetime.timedelta(days=2)
"""Of a banner's end: somebody must decide whether it goes on."""

Due = tuple[datetime.date, str, str]
"""The day it fell due, what it is about, and what is to be done."""


def falling_due(library: Library, on: datetime.date) -> list[Due]:
    """Everything that is due on the day `on`, the longest overdue first."""
    return sorted(due for due in _facts(library) if due[0] <= on)


def _facts(library: Library) -> Iterator[Due]:
    how = f"known to {PUBLISHED_TO}: add the years that gov.uk/bank-holidays has since published (CONTRIBUTING.md)"
    yield RAISE_BY, "bank holidays", how
    for contact in library.contacts:
        about = f"contact {contact.id}"
        yield contact.looked_at + STALE_AFTER, about, f"read its sources again: last looked at on {contact.looked_at}"
        if not contact.confirmed:
            yield contact.found + CONFIRM_WITHIN, about, f"ring it: found on {contact.found}, never confirmed"
        if contact.check_again:
            yield contact.check_again, about, "a fact of it may have expired"
    for page in library.pages:
        if page.meta.check_again:
            yield page.meta.check_again, f"page {page.path}", "a fact on it may have expired"
    if banner := library.corrections.banner:
        due = banner.until - WARN_BEFORE
        yield due, "banner", f"ends after {banner.until}: write it anew, or take it out with --drop banner"
