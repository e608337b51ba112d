"""A contact: who can be reached, how, when, and how far the sources go.

A number is checked here; where it came from is data (`Source`), and what a page says of its dates is `site/render.py`.
"""

from __future__ import annotations

import datetime
import re
from enum import StrEnum
from typing import Annotated, Any, Literal

import phonenumbers
from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, field_validator, model_validator

from server.content.hours import read_week
from server.content.record import Record, Slug, Text

# Short codes that `phonenumbers` does not hold as ordinary UK numbers.
SHORT_CODES = frozenset({"999", "101", "18000", "116000", "116123", "85258", "61016"})


def _partial_date(value: str) -> str:
    if not re.fullmatch(r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?", value):
        raise ValueError("write it as 2024, 2024-06 or 2024-06-17")
    return value


PartialDate = Annotated[str, AfterValidator(_partial_date)]
"""A date as exact as its source shows it: year, year and month, or the day."""


def digits(number: str) -> str:
    """The digits of a number as a phone dials them: `"0800 1111"` gives `"08001111"`."""
    return re.sub(r"\D", "", number)


class Confidence(StrEnum):
    """How far the published sources agree (`facts/`): never raised without a source."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


def _confidence(value: Any) -> Confidence:
    """In TOML it is a text."""
    try:
        return Confidence(value)
    except ValueError:
        raise ValueError(f"'{value}' can't stand here: write {', '.join(Confidence)}") from None


Sureness = Annotated[Confidence, BeforeValidator(_confidence)]
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
    confidence: Sureness
    opening_hours: Text | None = None
    """The same as data, in OSM's syntax (`hours.py`): only where the words say it without a doubt."""
    outside: Slug | None = None
    """Instead: the contact in whose closed hours somebody answers here."""

    @field_validator("opening_hours")
    @classmethod
    def _can_be_read(cls, text: str | None) -> str | None:
        if text:
            read_week(text)
        return text

    @model_validator(mode="after")
    def _said_once(self) -> Hours:
        if self.opening_hours and self.outside:
            raise ValueError("opening_hours and outside say the same in two ways: leave one out")
        return self


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
    confidence: Sureness | None = None
    """Only where this way is less certain than the contact as a whole."""

    @property
    def dialled(self) -> str:
        """The digits a phone dials."""
        return digits(self.value)

    @property
    def international(self) -> str:
        """What a phone with any country's card dials: `+44…`, or a short code as it is."""
        if self.dialled in SHORT_CODES:
            return self.dialled
        number = phonenumbers.parse(self.dialled, "GB")
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)

    @property
    def is_web(self) -> bool:
        """Whether the button opens a page of somebody else's."""
        return self.value.startswith("https://")

    @property
    def shown(self) -> str:
        """A number as it is written, a web address as people read it: its host, the path being behind the link."""
        return self.value.split("/")[2].removeprefix("www.") if self.is_web else self.value

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

    @field_validator("value")
    @classmethod
    def _value_fits_kind(cls, value: str, info: ValidationInfo) -> str:
        kind = info.data.get("kind")
        if kind in ("phone", "text", "relay"):
            _require_uk_number(value, relay=kind == "relay")
        elif kind == "email":
            if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[a-z]+", value):
                raise ValueError(f"'{value}' is not an e-mail address")
        elif kind and not re.fullmatch(r"https://[a-z0-9.-]+\.[a-z]+(/\S*)?", value):
            raise ValueError(f"'{value}' is not a web address: write it in full, with https://")
        return value

    @field_validator("body")
    @classmethod
    def _body_is_for_a_text(cls, body: str | None, info: ValidationInfo) -> str | None:
        if body and info.data.get("kind") != "text":
            raise ValueError("body is for a text only")
        return body


def is_answered(way: Channel) -> bool:
    """Whether a person answers at once there, and so at certain hours."""
    return way.kind in ("phone", "text", "chat")


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
    anonymous: Text | None = None
    """Whether a person can stay unnamed, and its limits: only where a source says so."""
    without_credit: Text | None = None
    """Whether it works with no credit on the phone: only where a source says so."""
    languages: Text | None = None
    doubt: Text | None = None
    """A conflict or a doubt of the sources, in words a reader understands."""
    sources: tuple[Source, ...] = Field(min_length=1)
    found: datetime.date
    """The day its published sources were read."""
    check_again: datetime.date | None = None
    """The day a fact of it may have expired (a contract's end, a promised change): `check` warns from then on."""
    confirmed: datetime.date | None = None
    """The day a person rang or checked it live. Filled in only by who did it."""
    confidence: Sureness

    @property
    def looked_at(self) -> datetime.date:
        """The last day on which somebody read its sources or rang it."""
        return max(self.found, self.confirmed or self.found)

    @property
    def calls(self) -> tuple[Channel, ...]:
        """The numbers to ring, the first one first."""
        return tuple(channel for channel in self.channels if channel.kind == "phone")

    @property
    def hours_unknown(self) -> bool:
        """Somebody answers at certain hours, and no source says which."""
        return (
            self.hours is None and not any(way.hours for way in self.channels) and any(map(is_answered, self.channels))
        )

    def way_unknown(self, way: Channel) -> bool:
        """This way alone is without hours: other ways of the contact have their own."""
        return is_answered(way) and not (way.hours or self.hours or self.hours_unknown)
