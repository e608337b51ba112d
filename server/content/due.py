"""Upkeep that is due by a day, for the editors: `tellsomeone check --due`, run by cron, mails them this list."""

import datetime
from collections.abc import Iterator

from server.content.bank_holidays import PUBLISHED_TO, RAISE_BY
from server.content.checks import STALE_AFTER
from server.content.model import Library

CONFIRM_WITHIN = datetime.timedelta(days=30)
"""After its sources were read, somebody should ring a contact within this time."""
WARN_BEFORE = datetime.timedelta(days=2)
"""How long before a banner ends somebody has to decide whether to extend it."""

Due = tuple[datetime.date, str, str]
"""The day on which a task is due, what it is about, and what to do."""


def due_by(library: Library, day: datetime.date) -> list[Due]:
    """The tasks that are due on `day` or before, the longest overdue first."""
    return sorted(task for task in _tasks(library) if task[0] <= day)


def _tasks(library: Library) -> Iterator[Due]:
    extend = f"known to {PUBLISHED_TO}: add the years that gov.uk/bank-holidays has since published (CONTRIBUTING.md)"
    yield RAISE_BY, "bank holidays", extend
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
        decide = f"ends after {banner.until}: write a new one, or end it with --drop banner"
        yield banner.until - WARN_BEFORE, "banner", decide
