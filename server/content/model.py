"""The content as frozen, typed records. `reader.py` reads them from files, and `checks.py` checks them as a whole."""

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
    """A sign of exploitation, in the words for each group of readers."""

    you: Text
    child: Text
    professional: Text


class SignGroup(Record):
    id: Slug
    title: Text
    next: Text
    """What to do about it: the last paragraph of the group, in Markdown."""
    signs: tuple[Sign, ...] = Field(min_length=1)


class QuizItem(Record):
    """A statement that people may believe, whether it is true, and why. The quiz has no score and stores nothing."""

    id: Slug
    statement: Text
    """A statement, not a question."""
    answer: Literal["fact", "myth"]
    why: Text
    common: Text | None = None
    """Why so many people believe the myth."""
    next: Text
    """Where to go next: a sentence in Markdown, with a link."""
    audience: Literal["everyone", "professionals"] = "everyone"
    sources: tuple[Text, ...] = Field(min_length=1)


class Situation(Record):
    """Something that may happen to a young person; unlike a quiz item, it has no right answer."""

    id: Slug
    title: Text
    """What happens, in the young person's words."""
    may_be: Text
    """What it may be, and that it isn't their fault, in Markdown."""
    next: Text
    """A next step other than calling the police, in Markdown with a link."""


class NeverUse(Record):
    """Words that are never used, what to write instead, and the source of that advice."""

    words: tuple[Text, ...] = Field(min_length=1)
    instead: Text
    source: Text
    audiences: tuple[Audience, ...] = ()
    """The audiences whose pages it binds; empty: all of them."""


class Words(Record):
    """Words that content may not use: `never` anywhere, `title` in titles and addresses that must stay neutral."""

    never: tuple[NeverUse, ...] = Field(min_length=1)
    title: tuple[Text, ...] = Field(min_length=1)


class SignOff(Record):
    """A person's statement that a page or a number is right."""

    subject: Text
    """A page's path or a number's id."""
    by: Text
    role: Text
    date: datetime.date


class DrawnArea(Record):
    """An area's shape on the small map."""

    d: str = Field(pattern=r"^m[\d -]+z$")
    """Its outline as an SVG path."""
    x: int
    y: int
    """The position of its name."""


class AreaMap(Record):
    width: int
    height: int
    areas: dict[str, DrawnArea]
    """By slug."""


class Where(Record):
    """The generated data that finds the area of a postcode, a position or a place (`tellsomeone where build`)."""

    data: str
    """`postcodes`, `positions` and `places`, as the JSON text that phones get."""
    map: AreaMap


class Library(Record):
    """The whole content."""

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
    """Newest first, including those that are over: a page shows only those for its day."""
    where: Where
    corrections: Corrections = Corrections()
    signed: str = ""
    """The signed text of the corrections, as phones get it; empty if nothing was signed."""

    @property
    def texts(self) -> tuple[Page | Notice, ...]:
        """Everything that is written in Markdown."""
        return (*self.pages, *self.notices)

    @property
    def unsigned(self) -> frozenset[str]:
        """The pages, by path, and the numbers, by id, that nobody has signed off since they were last reviewed."""
        since = {page.path: page.meta.reviewed for page in self.pages}
        since |= {channel.id: datetime.date.min for contact in self.contacts for channel in contact.channels}
        past = [signoff for signoff in self.signoffs if signoff.date <= clock.today()]
        return frozenset(since) - {each.subject for each in past if each.date >= since.get(each.subject, each.date)}

    @property
    def launched(self) -> bool:
        """Whether everything is done that people have to do before a launch. Until then the site is a preview.

        `check --launch` lists what is missing. A fact that is due to be checked again doesn't make the site a preview.
        """
        return bool(
            self.site.operator
            and self.site.contact_email
            and not self.unsigned
            and all(contact.confirmed and not contact.doubt for contact in self.contacts)
        )

    def contact(self, contact_id: str) -> Contact:
        return next(contact for contact in self.contacts if contact.id == contact_id)
