"""What the content is: typed, frozen records, one for each thing an editor may write.

Nothing here reads files or knows of pages as HTML; `reader.py` fills these, `checks.py` judges what no schema can.
"""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from server.content.contact import Audience, Contact
from server.content.corrections import Corrections, Key
from server.content.record import Record, Slug, Text


class Sign(Record):
    """One thing people notice, worded for who reads it."""

    you: Text
    child: Text
    professional: Text


class SignGroup(Record):
    id: Slug
    title: Text
    next: Text
    """What to do about it (Markdown, one paragraph): every group ends in this."""
    signs: tuple[Sign, ...] = Field(min_length=1)


class QuizItem(Record):
    """A statement people believe or doubt, with the answer and why. No score, nothing kept."""

    id: Slug
    statement: Text
    """A plain statement, with no question mark."""
    answer: Literal["fact", "myth"]
    why: Text
    common: Text | None = None
    """Why so many people believe the myth."""
    next: Text
    """Where to go from here (Markdown, one sentence with a link)."""
    audience: Literal["everyone", "professionals"] = "everyone"
    sources: tuple[Text, ...] = Field(min_length=1)


class Situation(Record):
    """Something that happens to a young person, without a right or a wrong answer."""

    id: Slug
    title: Text
    """What happens, in the words of who it happens to."""
    may_be: Text
    """What it may be, and that it is not their fault (Markdown)."""
    next: Text
    """A next step that is not the police first (Markdown, with a link)."""


class NeverUse(Record):
    """A word that is never used, with the idea to use instead and where that comes from."""

    words: tuple[Text, ...] = Field(min_length=1)
    instead: Text
    source: Text
    audiences: tuple[Audience, ...] = ()
    """Only on the pages of these readers; empty: nowhere at all."""


class Words(Record):
    """The guard words: `never` anywhere, `title` in titles and addresses that must stay neutral."""

    never: tuple[NeverUse, ...]
    title: tuple[Text, ...]


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

    slug: Slug
    """Stands in the name of its manifest and its drawing; the first one is the site's own."""
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


class SiteText(Record):
    """`site.toml`: what is true of the site as a whole."""

    name: Text
    tagline: Text
    description: Text
    neutral_title: Text
    operator: str
    """Who runs the site. Empty until somebody does: until then the site is a preview."""
    contact_email: str
    exit_url: Annotated[str, StringConstraints(pattern=r"^(none|https://[A-Za-z0-9.-]+(:\d+)?(/[\w./~?&=%+-]*)?)$")]
    correction_keys: tuple[Key, ...] = Field((), max_length=2)
    """Who may sign corrections: one key in use and, while it is changed, the one after it (`docs/security.md`)."""
    names: tuple[AppName, ...] = Field(min_length=1)
    areas: tuple[Area, ...] = Field(min_length=1)


class SignOff(Record):
    subject: Text
    """A page's path or a number's id."""
    by: Text
    role: Text
    date: datetime.date


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


class DrawnArea(Record):
    """An area on the small map."""

    d: str = Field(pattern=r"^m[\d -]+z$")
    """Its outline as an SVG path."""
    x: int
    y: int
    """Its middle, for its name."""


class AreaMap(Record):
    width: int
    height: int
    areas: dict[str, DrawnArea]
    """By slug."""


class Where(Record):
    """What `tellsomeone where build` made: which area a postcode, a position or a place is in."""

    data: str
    """What a phone gets, as one JSON text: `postcodes`, `positions` and `places`."""
    map: AreaMap


class Library(Record):
    """All the content, read and valid."""

    root: Path
    site: SiteText
    contacts: tuple[Contact, ...]
    signs: tuple[SignGroup, ...]
    quiz: tuple[QuizItem, ...]
    situations: tuple[Situation, ...]
    words: Words
    signoffs: tuple[SignOff, ...]
    pages: tuple[Page, ...]
    notices: tuple[Notice, ...] = ()
    """Newest first, those that are over too: who shows them looks at the day."""
    where: Where
    corrections: Corrections = Corrections()
    signed: str = ""
    """The corrections as phones get them, with their signature; empty where none were signed."""

    @property
    def texts(self) -> tuple[Page | Notice, ...]:
        """All that is written in Markdown."""
        return (*self.pages, *self.notices)

    @property
    def launched(self) -> bool:
        """False while nobody has named the operator and signed: then the site is a preview."""
        return bool(self.site.operator and self.signoffs)

    def contact(self, contact_id: str) -> Contact:
        return next(contact for contact in self.contacts if contact.id == contact_id)
