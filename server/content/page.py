"""What people read: pages and notices, each with its front matter and the blocks of its body."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Literal

from pydantic import Field

from server.content.contact import Audience
from server.content.record import Record, Slug, Text

Kind = Literal[
    "page",
    "home",
    "area",
    "areas",
    "signs",
    "help",
    "neutral",
    "quiz",
    "situations",
    "what-happens",
    "search",
    "print",
    "poster",
    "sheet",
    "all-areas",
    "show",
    "ready",
    "clear",
    "settings",
    "save",
    "news",
]


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
    door: Text | None = None
    """What the home page's door to this page says, in the words of who goes through it."""
    app: Slug | None = None
    """The name this page saves the site under (pages of the kind "save" below `/save`)."""
    numbers: dict[Slug, Text] = Field(default_factory=dict)
    """Contacts whose first number stands large here, each with the words beside it: what is printed or handed over."""
    summary: Text | None = None
    """One line for the card that leads here from the page above."""
    order: int = 100
    reviewed: datetime.date
    check_again: datetime.date | None = None
    """The day a fact on the page may have expired: `check` warns from then on."""
    sources: tuple[Text, ...] = ()
    keywords: str = ""
    """Everyday words people would type to find the page, misspelt ones too."""


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


class NoticeMeta(Record):
    """The front matter of a notice. What a lock screen shows holds none of it."""

    title: Text
    areas: tuple[Slug, ...] = ()
    """The areas it concerns; empty: all of them."""
    audiences: tuple[Audience | Literal["everyone"], ...] = Field(min_length=1)
    begins: datetime.date = Field(alias="from")
    ends: datetime.date = Field(alias="until")
    """The last day on which it is true."""
    sources: tuple[Text, ...] = ()


class Notice(Record):
    """Something that changed: shown on the site, and sent as its id alone to those who asked to be told."""

    id: Slug
    """The file's name: an editor's name for it, and all that is ever sent of it."""
    meta: NoticeMeta
    blocks: tuple[Block, ...]
    file: Path

    def holds_on(self, day: datetime.date) -> bool:
        return self.meta.begins <= day <= self.meta.ends
