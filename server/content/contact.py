"""A contact: a service that people can reach, with its channels, opening hours and sources."""

import datetime
import re
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

import phonenumbers
from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, field_validator, model_validator

from server.content.hours import read_week
from server.content.record import Record, Slug, Text

SHORT_CODES = frozenset({"999", "101", "18000", "116000", "116123", "85258", "61016"})
"""Valid numbers that the library `phonenumbers` doesn't recognise as UK numbers."""


def _partial_date(value: str) -> str:
    if not re.fullmatch(r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?", value):
        raise ValueError("write it as 2024, 2024-06 or 2024-06-17")
    return value


PartialDate = Annotated[str, AfterValidator(_partial_date)]
"""A date as exact as its source gives it: a year, a month or a day."""


def digits(number: str) -> str:
    """The digits of a number as a phone dials them: `"0800 1111"` gives `"08001111"`."""
    return re.sub(r"\D", "", number)


class Confidence(StrEnum):
    """How far the published sources agree. It is raised only when a source supports it."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


def _confidence(value: Any) -> Confidence:
    """The confidence that a TOML text names. Raises `ValueError`."""
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
"""The heading under which a page lists a contact, in the order of the page."""


class Hours(Record):
    """When somebody answers. For a contact without it, pages say that no source gives the hours."""

    words: Text
    confidence: Sureness
    opening_hours: Text | None = None
    """The same hours in OSM's syntax (`hours.py`), only if `words` states them unambiguously."""
    outside: Slug | None = None
    """Instead of `opening_hours`: the id of another contact. Somebody answers here whenever that one is closed."""

    @field_validator("opening_hours")
    @classmethod
    def _check_opening_hours(cls, text: str | None) -> str | None:
        if text:
            read_week(text)
        return text

    @model_validator(mode="after")
    def _check_one_form(self) -> Self:
        if self.opening_hours and self.outside:
            raise ValueError("opening_hours and outside say the same in two ways: leave one out")
        return self


class Channel(Record):
    """One way to reach a contact: a number, a chat, a web page. Corrections refer to it by its `id`."""

    id: Slug
    kind: ChannelKind
    value: Text
    """A number as people write it, an e-mail address, or a web address that starts with https://."""
    label: Text | None = None
    """The words on the button, if the usual ones for the kind aren't enough ("Call, option 1")."""
    body: Literal["SHOUT", "register"] | None = None
    """The word that a text message must start with, if the service needs one."""
    audiences: tuple[Audience, ...] = ()
    """Only if the channel is for fewer audiences than the contact."""
    hours: Hours | None = None
    cost: Text | None = None
    bill: Text | None = None
    """Whether it appears on a phone bill; only if a source says so."""
    note: Text | None = None
    confidence: Sureness | None = None
    """Only if it is lower than the contact's."""

    @property
    def dialled(self) -> str:
        """The digits to dial."""
        return digits(self.value)

    @property
    def international(self) -> str:
        """What a phone with a foreign SIM card dials: `+44…`, or a short code as it is."""
        if self.dialled in SHORT_CODES:
            return self.dialled
        number = phonenumbers.parse(self.dialled, "GB")
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)

    @property
    def is_web(self) -> bool:
        """Whether the button opens a page of another site."""
        return self.value.startswith("https://")

    @property
    def shown(self) -> str:
        """What people read: the number as written, or only the host of a web address."""
        return self.value.split("/")[2].removeprefix("www.") if self.is_web else self.value

    @property
    def href(self) -> str:
        """The button's link: `tel:`, `sms:`, `mailto:`, or the web address."""
        if self.kind in ("phone", "relay"):
            return f"tel:{self.dialled}"
        if self.kind == "text":
            return f"sms:{self.dialled}" + (f"?&body={self.body}" if self.body else "")
        if self.kind == "email":
            return f"mailto:{self.value}"
        return self.value

    @field_validator("value")
    @classmethod
    def _check_value(cls, value: str, info: ValidationInfo) -> str:
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
    def _check_body(cls, body: str | None, info: ValidationInfo) -> str | None:
        if body and info.data.get("kind") != "text":
            raise ValueError("body is for a text only")
        return body


def is_answered(channel: Channel) -> bool:
    """Whether a person answers directly, and therefore only at certain hours."""
    return channel.kind in ("phone", "text", "chat")


def _require_uk_number(value: str, *, relay: bool) -> None:
    if not re.fullmatch(r"[0-9 ]+", value):
        raise ValueError(f"'{value}' is not a phone number: digits and spaces only, with no +44")
    number = digits(value)
    if relay and number not in ("18000", "18001101"):
        raise ValueError(f"'{value}' is not a relay number: 18000, or 18001 and the number")
    is_valid = relay or number in SHORT_CODES or phonenumbers.is_valid_number(phonenumbers.parse(number, "GB"))
    if not is_valid:
        raise ValueError(f"'{value}' is not a UK phone number: compare it with the source, digit by digit")


class Source(Record):
    """A published page from which a fact was read, as an archived copy. `Contact.found` is the day of reading."""

    page: Text
    """Its address as published, with or without https://."""
    date: PartialDate | None = None
    """The date that the page itself shows, if any."""


class Contact(Record):
    """A service that people can reach, with everything that pages say about it."""

    id: Slug
    name: Text
    purpose: Text
    """What it is for, in one or two short sentences."""
    group: Group
    areas: tuple[Slug, ...] = ()
    """Empty: national. In an area's file, the area is the default."""
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
    """Whether people can stay anonymous, and the limits; only if a source says so."""
    without_credit: Text | None = None
    """Whether it works without credit on the phone; only if a source says so."""
    languages: Text | None = None
    doubt: Text | None = None
    """A contradiction or a doubt in the sources, in words for readers."""
    sources: tuple[Source, ...] = Field(min_length=1)
    found: datetime.date
    """The day on which its published sources were read."""
    check_again: datetime.date | None = None
    """The day from which a fact may be out of date, such as the end of a contract: `check` warns from then on."""
    confirmed: datetime.date | None = None
    """The day on which a person rang or otherwise tried it. Only that person fills it in."""
    confidence: Sureness

    @property
    def looked_at(self) -> datetime.date:
        """The last day on which its sources were read or somebody confirmed it."""
        return max(self.found, self.confirmed or self.found)

    @property
    def calls(self) -> tuple[Channel, ...]:
        """The phone channels, in order."""
        return tuple(channel for channel in self.channels if channel.kind == "phone")

    @property
    def hours_unknown(self) -> bool:
        """Whether somebody answers at certain hours, but no source says which."""
        has_hours = self.hours or any(channel.hours for channel in self.channels)
        return not has_hours and any(map(is_answered, self.channels))

    def channel_hours_unknown(self, channel: Channel) -> bool:
        """Whether the hours of this channel are unknown while other channels of the contact have their own."""
        return is_answered(channel) and not (channel.hours or self.hours or self.hours_unknown)
