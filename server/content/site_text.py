"""The records of `site.toml`: names, areas and settings of the site as a whole."""

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
    """The id of the contact to ring in office hours; `out_of_hours` is for all other times."""
    out_of_hours: Slug


class AppName(Record):
    """A name under which the site can be saved: true, but unremarkable to anyone who looks at the phone."""

    slug: Literal["app", "my-area", "local-info"]
    """Part of the file names of its manifest and its icons (`web/icons/`). "app" is the site's own name."""
    name: Text
    start: Text
    """The path of the page with which it opens."""

    @property
    def manifest(self) -> str:
        return "/manifest.json" if self.slug == "app" else f"/manifest-{self.slug}.json"

    @property
    def id(self) -> str:
        """The manifest's `id`. It isn't `start`, because two names may open with the same page."""
        return "/" if self.slug == "app" else f"/{self.slug}"


def _exit_url(text: str) -> str:
    try:
        if text != "none" and not text.startswith("https://"):
            raise ValueError("not https")
        return parse_exit_url(text)
    except ValueError:
        raise ValueError(f"'{text}' is not where leaving can end: write an https:// address in full, or none") from None


class SiteText(Record):
    """The whole of `site.toml`."""

    name: Text
    tagline: Text
    description: Text
    neutral_title: Text
    operator: str
    """Who runs the site. While it is empty, the site is a preview."""
    contact_email: str
    sources_read_as: Text | None = None
    """Words between "Sources were read" and the date, such as "as archived copies"."""
    exit_url: Annotated[str, AfterValidator(_exit_url)]
    correction_keys: tuple[Key, ...] = Field((), max_length=2)
    """The public keys for corrections: one, or two while the key is being changed (`docs/security.md`)."""
    names: tuple[AppName, ...] = Field(min_length=1)
    areas: tuple[Area, ...] = Field(min_length=1)
