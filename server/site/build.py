"""The whole story: from a `Library` to a `Site`."""

from __future__ import annotations

import datetime
import hashlib
import json
import os
from collections.abc import Iterable
from pathlib import Path
from types import MappingProxyType
from typing import Any

from server.content.corrected import corrected, in_force, served
from server.content.model import AppName, Library, Page
from server.settings import ROOT, Settings
from server.site import policy, qr
from server.site.almanac import bank_holidays, make_almanac
from server.site.amend import amend, announce
from server.site.assets import Assets, fill, load_assets
from server.site.pack import make_pack
from server.site.render import Renderer
from server.site.repeats import Repeats
from server.site.resource import Cache, Header, Leaving, Resource, Site

HTML = "text/html; charset=utf-8"
SCRIPT = "text/javascript; charset=utf-8"
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
_RELEASE = "@release@"
"""Stands for the release while pages are made: the release is the hash of all of them."""
LANGUAGE = "en"
LATER = ("/parents/", "/professionals", "/outreach", "/businesses", "/community")
"""What goes into the second pack: the whole is more than the 100 KB that one may have."""


FINDING = ("where.json", "where.js", "finder.js")
"""What goes into the pack `where`: all that finding an area takes."""


def build_site(library: Library, settings: Settings, today: datetime.date | None = None) -> Site:
    """Presses the content once. The same library, settings and day give the same bytes.

    `today` is the day the release is dated with (default: `SOURCE_DATE_EPOCH`, else the day it is now).
    """
    today = today or _today()
    now, corrections = in_force(library, today), served(library)
    library = corrected(library, today)
    preview = not library.launched
    exit_url = settings.exit_url or library.site.exit_url
    destination = "/neutral" if exit_url == "none" else exit_url

    newest_fact = max(contact.looked_at for contact in library.contacts)
    assets = load_assets(
        [name.slug for name in library.site.names],
        {"where.json": library.where.data.encode(), "qr.json": qr.pack_codes(library.contacts)},
        neutral_title=library.site.neutral_title,
        mark_seconds=policy.MARK_SECONDS,
        destination=destination,
        newest_fact=newest_fact.isoformat(),
        correction_keys=library.site.correction_keys,
        saves=settings.kill_switch == "off",
        bank_holidays=[int(f"{date:%Y%m%d}") for date, _ in bank_holidays(newest_fact.year)],
    )
    site_policy = policy.site_policy(assets.first, (assets.style, assets.emergency_style))
    neutral_policy = policy.neutral_policy(assets.neutral, assets.style, destination)

    def headers(cache: Cache, csp: str = site_policy) -> tuple[Header, ...]:
        return policy.answer_headers(cache, csp, secure=settings.secure, preview=preview)

    def resource(path: str, content_type: str, body: str | bytes, cache: Cache, **more: Any) -> Resource:
        data = body.encode() if isinstance(body, str) else body
        return Resource(path, content_type, data, cache, more.pop("headers", headers(cache)), **more)

    renderer = Renderer(library, assets, _RELEASE, settings.origin, today)
    almanac = make_almanac(library.site.areas, today)

    def draft(page: Page) -> str:
        html = renderer.page(page, **({"almanac": almanac} if page.meta.kind == "neutral" else {}))
        return announce(amend(html, now), library.corrections.banner, page, today)

    drafts = {page.path: draft(page) for page in library.pages}
    emergency = amend(renderer.template("emergency.html"), now).replace("\n", " ")
    release = _release((*drafts.values(), emergency, neutral_policy, repr(headers(Cache.NEVER))), assets)

    page_headers, neutral_headers = headers(Cache.NEVER), headers(Cache.NEVER, neutral_policy)
    clearing = (policy.CLEAR_SAVED,) if settings.kill_switch == "all" else ()
    page_headers += clearing
    if clearing:
        # A page's header takes the mark in the storage too: the cookie keeps it for those who left by a script.
        neutral_headers += (("Set-Cookie", policy.left_cookie(secure=settings.secure)),)

    def html(path: str, text: str, **more: Any) -> Resource:
        return resource(path, HTML, text.replace(_RELEASE, release), Cache.NEVER, **{"headers": page_headers, **more})

    pages = [html(path, text, is_page=path != "/neutral") for path, text in drafts.items() if path != "/neutral"]
    neutral = html("/neutral", drafts["/neutral"], headers=neutral_headers)
    files = [resource(a.url, a.content_type, a.body, Cache.FOREVER) for a in assets.files.values()]
    manifests = [
        resource(name.manifest, "application/manifest+json", _manifest(library, name, assets), Cache.ASK)
        for name in library.site.names
    ]
    where = [file for file in files if file.path in [assets.url(name) for name in FINDING]]
    packed = [file for file in files if file.is_text and file not in where]
    first = [page for page in pages if _needed_first(page.path)]
    repeats = Repeats()
    packs = {
        LANGUAGE: make_pack(
            LANGUAGE, release, [*first, neutral, *packed], headers(Cache.FOREVER), repeats, remember=True
        ),
        f"{LANGUAGE}-more": make_pack(
            f"{LANGUAGE}-more",
            release,
            [page for page in pages if page not in first],
            headers(Cache.FOREVER),
            repeats,
        ),
        # Named by what is in it and not by the release: while that stays, so does the pack.
        "where": make_pack("where", _named(where), where, headers(Cache.FOREVER)),
    }
    worker = fill(
        assets.worker if settings.kill_switch == "off" else assets.remover,
        {
            "release": release,
            "built": today.isoformat(),
            "room": sum(len(each.body) + HEADERS_TAKE for each in (*pages, neutral, *packed, *where)),
            "packs": [{"url": pack.path, "sha256": pack.digest} for pack in packs.values()],
            "headers": dict(headers(Cache.NEVER)),
            "neutral_policy": neutral_policy,
            "neutral_title": library.site.neutral_title,
            "mark_seconds": policy.MARK_SECONDS,
            "correction_keys": library.site.correction_keys,
            "emergency": emergency.replace(_RELEASE, release),
        },
    )
    machine = [
        *manifests,
        *packs.values(),
        resource("/sw.js", SCRIPT, worker, Cache.ASK, headers=(*headers(Cache.ASK), *clearing)),
        resource("/release.json", "application/json", _release_json(release, today, pages, packs, assets), Cache.ASK),
        resource(
            "/robots.txt",
            "text/plain; charset=utf-8",
            f"User-agent: *\nAllow: /\nSitemap: {settings.origin}/sitemap.xml\n",
            Cache.ASK,
        ),
        resource("/sitemap.xml", "application/xml", _sitemap(library, settings.origin), Cache.ASK),
        resource("/corrections.json", "application/json", corrections, Cache.NEVER),
        resource("/healthz", "text/plain; charset=utf-8", "ok\n", Cache.NEVER),
    ]
    every = [*pages, neutral, *files, *machine]
    return Site(
        release=release,
        built=today,
        resources=MappingProxyType({each.path: each for each in every}),
        not_found=html("/404", renderer.template("error.html", **NOT_FOUND), status=404),
        not_allowed=html("/405", renderer.template("error.html", **NOT_ALLOWED), status=405),
        cleared=html(
            "/cleared",
            renderer.template("cleared.html"),
            headers=(
                *headers(Cache.NEVER),
                ("Clear-Site-Data", '"cache", "cookies", "storage"'),
                ("Set-Cookie", policy.left_cookie(secure=settings.secure, ended=True)),
            ),
        ),
        leaving=Leaving(
            destination=destination,
            cookie=policy.left_cookie(secure=settings.secure),
            no_cookie=policy.left_cookie(secure=settings.secure, ended=True),
            headers=headers(Cache.NEVER),
        ),
        preview=preview,
    )


