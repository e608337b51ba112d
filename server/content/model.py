"""What the content is: typed, frozen records, one for each thing an editor may write.

Nothing here reads files or knows of pages as HTML; `reader.py` fills these, `checks.py` judges what no schema can.
"""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Literal

from pydantic import Field

from server import clock
from server.content.contact import Audience, Contact
from server.content.page import Notice, Page
from server.content.record import Record, Slug, Text
from server.content.site_text import SiteText
from server.corrections.model import Corrections


class Sign(Record):
    """One thing people notice, worded for who reads it."""

    you: Text
    child: Text
    professional: Text


class SignGroup(Record):
    id: Slug
    title: Text
    next: Text
    """What to do about it (Markdown, one paragraph): every group ends in this."""
    signs: tuple[Sign, ...] = Field(min_length=1)


class QuizItem(Record):
    """A statement people believe or doubt, with the answer and why. No score, nothing kept."""

    id: Slug
    statement: Text
    """A plain statement, with no question mark."""
    answer: Literal["fact", "myth"]
    why: Text
    common: Text | None = None
    """Why so many people believe the myth."""
    next: Text
    """Where to go from here (Markdown, one sentence with a link)."""
    audience: Literal["everyone", "professionals"] = "everyone"
    sources: tuple[Text, ...] = Field(min_length=1)


class Situation(Record):
    """Something that happens to a young person, without a right or a wrong answer."""

    id: Slug
    title: Text
    """What happens, in the words of who it happens to."""
    may_be: Text
    """What it may be, and that it is not their fault (Markdown)."""
    next: Text
    """A next step that is not the police first (Markdown, with a link)."""


class NeverUse(Record):
    """A word that is never used, with the idea to use instead and where that comes from."""

    words: tuple[Text, ...] = Field(min_length=1)
    instead: Text
    source: Text
    audiences: tuple[Audience, ...] = ()
    """Only on the pages of these readers; empty: nowhere at all."""


class Words(Record):
    """The guard words: `never` anywhere, `title` in titles and addresses that must stay neutral."""

    never: tuple[NeverUse, ...] = Field(min_length=1)
    title: tuple[Text, ...] = Field(min_length=1)


class SignOff(Record):
    subject: Text
    """A page's path or a number's id."""
    by: Text
    role: Text
    date: datetime.date


class DrawnArea(Record):
    """An area on the small map."""

    d: str = Field(pattern=r"^m[\d -]+z$")
    """Its outline as an SVG path."""
    x: int
    y: int
    """Its middle, for its name."""


class AreaMap(Record):
    width: int
    height: int
    areas: dict[str, DrawnArea]
    """By slug."""


class Where(Record):
    """What `tellsomeone where build` made: which area a postcode, a position or a place is in."""

    data: str
    """What a phone gets, as one JSON text: `postcodes`, `positions` and `places`."""
    map: AreaMap


class Library(Record):
    """All the content, read and valid."""

    root: Path
    site: SiteText
    contacts: tuple[Contact, ...]
    signs: tuple[SignGroup, ...]
    quiz: tuple[QuizItem, ...]
    situations: tuple[Situation, ...]
    words: Words
    signoffs: tuple[SignOff, ...]
    pages: tuple[Page, ...]
    notices: tuple[Notice, ...] = ()
    """Newest first, those that are over too: who shows them looks at the day."""
    where: Where
    corrections: Corrections = Corrections()
    signed: str = ""
    """The corrections as phones get them, with their signature; empty where none were signed."""

    @property
    def texts(self) -> tuple[Page | Notice, ...]:
        """All that is written in Markdown."""
        return (*self.pages, *self.notices)

    @property
    def unsigned(self) -> frozenset[str]:
        """Addresses of pages nobody has signed since they were last read against their sources; ids of numbers."""
        past = [signoff for signoff in self.signoffs if signoff.date <= clock.today()]
        signed = {signoff.subject: signoff.date for signoff in sorted(past, key=lambda signoff: signoff.date)}
        wanted = {page.path: page.meta.reviewed for page in self.pages}
        wanted |= {way.id: datetime.date.min for contact in self.contacts for way in contact.channels}
        return frozenset(name for name, day in wanted.items() if name not in signed or signed[name] < day)

    @property
    def launched(self) -> bool:
        """False while anything is missing that a person has to do once: then the site is a preview.

        `check --launch` lists it. A fact that is to be looked at again by a day doesn't make a preview of the site.
        """
        return bool(
            self.site.operator
            and self.site.contact_email
            and not self.unsigned
            and all(contact.confirmed and not contact.doubt for contact in self.contacts)
        )

    def contact(self, contact_id: str) -> Contact:
        return next(contact for contact in self.contacts if contact.id == contact_id)
