"""`site.toml`: what is true of the site as a whole."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from server.content.record import Record, Slug, Text
from server.corrections.model import Key
from server.origin import parse_exit_url


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
    front_door: Slug
    """The contact to ring in office hours, and `out_of_hours` the one at all other times."""
    out_of_hours: Slug


class AppName(Record):
    """A name the site can be saved under: true, and dull to whoever looks at the phone."""

    slug: Literal["app", "my-area", "local-info"]
    """Stands in the name of its manifest and its drawings (`web/icons/`); the first one is the site's own, "app"."""
    name: Text
    start: Text
    """The page it opens with."""

    @property
    def manifest(self) -> str:
        return "/manifest.json" if self.slug == "app" else f"/manifest-{self.slug}.json"

    @property
    def id(self) -> str:
        """What a browser tells installed apps apart by. Two names may open with the same page, so it isn't `start`."""
        return "/" if self.slug == "app" else f"/{self.slug}"


def _exit_url(text: str) -> str:
    try:
        if text != "none" and not text.startswith("https://"):
            raise ValueError("not https")
        return parse_exit_url(text)
    except ValueError:
        raise ValueError(f"'{text}' is not where leaving can end: write an https:// address in full, or none") from None


class SiteText(Record):
    """`site.toml`: what is true of the site as a whole."""

    name: Text
    tagline: Text
    description: Text
    neutral_title: Text
    operator: str
    """Who runs the site. Empty until somebody does: until then the site is a preview."""
    contact_email: str
    sources_read_as: Text | None = None
    """What a page says after "Sources were read", before the day."""
    exit_url: Annotated[str, AfterValidator(_exit_url)]
    correction_keys: tuple[Key, ...] = Field((), max_length=2)
    """Who may sign corrections: one key in use and, while it is changed, the one after it (`docs/security.md`)."""
    names: tuple[AppName, ...] = Field(min_length=1)
    areas: tuple[Area, ...] = Field(min_length=1)
