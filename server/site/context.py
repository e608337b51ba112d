"""What the steps of a build share, worked out once."""

import datetime
import hashlib
from typing import Any, Final

from server.cache import CacheFolder
from server.content.model import Library
from server.corrections.state import apply_corrections, in_force
from server.settings import Settings
from server.site import policy, qr
from server.site.assets import Assets
from server.site.calendar import cached_bank_holidays, make_calendar
from server.site.page_cache import PageCache
from server.site.render import RELEASE, Renderer
from server.site.resource import Cache, Headers, Resource
from server.site.search import WORD_ENDINGS

HTML = "text/html; charset=utf-8"


class BuildContext:
    """The library, the settings and what several steps of a build need of them. Nothing in it changes."""

    def __init__(self, library: Library, settings: Settings, today: datetime.date, cache: CacheFolder) -> None:
        """The context of a build as of `today`. Its `library` has every replaced number in place."""
        self.library: Final = apply_corrections(library, today)
        self.settings: Final = settings
        exit_url = settings.exit_url or library.site.exit_url
        self.destination: Final = "/neutral" if exit_url == "none" else exit_url
        """Where leaving leads: an address outside the site, or `/neutral`."""
        newest_fact = max(contact.looked_at for contact in self.library.contacts)
        self.built: Final = max(newest_fact, *(page.meta.reviewed for page in library.pages))
        """The newest day among the facts."""
        self.clearing: Final = (policy.CLEAR_SAVED,) if settings.kill_switch == "all" else ()
        """What the kill switch adds to the headers of pages and of the worker."""
        bank_holidays = cached_bank_holidays(cache)
        self.assets: Final = Assets(
            [name.slug for name in library.site.names],
            {"where.json": library.where.data.encode(), "qr.json": qr.pack_codes(self.library.contacts, cache)},
            cache,
            neutral_title=library.site.neutral_title,
            mark_seconds=policy.EXIT_MARKER_SECONDS,
            destination=self.destination,
            newest_fact=newest_fact.isoformat(),
            correction_keys=library.site.correction_keys,
            saves=settings.kill_switch == "off",
            bank_holidays=[int(f"{date:%Y%m%d}") for date, _ in bank_holidays],
            word_endings=WORD_ENDINGS,
        )
        assets = self.assets
        self.site_policy: Final = policy.site_policy(assets.first, (assets.style, assets.emergency_style))
        self.neutral_policy: Final = policy.neutral_policy(assets.neutral, assets.style, self.destination)
        calendar = make_calendar(library.site.areas, bank_holidays)
        corrections = in_force(library, today)
        renderer = Renderer(self.library, assets, calendar, corrections, str(settings.origin), today)
        self.html: Final = PageCache(renderer, cache)

    def headers(self, cache: Cache, csp: str | None = None, path: str | None = None) -> Headers:
        """All headers of an answer except those about its body; `path` is the page's, if it is one."""
        return policy.answer_headers(
            cache, csp or self.site_policy, hsts=self.settings.hsts, preview=not self.library.launched, path=path
        )

    def resource(
        self, path: str, content_type: str, body: str | bytes, cache: Cache, headers: Headers | None = None, **more: Any
    ) -> Resource:
        """A resource with the usual headers, unless it has `headers` of its own."""
        data = body.encode() if isinstance(body, str) else body
        return Resource(path, content_type, data, cache, self.headers(cache) if headers is None else headers, **more)

    def page(self, path: str, html: str, headers: Headers | None = None, **more: Any) -> Resource:
        """The resource of a page's HTML."""
        headers = headers or (*self.headers(Cache.NEVER, path=path), *self.clearing)
        return self.resource(path, HTML, with_release(html), Cache.NEVER, headers, **more)


def with_release(html: str) -> str:
    """A page with its own hash as its release, so that an edit changes no other page."""
    return html.replace(RELEASE, hashlib.sha256(html.encode()).hexdigest()[:12])
