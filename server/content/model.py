"""What the content is: typed, frozen records, one for each thing an editor may write.

Nothing here reads files or knows of pages as HTML; `reader.py` fills these, `checks.py` judges what no schema can.
"""

from __future__ import annotations

import datetime
import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

import phonenumbers
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

# Short codes that `phonenumbers` does not hold as ordinary UK numbers.
SHORT_CODES = frozenset({"999", "101", "18000", "116000", "116123", "85258", "61016"})

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


def _partial_date(value: str) -> str:
    if not re.fullmatch(r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?", value):
        raise ValueError("write it as 2024, 2024-06 or 2024-06-17")
    return value


PartialDate = Annotated[str, AfterValidator(_partial_date)]
"""A date as exact as its source shows it: year, year and month, or the day."""


def digits(number: str) -> str:
    """The digits of a number as a phone dials them: `"0800 1111"` gives `"08001111"`."""
    return re.sub(r"\D", "", number)


class Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Confidence(StrEnum):
    """How far the published sources agree (`facts/`): never raised without a source."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


Audience = Literal["young-people", "parents", "professionals", "businesses", "adults"]
ChannelKind = Literal["phone", "text", "chat", "web", "email", "bsl", "relay", "form", "app"]
Group = Literal[
    "emergency",
    "social-care",
    "out-of-hours",
    "early-help",
    "police",
    "exploitation",
    "medical",
    "support",
    "talk",
    "online",
    "report",
    "specialist",
    "health",
    "professionals",
    "partnership",
]
"""Where a contact stands on a page, in this order."""


class Hours(Record):
    """When somebody answers. Absent means that no source says: the page then says so."""

    words: Text
    confidence: Confidence


class Channel(Record):
    """One way to reach a contact. `id` is the number's id, the one that corrections name."""

    id: Slug
    kind: ChannelKind
    value: Text
    """The number as people write it, an e-mail address, or a web address that starts with https://."""
    label: Text | None = None
    """Words for the button where the kind alone doesn't say enough ("Call, option 1")."""
    body: Literal["SHOUT", "register"] | None = None
    """The one word a text has to start with, where the service needs one."""
    audiences: tuple[Audience, ...] = ()
    """Only where this way is for fewer people than the contact itself."""
    hours: Hours | None = None
    cost: Text | None = None
    bill: Text | None = None
    """Whether it shows on a bill: only where a source says so."""
    note: Text | None = None
    confidence: Confidence | None = None
    """Only where this way is less certain than the contact as a whole."""

    @property
    def dialled(self) -> str:
        """The digits a phone dials."""
        return digits(self.value)

    @property
    def href(self) -> str:
        """Where the button leads: `tel:`, `sms:`, `mailto:` or the address itself."""
        if self.kind in ("phone", "relay"):
            return f"tel:{self.dialled}"
        if self.kind == "text":
            return f"sms:{self.dialled}" + (f"?&body={self.body}" if self.body else "")
        if self.kind == "email":
            return f"mailto:{self.value}"
        return self.value

    @model_validator(mode="after")
    def _value_fits_kind(self) -> Channel:
        if self.kind in ("phone", "text", "relay"):
            _require_uk_number(self.value, relay=self.kind == "relay")
        elif self.kind == "email":
            if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[a-z]+", self.value):
                raise ValueError(f"'{self.value}' is not an e-mail address")
        elif not re.fullmatch(r"https://[a-z0-9.-]+\.[a-z]+(/\S*)?", self.value):
            raise ValueError(f"'{self.value}' is not a web address: write it in full, with https://")
        if self.body and self.kind != "text":
            raise ValueError("body is for a text only")
        return self


def _require_uk_number(value: str, *, relay: bool) -> None:
    if not re.fullmatch(r"[0-9 ]+", value):
        raise ValueError(f"'{value}' is not a phone number: digits and spaces only, with no +44")
    number = digits(value)
    if relay:
        if number in ("18000", "18001101"):
            return
        raise ValueError(f"'{value}' is not a relay number: 18000, or 18001 and the number")
    if number in SHORT_CODES:
        return
    if not phonenumbers.is_valid_number(phonenumbers.parse(number, "GB")):
        raise ValueError(f"'{value}' is not a UK phone number: compare it with the source, digit by digit")


class Source(Record):
    """A published page that a fact was read from (an archived copy; `found` says when it was read)."""

    page: Text
    """The address as the facts give it, without https:// where they give none."""
    date: PartialDate | None = None
    """`source_date`: the date the source itself shows, and only where it shows one."""


class Contact(Record):
    """A service a person can reach, with everything the page says of it."""

    id: Slug
    name: Text
    purpose: Text
    """What it is for, in one or two short sentences."""
    group: Group
    areas: tuple[Slug, ...] = ()
    """Empty: national. Files of one area need not say it."""
    audiences: tuple[Audience, ...]
    ages: Text | None = None
    channels: tuple[Channel, ...] = Field(min_length=1)
    hours: Hours | None = None
    cost: Text | None = None
    who_answers: Text | None = None
    first_questions: Text | None = None
    what_happens: Text | None = None
    who_is_told: Text | None = None
    languages: Text | None = None
    doubt: Text | None = None
    """A conflict or a doubt of the sources, in words a reader understands."""
    sources: tuple[Source, ...] = Field(min_length=1)
    found: datetime.date
    """The day its published sources were read."""
    confirmed: datetime.date | None = None
    """The day a person rang or checked it live. Filled in only by who did it."""
    confidence: Confidence


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


class NeverUse(Record):
    """A word that is never used, with the idea to use instead and where that comes from."""

    words: tuple[Text, ...] = Field(min_length=1)
    instead: Text
    source: Text


class Words(Record):
    """The guard words: `never` anywhere, `title` in titles and addresses that must stay neutral."""

    never: tuple[NeverUse, ...]
    title: tuple[Text, ...]


class Town(Record):
    name: Text
    latitude: float = Field(ge=49, le=61)
    longitude: float = Field(ge=-9, le=3)


class Area(Record):
    slug: Slug
    name: Text
    council: Text
    town: Town
    """The town whose sunrise and sunset `/neutral` shows."""


class SiteText(Record):
    """`site.toml`: what is true of the site as a whole."""

    name: Text
    tagline: Text
    description: Text
    neutral_title: Text
    operator: str
    """Who runs the site. Empty until somebody does: until then the site is a preview."""
    contact_email: str
    exit_url: Annotated[str, StringConstraints(pattern=r"^(none|https://\S+)$")]
    areas: tuple[Area, ...] = Field(min_length=1)


class SignOff(Record):
    subject: Text
    """A page's path or a number's id."""
    by: Text
    role: Text
    date: datetime.date


Kind = Literal["page", "home", "area", "areas", "signs", "help", "neutral"]


class Block(Record):
    """A part of a page's body: Markdown, or a list of contacts put there by `{{ contacts: id, id }}`."""

    kind: Literal["prose", "contacts"]
    line: int
    text: str = ""
    contacts: tuple[Slug, ...] = ()


class PageMeta(Record):
    """The front matter of a page. `title` is the tab's and stays neutral; `heading` is the page's own."""

    title: Text
    heading: Text
    description: Text
    kind: Kind = "page"
    audience: Audience | Literal["everyone"] = "everyone"
    area: Slug | None = None
    summary: Text | None = None
    """One line for the card that leads here from the page above."""
    order: int = 100
    reviewed: datetime.date
    sources: tuple[Text, ...] = ()


class Page(Record):
    path: str
    meta: PageMeta
    blocks: tuple[Block, ...]
    file: Path

    @property
    def parent(self) -> str:
        """The page above: `/help/talk` gives `/help`, `/help` gives `/`."""
        return self.path.rsplit("/", 1)[0] or "/"

    @property
    def plainly_titled(self) -> bool:
        """Only here may titles and addresses name the subject (`leaving.md`)."""
        return self.path.split("/")[1] in ("professionals", "businesses")


class Library(Record):
    """All the content, read and valid."""

    root: Path
    site: SiteText
    contacts: tuple[Contact, ...]
    signs: tuple[SignGroup, ...]
    words: Words
    signoffs: tuple[SignOff, ...]
    pages: tuple[Page, ...]

    @property
    def launched(self) -> bool:
        """False while nobody has named the operator and signed: then the site is a preview."""
        return bool(self.site.operator and self.signoffs)

    def contact(self, contact_id: str) -> Contact:
        return next(contact for contact in self.contacts if contact.id == contact_id)
