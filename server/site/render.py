"""From a page of the library to its HTML."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import jinja2
from markdown_it import MarkdownIt
from markupsafe import Markup

from server.content.contact import Confidence, Contact, Hours
from server.content.hours import outside, packed, read_week
from server.content.model import Library
from server.content.page import Block, Notice, Page
from server.content.site_text import Area
from server.site.assets import WEB, Assets
from server.site.phrases import (
    action,
    concerns,
    dated,
    dated_together,
    day,
    doubted,
    opening,
    people,
)
from server.site.prints import Prints
from server.site.search import search_words
from server.site.sections import site_map

GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Who to call here", ("social-care", "out-of-hours", "early-help")),
    ("Police", ("police", "emergency")),
    ("Support", ("exploitation", "support", "talk", "specialist")),
    ("Medical help and sexual health", ("medical", "health")),
    ("For professionals", ("professionals", "partnership", "report", "online")),
)
"""How an area's contacts stand on its page: heading, and the groups under it."""

RELEASE = "@release@"
"""Stands in a page for its own release, which is a hash of the page."""

WITH_ORIGIN = ("poster", "sheet", "show")
"""The kinds of page that show the site's own address, in words or as a code."""

_WITH_WAYS = ("area", "all-areas")
"""The kinds of page that show numbers as buttons, whatever stands in their text."""

_ANSWERED = ("phone", "text", "chat", "bsl", "relay")

_OPTIONAL_END = re.compile(
    r"</(?:li|dt|dd)>(?=\s*<(?:li|dt|dd|/ul|/ol|/dl)\b)"
    r"|</p>(?=\s*<(?:p|ul|ol|div|dl|h[1-6]|section|article|details|footer|nav|table|/div|/main|/section|/article)\b)"
)
"""End tags that HTML lets be left out, since what follows implies them (its standard, "Optional tags"): 0.8 KB less."""

_markdown = MarkdownIt("commonmark", {"html": False})


def prose(text: str) -> Markup:
    """Markdown as HTML; each h2 gets an id made of its words. HTML in the source stays text."""
    tokens = _markdown.parse(text)
    for position, token in enumerate(tokens):
        if token.type == "heading_open":
            token.attrSet("id", heading_id(tokens[position + 1].content))
    return Markup(_markdown.renderer.render(tokens, _markdown.options, {}))


def parts(text: str) -> list[str]:
    """Markdown cut before each h2 and at each rule: the pieces of a sheet that is cut or filled in."""
    return [part for part in re.split(r"^(?=## )|^---$", text, flags=re.MULTILINE) if part.strip()]


def heading_id(words: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")


def inline(text: str) -> Markup:
    return Markup(_markdown.renderInline(text))


class Renderer:
    """Holds what all pages share; `page()` gives one page's HTML."""

    def __init__(self, library: Library, assets: Assets, origin: str, today: datetime.date) -> None:
        self.library = library
        self._assets = assets
        self._origin = origin
        self._notices = [notice for notice in library.notices if notice.holds_on(today)]
        self._by_path = {page.path: page for page in library.pages}
        # Headings that a page links to from elsewhere. An id that nothing leads to would only be weight.
        self._goals = {
            goal
            for written in library.texts
            for block in written.blocks
            for goal in re.findall(r"#([a-z0-9-]+)\)", block.text)
        }

    @cached_property
    def _environment(self) -> jinja2.Environment:
        """Made when the first page is rendered: where every page is remembered, none is needed."""
        library, assets = self.library, self._assets
        environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(WEB / "templates"),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        filters: dict[str, Callable[..., Any]] = {
            "prose": prose,
            "inline": inline,
            "day": day,
            "parts": parts,
            "slug": heading_id,
            "search_words": search_words,
            "opening": opening,
            "doubted": doubted,
            "dated": dated,
            "dated_together": dated_together,
            "people": people,
            "concerns": concerns,
            "action": action,
            "shown_address": lambda channel: channel.shown,
        }
        environment.filters |= filters
        environment.globals |= {
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
            "has_ways": lambda page: (
                page.meta.kind in _WITH_WAYS or any(block.contacts for block in self._blocks(page))
            ),
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
        return environment

    def page(self, page: Page, **extra: Any) -> str:
        """A page's HTML by its kind's template; `extra` is what only that kind needs."""
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
            **extra,
        )

    def shared(self) -> tuple[str, ...]:
        """All that every page may show beside itself and the library. With the same, two renderers render alike."""
        return (
            repr(self._assets.inline),
            json.dumps(sorted(asset.url for asset in self._assets.files.values())),
            json.dumps([notice.id for notice in self._notices]),
            json.dumps(sorted(self._goals)),
        )

    def special(self, page: Page) -> tuple[str, ...]:
        """What pages of this kind alone show beside that."""
        neutral = self._assets.neutral if page.meta.kind == "neutral" else ""
        return neutral, self._origin if page.meta.kind in WITH_ORIGIN else ""

    def template(self, name: str, **values: Any) -> str:
        """Renders a template that isn't a content page (404, 405, emergency)."""
        html = self._environment.get_template(name).render(values)
        html = re.sub(r'<h2 id="([^"]*)"', lambda found: found[0] if self._led_to(found[1], html) else "<h2", html)
        return re.sub(r"\n\s*\n+", "\n", _OPTIONAL_END.sub("", html)).strip() + "\n"

    def _led_to(self, goal: str, html: str) -> bool:
        """Whether a link or a label names the heading, on the page itself or from another one."""
        return goal in self._goals or f'#{goal}"' in html or html.count(f'"{goal}"') > 1

    def _hours(self, hours: Hours | None) -> str | None:
        """The hours as the phone's script reads them; None where they are in words alone, or unknown.

        Hours outside another's are as sure as the less sure of the two.
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
        """The notices in force, newest first: all of them, or on an area's page those that concern it."""
        return [n for n in self._notices if not (page.meta.area and n.meta.areas) or page.meta.area in n.meta.areas]

    def _blocks(self, page: Page) -> list[Block]:
        """All that stands on the page, the notices on `/news` too."""
        told = self._notices if page.meta.kind == "news" else ()
        return [block for text in (page, *told) for block in text.blocks]

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
