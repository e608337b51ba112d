"""Renders pages as HTML with the templates of `web/templates`."""

import datetime
import json
import re
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from itertools import chain
from typing import Any

import jinja2
from markupsafe import Markup, escape

from server.content.contact import Confidence, Contact, Hours
from server.content.hours import outside, packed, read_week
from server.content.model import Library
from server.content.page import Block, Notice, Page
from server.content.site_text import Area
from server.corrections.model import Banner
from server.corrections.state import NumberStates, is_withdrawn
from server.site.assets import WEB, Assets
from server.site.calendar import Calendar
from server.site.markdown import heading_id, inline, parts, prose
from server.site.phrases import action, concerns, dated, day, doubted, opening, people
from server.site.prints import Prints
from server.site.search import search_words, site_map

GROUPS = (
    ("Who to call here", ("social-care", "out-of-hours", "early-help")),
    ("Police", ("police", "emergency")),
    ("Support", ("exploitation", "support", "talk", "specialist")),
    ("Medical help and sexual health", ("medical", "health")),
    ("For professionals", ("professionals", "partnership", "report", "online")),
)
"""The headings on an area's page, each with the groups of contacts below it."""

RELEASE = "@release@"
"""Placeholder for the release of a page, which is its hash."""

WITH_ORIGIN = ("poster", "sheet", "show")
"""The kinds of page that show the site's own address, in words or as a QR code."""

_WITH_WAYS = ("area", "all-areas")
"""The kinds of page that always show numbers as buttons."""

_ANSWERED = ("phone", "text", "chat", "bsl", "relay")

_CUT = "\0"
"""Placeholder for a number in the emergency page. No content has this character."""

_FILTERS: tuple[Callable[..., Any], ...] = (
    *(inline, parts, search_words),
    *(action, concerns, dated, day, doubted, opening, people),
)
"""Functions that templates use as filters, under their own names."""

Part = str | dict[str, str]
"""A part of the emergency page: HTML, or a number (`Renderer.emergency`)."""


