"""The base class of the content's records, and the types of their fields."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class Record(BaseModel):
    """A frozen record that rejects unknown fields, since they are misspellings."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)
