"""Builds a `Site` from a `Library`: each page's HTML, then the release, the packs and the worker made of them."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from server import addresses, clock
from server.cache import CacheFolder, digest
from server.content.model import Library
from server.content.page import Page
from server.corrections.state import NumberStates, apply_corrections, corrections_json, in_force
from server.settings import Settings
from server.site import metadata, policy, qr
from server.site.amend import amend, announce
from server.site.assets import Assets, fill, load_assets
from server.site.calendar import BankHolidays, make_calendar, remembered_bank_holidays
from server.site.pack import make_pack
from server.site.page_cache import PageCache
from server.site.render import RELEASE, Renderer
from server.site.resource import Cache, Header, Leaving, Resource, Site

HTML = "text/html; charset=utf-8"
SCRIPT = "text/javascript; charset=utf-8"
TEXT = "text/plain; charset=utf-8"
JSON = "application/json"
LANGUAGE = "en"
HEADERS_TAKE = 2048
"""Bytes that a phone keeps for each answer beside its body, and some more."""
NOT_FOUND = {
    "title": "Page not found",
    "heading": "There is no page here",
    "words": "The address may be old or have a letter wrong.",
}
NOT_ALLOWED = {
    "title": "Not possible",
    "heading": "That can't be done here",
    "words": "This address only shows a page. It takes nothing in.",
}
FINDING = ("where.json", "where.js", "finder.js")
"""What goes into the pack `where`: all that finding an area takes."""


@dataclass(frozen=True)
class _Basis:
    """What every step of a build rests on."""

    library: Library
    """With the corrections of the day."""
    settings: Settings
    today: datetime.date
    built: datetime.date
    corrections: NumberStates
    """In force today."""
    assets: Assets
    bank_holidays: BankHolidays
    destination: str
    neutral_policy: str
    site_policy: str
    rendered: PageCache

    def headers(self, cache: Cache, csp: str | None = None, path: str | None = None) -> tuple[Header, ...]:
        preview = not self.library.launched
        return policy.answer_headers(
            cache, csp or self.site_policy, hsts=self.settings.hsts, preview=preview, path=path
        )

    @property
    def clearing(self) -> tuple[Header, ...]:
        """What the kill switch adds to pages and to the worker."""
        return (policy.CLEAR_SAVED,) if self.settings.kill_switch == "all" else ()

    def resource(self, path: str, content_type: str, body: str | bytes, cache: Cache, **more: Any) -> Resource:
        data = body.encode() if isinstance(body, str) else body
        return Resource(path, content_type, data, cache, more.pop("headers", self.headers(cache)), **more)

    def html(self, path: str, text: str, **more: Any) -> Resource:
        headers = more.pop("headers", (*self.headers(Cache.NEVER, path=path), *self.clearing))
        return self.resource(path, HTML, _with_release(text), Cache.NEVER, headers=headers, **more)


def build_site(library: Library, settings: Settings, today: datetime.date | None = None) -> Site:
    """The site of a library as it is on the day `today` (default: this day in London), not yet compressed.

    The same library and settings give the same bytes on every day, until a dated fact changes
    (`server.content.dated_facts`). What an earlier build rendered is taken from the settings' cache.
    """
    cache = CacheFolder(settings.cache / "html")
    basis = _basis(library, settings, today or clock.today(), cache)
    drafts = {page.path: _draft(basis, page) for page in library.pages}
    emergency = amend(basis.rendered.template("emergency.html"), basis.corrections).replace("\n", " ")
    release = _release((*drafts.values(), emergency, basis.neutral_policy, repr(basis.headers(Cache.NEVER))), basis)

    neutral = _neutral(basis, drafts.pop("/neutral"))
    pages = [basis.html(path, text, is_page=True) for path, text in drafts.items()]
    files = [
        basis.resource(asset.url, asset.content_type, asset.body, Cache.FOREVER)
        for asset in basis.assets.files.values()
    ]
    finding = [file for file in files if file.path in [basis.assets.url(name) for name in FINDING]]
    saved = [*pages, neutral, *(file for file in files if file.is_text and file not in finding)]
    packs = _packs(basis, release, saved, finding)
    worker = _worker(basis, release, [*saved, *finding], packs.values(), emergency)
    every = [*pages, neutral, *files, *packs.values(), worker, *_metadata_resources(basis, release, len(pages), packs)]
    site = Site(
        release=release,
        built=basis.built,
        resources=MappingProxyType({each.path: each for each in every}),
        not_found=basis.html(addresses.NOT_FOUND, basis.rendered.template("error.html", **NOT_FOUND), status=404),
        not_allowed=basis.html(addresses.NOT_ALLOWED, basis.rendered.template("error.html", **NOT_ALLOWED), status=405),
        cleared=_cleared(basis),
        leaving=Leaving(
            destination=basis.destination,
            cookie=policy.left_cookie(secure=settings.secure),
            no_cookie=policy.left_cookie(secure=settings.secure, ended=True),
            headers=basis.headers(Cache.NEVER),
        ),
        preview=not library.launched,
    )
    cache.forget_unused()
    return site


def _basis(library: Library, settings: Settings, today: datetime.date, cache: CacheFolder) -> _Basis:
    corrections = in_force(library, today)
    library = apply_corrections(library, today)
    exit_url = settings.exit_url or library.site.exit_url
    destination = "/neutral" if exit_url == "none" else exit_url
    bank_holidays = remembered_bank_holidays(cache)
    newest_fact = max(contact.looked_at for contact in library.contacts)
    assets = load_assets(
        [name.slug for name in library.site.names],
        {"where.json": library.where.data.encode(), "qr.json": qr.pack_codes(library.contacts, cache)},
        cache,
        neutral_title=library.site.neutral_title,
        mark_seconds=policy.MARK_SECONDS,
        destination=destination,
        newest_fact=newest_fact.isoformat(),
        correction_keys=library.site.correction_keys,
        saves=settings.kill_switch == "off",
        bank_holidays=[int(f"{date:%Y%m%d}") for date, _ in bank_holidays],
    )
    renderer = Renderer(library, assets, str(settings.origin), today)
    return _Basis(
        library=library,
        settings=settings,
        today=today,
        built=max(newest_fact, *(page.meta.reviewed for page in library.pages)),
        corrections=corrections,
        assets=assets,
        bank_holidays=bank_holidays,
        destination=destination,
        site_policy=policy.site_policy(assets.first, (assets.style, assets.emergency_style)),
        neutral_policy=policy.neutral_policy(assets.neutral, assets.style, destination),
        rendered=PageCache(renderer, cache),
    )


def _draft(basis: _Basis, page: Page) -> str:
    """A page's HTML with the corrections and the banner of the day."""
    extra = (
        {"calendar": make_calendar(basis.library.site.areas, basis.bank_holidays)}
        if page.meta.kind == "neutral"
        else {}
    )
    html = amend(basis.rendered.page(page, **extra), basis.corrections)
    return announce(html, basis.library.corrections.banner, page, basis.today)


