"""Corrections pressed into pages, as `corrections.js` applies them on a phone: for readers without scripts.

Replaced numbers are in the library already (`corrected`); here withdrawn ones lose their links and their codes, and
every corrected number gets its words.
"""

from __future__ import annotations

import datetime
import re
from typing import Any

from markupsafe import Markup

from server.content.page import Page
from server.corrections.model import Banner
from server.corrections.state import NumberStates


def amend(html: str, told: NumberStates) -> str:
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
    line = Markup('<p id="urgent" class="banner" role="alert">{}</p>').format(banner.text)
    return re.sub(r'<main id="main"[^>]*>', lambda m: f"{m[0]}{line}", html, count=1)


def _words(now: dict[str, Any]) -> str:
    """What stands below a corrected number."""
    words = Markup('<p class="corrected">{}').format(now["note"])
    if instead := now.get("instead"):
        number, name, href, shown = instead
        words += Markup(' Instead: <a href="{}" data-number="{}">{} <b>{}</b></a>').format(href, number, name, shown)
    return f"{words}</p>"
