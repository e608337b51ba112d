"""What has changed about a number since the release that a phone may still have: `corrections.toml`.

A correction outlives releases: it stays in the file as long as a phone may have the number that it corrects.
"""

from __future__ import annotations

import datetime
import json
from typing import Annotated

from pydantic import Field, StringConstraints, model_validator

from server.content.record import Record, Slug, Text

FILE = "corrections.toml"
SIGNED = "corrections.json"
"""What phones get, signed: stands beside `FILE`, so that serving needs no private key."""
HISTORY = "corrections-before"
"""The folder with what stood in both files before, by its sequence: `0003.toml`, `0003.json`."""
HIGHEST_SEQ = 2**53 - 1
"""A phone's script tells larger numbers apart no more."""

Note = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Key = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9+/]{87}=$")]
"""A public key, P-256: its point, uncompressed, in base64."""


class Correction(Record):
    """One number that is withdrawn, replaced or needs a word said."""

    number: Slug
    """The number's id, as the content has it."""
    withdrawn: bool = False
    replaced_by: Text | None = None
    """What to call instead of the old number, at the same service."""
    note: Note | None = None
    """A sentence that stands below the number."""
    start: datetime.date | None = Field(None, alias="from")
    """The day from which it holds; absent: at once."""

    @model_validator(mode="after")
    def _says_one_thing(self) -> Correction:
        if self.withdrawn and self.replaced_by:
            raise ValueError("a number is withdrawn or replaced, not both: leave one out")
        if not (self.withdrawn or self.replaced_by or self.note):
            raise ValueError("a correction has to do something: write withdrawn = true, replaced_by or note")
        return self


class Banner(Record):
    """An urgent sentence at the top of every page, or of those of one area."""

    text: Note
    start: datetime.date | None = Field(None, alias="from")
    until: datetime.date
    """The last day on which it is shown."""
    area: Slug | None = None
    """Absent: everywhere. Otherwise it is not shown to whoever chose another area."""

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Banner:
        if self.start and self.start > self.until:
            raise ValueError("until lies before from: correct one of the dates")
        return self

    def holds_on(self, day: datetime.date) -> bool:
        return (self.start or day) <= day <= self.until


class Corrections(Record):
    """All of `corrections.toml`."""

    seq: int = Field(0, ge=0, le=HIGHEST_SEQ)
    """Grows with each change: a phone never goes back to a lower one."""
    correction: tuple[Correction, ...] = ()
    banner: Banner | None = None


def signed_seq(signed: str) -> int:
    """The sequence in what was signed; 0 where it is nothing that can be read."""
    try:
        seq = json.loads(signed)["seq"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return 0
    return seq if type(seq) is int else 0