def _with_release(html: str) -> str:
    """A page names its own release: it changes only when the page does, so an edit leaves every other page as it is."""
    return html.replace(RELEASE, hashlib.sha256(html.encode()).hexdigest()[:12])


def _release(texts: Iterable[str], basis: _Basis) -> str:
    """The release's name: a hash of all that a phone keeps, so that nothing changed means nothing to fetch."""
    return digest(*texts, basis.assets.worker, *sorted(asset.url for asset in basis.assets.files.values()))[:12]


def _neutral(basis: _Basis, text: str) -> Resource:
    headers = basis.headers(Cache.NEVER, basis.neutral_policy)
    if basis.clearing:
        # A page's header takes the mark in the storage too: the cookie keeps it for those who left by a script.
        headers += (("Set-Cookie", policy.left_cookie(secure=basis.settings.secure)),)
    return basis.html("/neutral", text, headers=headers)


def _cleared(basis: _Basis) -> Resource:
    headers = (
        *basis.headers(Cache.NEVER),
        policy.CLEAR_ALL,
        ("Set-Cookie", policy.left_cookie(secure=basis.settings.secure, ended=True)),
    )
    return basis.html(addresses.CLEARED, basis.rendered.template("cleared.html"), headers=headers)


def _packs(basis: _Basis, release: str, saved: Sequence[Resource], finding: Sequence[Resource]) -> dict[str, Resource]:
    headers = basis.headers(Cache.FOREVER)
    shared = {"first": basis.assets.first, "style": basis.assets.style}
    # Named by its files and not by the release: while they stay, so does the pack.
    finding_release = hashlib.sha256("\n".join(file.path for file in finding).encode()).hexdigest()[:12]
    return {
        LANGUAGE: make_pack(LANGUAGE, release, saved, headers, shared),
        "where": make_pack("where", finding_release, finding, headers),
    }


def _worker(
    basis: _Basis, release: str, saved: Sequence[Resource], packs: Iterable[Resource], emergency: str
) -> Resource:
    """The service worker; with the kill switch on, the one that removes everything."""
    script = fill(
        basis.assets.worker if basis.settings.kill_switch == "off" else basis.assets.remover,
        {
            "release": release,
            "built": basis.built.isoformat(),
            "room": sum(len(each.body) + HEADERS_TAKE for each in saved),
            "packs": [{"url": pack.path, "sha256": pack.digest} for pack in packs],
            "headers": dict(basis.headers(Cache.NEVER)),
            "finder": policy.FINDER,
            "finder_permissions": policy.permissions(policy.FINDER),
            "neutral_policy": basis.neutral_policy,
            "neutral_title": basis.library.site.neutral_title,
            "mark_seconds": policy.MARK_SECONDS,
            "correction_keys": basis.library.site.correction_keys,
            "emergency": _with_release(emergency),
        },
    )
    return basis.resource("/sw.js", SCRIPT, script, Cache.ASK, headers=(*basis.headers(Cache.ASK), *basis.clearing))


def _metadata_resources(basis: _Basis, release: str, pages: int, packs: dict[str, Resource]) -> list[Resource]:
    library, assets, origin = basis.library, basis.assets, str(basis.settings.origin)
    manifests = [
        basis.resource(name.manifest, "application/manifest+json", metadata.manifest(library, name, assets), Cache.ASK)
        for name in library.site.names
    ]
    release_json = metadata.release_json(release, basis.built, pages, packs, assets)
    return [
        *manifests,
        basis.resource("/release.json", JSON, release_json, Cache.ASK),
        basis.resource("/robots.txt", TEXT, metadata.robots(origin), Cache.ASK),
        basis.resource("/sitemap.xml", "application/xml", metadata.sitemap(library, origin), Cache.ASK),
        basis.resource("/corrections.json", JSON, corrections_json(library), Cache.NEVER),
        basis.resource(addresses.HEALTH, TEXT, "ok\n", Cache.NEVER),
    ]
