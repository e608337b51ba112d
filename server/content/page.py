"""Pages and notices: their front matter, and the blocks of their body."""

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
    """A part of a body: Markdown, or the contacts of a line `{{ contacts: id, id }}`."""

    kind: Literal["prose", "contacts"]
    line: int
    text: str = ""
    contacts: tuple[Slug, ...] = ()


class PageMeta(Record):
    """The front matter of a page. `title` is shown in the browser's tab and stays neutral; `heading` needn't."""

    title: Text
    heading: Text
    description: Text
    kind: Kind = "page"
    audience: Audience | Literal["everyone"] = "everyone"
    area: Slug | None = None
    door: Text | None = None
    """The text of the link to this page on the home page, in its readers' words."""
    app: Slug | None = None
    """The name under which this page saves the site (pages of the kind "save" below `/save`)."""
    numbers: dict[Slug, Text] = Field(default_factory=dict)
    """The contacts whose first number is shown large, with the words beside it: for posters and cards."""
    summary: Text | None = None
    """A line for the link to this page on its parent page."""
    order: int = 100
    reviewed: datetime.date
    check_again: datetime.date | None = None
    """The day from which a fact on the page may be out of date: `check` warns from then on."""
    sources: tuple[Text, ...] = ()
    keywords: str = ""
    """Everyday words that people may type to find the page, including misspelt ones."""


class Page(Record):
    path: str
    meta: PageMeta
    blocks: tuple[Block, ...]
    file: Path

    @property
    def parent(self) -> str:
        """The path of the parent page: `/help` for `/help/talk`, `/` for `/help`."""
        return self.path.rsplit("/", 1)[0] or "/"

    @property
    def plainly_titled(self) -> bool:
        """Whether title and address may name the subject (`docs/leaving.md`)."""
        return self.path.split("/")[1] in ("professionals", "businesses")


class NoticeMeta(Record):
    """The front matter of a notice. A lock screen never shows any of it."""

    title: Text
    areas: tuple[Slug, ...] = ()
    """The areas that it concerns; empty: all of them."""
    audiences: tuple[Audience | Literal["everyone"], ...] = Field(min_length=1)
    begins: datetime.date = Field(alias="from")
    ends: datetime.date = Field(alias="until")
    """The last day on which it holds."""
    sources: tuple[Text, ...] = ()


class Notice(Record):
    """News: shown on the site, and announced to subscribers by a message that holds only its id."""

    id: Slug
    """The name of its file."""
    meta: NoticeMeta
    blocks: tuple[Block, ...]
    file: Path

    def holds_on(self, day: datetime.date) -> bool:
        return self.meta.begins <= day <= self.meta.ends