class Renderer:
    """Renders the pages of one library as they are on one day."""

    def __init__(
        self,
        library: Library,
        assets: Assets,
        calendar: Calendar,
        corrections: NumberStates,
        origin: str,
        today: datetime.date,
    ) -> None:
        """`library` has its replaced numbers in place (`apply_corrections`); `corrections` are those in force."""
        self.library = library
        self.corrections = corrections
        self._assets = assets
        self._calendar = calendar
        self._origin = origin
        self._notices = [notice for notice in library.notices if notice.holds_on(today)]
        banner = library.corrections.banner
        self._banner = banner if banner and banner.holds_on(today) else None
        self._by_path = {page.path: page for page in library.pages}
        self._link_targets = {
            target
            for written in library.texts
            for block in written.blocks
            for target in re.findall(r"#([a-z0-9-]+)\)", block.text)
        }

    @cached_property
    def _environment(self) -> jinja2.Environment:
        """Created when the first page is rendered: a build that finds all pages in the cache needs none."""
        environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(WEB / "templates"),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            auto_reload=False,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        filters: dict[str, Callable[..., Any]] = {function.__name__: function for function in _FILTERS}
        environment.filters |= filters | {"prose": lambda text: prose(text, self._link_targets), "slug": heading_id}
        environment.globals |= self._globals()
        return environment

    def _globals(self) -> dict[str, Any]:
        """What every template may use."""
        library, assets = self.library, self._assets
        return {
            "site": library.site,
            "app": library.site.names[0],
            "preview": not library.launched,
            "some_confirmed": any(contact.confirmed for contact in library.contacts),
            "release": RELEASE,
            "style": Markup(assets.style),
            "first": Markup(assets.first),
            "neutral": Markup(assets.neutral),
            "emergency_style": Markup(assets.emergency_style),
            "asset": assets.url,
            "drawing": lambda name: Markup(assets.drawings[name]),
            "contact": library.contact,
            "every_contact": library.contacts,
            "has_ways": self._has_ways,
            "banner": None,
            "corrections": self.corrections,
            "withdrawn": lambda number_id: is_withdrawn(self.corrections.get(number_id)),
            "notices": self._notices_for,
            "prints": Prints(library, self._origin),
            "signs": library.signs,
            "quiz": library.quiz,
            "situations": library.situations,
            "area_map": library.where.map,
            "reachable": [c for c in library.contacts if any(w.kind in _ANSWERED for w in c.channels)],
            "site_map": site_map(library.pages),
            "cards": self._cards,
            "hours": self._hours,
            "children": self._children,
        }

    def page(self, page: Page) -> str:
        """A page's HTML by its kind's template."""
        extra: dict[str, Any] = {}
        if page.meta.kind == "neutral":
            extra["calendar"] = self._calendar
        if page.meta.app:
            extra["app"] = next(name for name in self.library.site.names if name.slug == page.meta.app)
        if page.meta.area:
            area = next(area for area in self.library.site.areas if area.slug == page.meta.area)
            extra |= {"area": area, "groups": self._groups(area)}
        shown = [contact for _, group in extra.get("groups", ()) for contact in group]
        shown += [self.library.contact(name) for block in self._blocks(page) for name in block.contacts]
        extra["timed"] = any(self._hours(each.hours) is not None for c in shown for each in (c, *c.channels))
        return self.template(
            f"{page.meta.kind}.html",
            page=page,
            meta=page.meta,
            parent=self._by_path.get(page.parent),
            banner=self.banner(page),
            **extra,
        )

    def template(self, name: str, **values: Any) -> str:
        """Renders a template that isn't a content page (404, 405, emergency)."""
        lines = self._environment.get_template(name).render(values).strip().split("\n")
        return "\n".join(line for line in lines if line.strip()) + "\n"

    def emergency(self) -> list[Part]:
        """The emergency page in parts: HTML, and between it the numbers, which the worker draws.

        A number has `id`, `href`, `shown` and, if the page shows a name before it, `name`, all escaped for HTML.
        """
        numbers: list[dict[str, str]] = []

        def cut(number_id: str, href: str, shown: str, name: str = "") -> str:
            fields = {"id": number_id, "href": href, "shown": shown, "name": name}
            numbers.append({key: str(escape(value)) for key, value in fields.items() if value})
            return _CUT

        first, *rest = self.template("emergency.html", cut=cut).replace("\n", " ").split(_CUT)
        between: Iterable[Part] = chain.from_iterable(zip(numbers, rest, strict=True))
        return [first, *between]

    def banner(self, page: Page) -> Banner | None:
        """The urgent banner in force; None on the page of an area that it isn't for."""
        if self._banner and page.meta.area and self._banner.area not in (None, page.meta.area):
            return None
        return self._banner

    def shared(self) -> tuple[str, ...]:
        """What any page may show besides its own text, the library and the corrections, for the cache's hash."""
        assets = self._assets
        return (
            repr((assets.style, assets.first, assets.emergency_style, sorted(assets.drawings.items()))),
            json.dumps(sorted(asset.url for asset in assets.files.values())),
            json.dumps([notice.id for notice in self._notices]),
            json.dumps(sorted(self._link_targets)),
        )

    def special(self, page: Page) -> tuple[str, ...]:
        """What only pages of this kind show besides that, for the cache's hash."""
        neutral = (self._assets.neutral, repr(self._calendar)) if page.meta.kind == "neutral" else ()
        return (*neutral, self._origin if page.meta.kind in WITH_ORIGIN else "")

    def _has_ways(self, page: Page) -> bool:
        """Whether the page shows numbers as buttons."""
        return page.meta.kind in _WITH_WAYS or any(block.contacts for block in self._blocks(page))

    def _hours(self, hours: Hours | None) -> str | None:
        """The hours as `hours.js` reads them; None if they are only in words, or unknown.

        Hours that are given as outside another contact's are sure only if the hours of both contacts are.
        """
        if hours and hours.outside:
            other = self.library.contact(hours.outside).hours
            if other and other.opening_hours:
                sure = {hours.confidence, other.confidence} == {Confidence.HIGH}
                return packed(outside(read_week(other.opening_hours)), sure=sure)
        if hours and hours.opening_hours:
            return packed(read_week(hours.opening_hours), sure=hours.confidence is Confidence.HIGH)
        return None

    def _notices_for(self, page: Page) -> list[Notice]:
        """The notices in force, newest first; on an area's page only those for it."""
        return [n for n in self._notices if not (page.meta.area and n.meta.areas) or page.meta.area in n.meta.areas]

    def _blocks(self, page: Page) -> list[Block]:
        """The blocks of the page's text and, on `/news`, of the notices."""
        notices = self._notices if page.meta.kind == "news" else ()
        return [block for text in (page, *notices) for block in text.blocks]

    def _cards(self, paths: Sequence[str]) -> list[Page]:
        return [self._by_path[path] for path in paths if path in self._by_path]

    def _children(self, page: Page) -> list[Page]:
        below = [each for each in self.library.pages if each.parent == page.path != "/"]
        return sorted(below, key=lambda each: (each.meta.order, each.path))

    def _groups(self, area: Area) -> list[tuple[str, list[Contact]]]:
        here = [contact for contact in self.library.contacts if area.slug in contact.areas]
        grouped = [
            (title, [contact for group in groups for contact in here if contact.group == group])
            for title, groups in GROUPS
        ]
        return [(title, contacts) for title, contacts in grouped if contacts]