def _today() -> datetime.date:
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    now = datetime.datetime.fromtimestamp(int(epoch), datetime.UTC) if epoch else datetime.datetime.now(datetime.UTC)
    return now.date()


def _release(texts: Iterable[str], assets: Assets) -> str:
    """The release's name: a hash of all that a phone keeps, so that nothing changed means nothing to fetch."""
    total = hashlib.sha256()
    for text in (*texts, assets.worker, *sorted(asset.url for asset in assets.files.values())):
        total.update(text.encode() + b"\0")
    return total.hexdigest()[:12]


def _named(files: list[Resource]) -> str:
    """A release's name for files alone, whose addresses say what is in them."""
    return hashlib.sha256("\n".join(file.path for file in files).encode()).hexdigest()[:12]


def _needed_first(path: str) -> bool:
    """Whether a page is in the first of the two packs: help, areas and young people before all else."""
    return not path.startswith(LATER)


def _release_json(
    release: str, built: datetime.date, pages: list[Resource], packs: dict[str, Resource], assets: Assets
) -> str:
    return json.dumps(
        {
            "release": release,
            "built": built.isoformat(),
            "pages": len(pages),
            "packs": {
                name: {"url": pack.path, "sha256": pack.digest, "bytes": len(pack.body)} for name, pack in packs.items()
            },
            "assets": {name: a.url for name, a in sorted(assets.files.items()) if name.endswith(".js")},
        }
    )


def _manifest(library: Library, app: AppName, assets: Assets, file: Path = ROOT / "manifest.json") -> str:
    """The manifest of the repository's root under one of the site's names, its pictures with their hashed names."""
    manifest: dict[str, Any] = json.loads(file.read_text())
    manifest |= {"id": app.start, "name": app.name, "short_name": app.name, "start_url": app.start}
    manifest["description"] = library.site.description
    shortcut_icons = [picture for shortcut in manifest["shortcuts"] for picture in shortcut.get("icons", ())]
    for picture in (*manifest["icons"], *manifest["screenshots"], *shortcut_icons):
        picture["src"] = assets.url(picture["src"].replace("app", app.slug, 1))
    return json.dumps(manifest, ensure_ascii=False)


def _sitemap(library: Library, origin: str) -> str:
    urls = "".join(
        f"<url><loc>{origin}{page.path}</loc><lastmod>{page.meta.reviewed}</lastmod></url>"
        for page in library.pages
        if page.path != "/neutral"
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{urls}</urlset>\n'
    )
