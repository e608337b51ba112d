"""Corrections pressed into pages, as `corrections.js` applies them on a phone: for readers without scripts.

Replaced numbers are in the library already (`corrected`); here withdrawn ones lose their links and their codes, and
every corrected number gets its sentence. The words are those of `corrections.js`.
"""

from __future__ import annotations

import datetime
import re
from typing import Any

from markupsafe import Markup

from server.content.corrected import Told
from server.content.corrections import Banner
from server.content.model import Page

GONE = "This number is no longer in use."
NEW = "This number has changed."


def amend(html: str, told: Told) -> str:
    """A page with the corrections in force."""
    for number, now in told.items():
        gone = not (now.get("stays") or "href" in now)
        if gone:
            html = re.sub(rf'<svg\b[^>]* data-number="{number}".*?</svg>', "", html, flags=re.DOTALL)
        link = re.compile(rf'(<a\b[^>]*?)( href="[^"]*")([^>]* data-number="{number}"[^>]*>.*?</a>)', re.DOTALL)
        # What is put in is no pattern: a backslash in a note stays one.
        parts = link.split(html)
        html = parts[0]
        for start, href, rest, after in zip(parts[1::4], parts[2::4], parts[3::4], parts[4::4], strict=True):
            html += start + ("" if gone else href) + rest + _words(now) + after
    return html


def announce(html: str, banner: Banner | None, page: Page, today: datetime.date) -> str:
    """A page with the urgent banner at its top, while that holds and unless the page is another area's."""
    if not banner or not (banner.start or today) <= today <= banner.until:
        return html
    if page.meta.area and banner.area and page.meta.area != banner.area:
        return html
    line = Markup('<p id="urgent" role="alert">{}</p>').format(banner.text)
    return re.sub(r'<main id="main"[^>]*>', lambda m: m[0] + line, html, count=1)


def _words(now: dict[str, Any]) -> str:
    """The sentence that stands below a corrected number."""
    first = "" if now.get("stays") else NEW if "href" in now else GONE
    words = Markup('<p class="corrected">{}').format(" ".join(filter(None, (first, now.get("note")))))
    if isinstance(instead := now.get("instead"), list):
        number, name, href, shown = instead
        words += Markup(' Instead: <a href="{}" data-number="{}">{} <b>{}</b></a>').format(href, number, name, shown)
    return words + Markup("</p>")
