"""Filters of templates that put the content's values into words: dates, hours, confidence, audiences, channels."""

import datetime
from collections.abc import Sequence

from server.content.contact import Channel, Confidence, Contact, Hours
from server.content.page import Notice
from server.content.site_text import Area


def day(date: datetime.date | str) -> str:
    """A date in words, as exact as it is: "23 November 2026", "June 2024", "2024"."""
    if isinstance(date, str):
        if len(date) == len("2024"):
            return date
        if len(date) == len("2024-06"):
            return f"{datetime.date.fromisoformat(f'{date}-01'):%B %Y}"
        date = datetime.date.fromisoformat(date)
    return f"{date.day} {date:%B %Y}"


def opening(hours: Hours) -> str:
    """Hours in words, with a warning unless the sources are certain."""
    return hours.words if hours.confidence is Confidence.HIGH else f"Published hours suggest: {hours.words}"


def doubted(confidence: Confidence) -> str:
    """How far to trust a number, in plain words."""
    return {
        Confidence.HIGH: "Published sources agree on this.",
        Confidence.MEDIUM: "One good source gives this, or an official page that may be old.",
        Confidence.LOW: "The source of this is old or unclear, so it may have changed.",
    }[confidence]


def dated(contacts: Sequence[Contact]) -> str:
    """When contacts were found, or confirmed by phone, in one line."""
    confirmed = [contact.confirmed for contact in contacts if contact.confirmed]
    if len(confirmed) == len(contacts):
        return f"Confirmed by phone {_days(confirmed)}."
    still = "Not all of them are confirmed by phone yet." if confirmed else "Not yet confirmed by phone."
    return f"Found in published sources {_days([contact.found for contact in contacts])}. {still}"


def _days(dates: Sequence[datetime.date]) -> str:
    first, last = min(dates), max(dates)
    return f"on {day(first)}" if first == last else f"between {day(first)} and {day(last)}"


def people(audiences: Sequence[str]) -> str:
    """Audiences as a list in words: "parents and professionals"."""
    words = [audience.replace("-", " ") for audience in audiences]
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def concerns(notice: Notice, areas: Sequence[Area]) -> str:
    """Whom a notice is for, and where: "Shropshire. For parents"."""
    names = [area.name for area in areas if area.slug in notice.meta.areas] or ["All four areas"]
    readers = [audience for audience in notice.meta.audiences if audience != "everyone"]
    return ", ".join(names) + (f". For {people(readers)}" if readers else "")


def action(channel: Channel) -> str:
    """The words on a channel's button, without the number itself."""
    words = {
        "phone": "Call",
        "text": "Text",
        "chat": "Chat online",
        "web": "Website",
        "email": "Email",
        "bsl": "Sign language (BSL)",
        "relay": "Text relay",
        "form": "Online form",
        "app": "App",
    }
    return channel.label or words[channel.kind]
