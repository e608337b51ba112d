"""What every record of the content is made of."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class Record(BaseModel):
    """Frozen, and closed: a field nobody knows is a misspelling."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)
