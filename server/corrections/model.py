"""The records of `corrections.toml`: what has changed about numbers that phones may have saved, and the banner.

A correction stays in the file across releases, for as long as a phone may still show the number that it corrects.
"""

import datetime
import json
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from server.content.record import Record, Slug, Text

FILE = "corrections.toml"
SIGNED = "corrections.json"
"""The signed copy that phones get. It is stored beside `FILE`, so serving the site needs no private key."""
HISTORY = "corrections-before"
"""The folder with earlier versions of both files, named after their sequence number: `0003.toml`, `0003.json`."""
HIGHEST_SEQ = 2**53 - 1
"""The largest integer that JavaScript represents exactly."""

Note = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Key = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9+/]{87}=$")]
"""A P-256 public key: the uncompressed point in base64."""


class Correction(Record):
    """A number that is withdrawn, replaced, or gets a note."""

    number: Slug
    """The number's id in the content."""
    withdrawn: bool = False
    replaced_by: Text | None = None
    """The new number of the same service."""
    note: Note | None = None
    """A sentence shown below the number."""
    start: datetime.date | None = Field(None, alias="from")
    """The first day on which it applies; absent: at once."""

    @model_validator(mode="after")
    def _check_effect(self) -> Self:
        if self.withdrawn and self.replaced_by:
            raise ValueError("a number is withdrawn or replaced, not both: leave one out")
        if not (self.withdrawn or self.replaced_by or self.note):
            raise ValueError("a correction has to do something: write withdrawn = true, replaced_by or note")
        return self


class Banner(Record):
    """An urgent sentence at the top of every page, or of one area's pages."""

    text: Note
    start: datetime.date | None = Field(None, alias="from")
    until: datetime.date
    """The last day on which it is shown."""
    area: Slug | None = None
    """Absent: everywhere. Otherwise it is hidden from people who chose another area."""

    @model_validator(mode="after")
    def _check_dates(self) -> Self:
        if self.start and self.start > self.until:
            raise ValueError("until lies before from: correct one of the dates")
        return self

    def holds_on(self, day: datetime.date) -> bool:
        return (self.start or day) <= day <= self.until


class Corrections(Record):
    """The whole of `corrections.toml`."""

    seq: int = Field(0, ge=0, le=HIGHEST_SEQ)
    """Raised by each change: a phone ignores corrections with a lower number than the ones it has."""
    correction: tuple[Correction, ...] = ()
    banner: Banner | None = None


def signed_seq(signed: str) -> int:
    """The sequence number in a signed text; 0 if the text can't be read."""
    try:
        seq = json.loads(signed)["seq"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return 0
    return seq if type(seq) is int else 0
