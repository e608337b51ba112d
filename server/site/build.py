"""Builds a `Site` from a `Library`: the HTML of each page, then the release, the packs and the service worker."""

import datetime
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from server import addresses, clock
from server.cache import CacheFolder, digest
from server.content.model import Library
from server.corrections.state import corrections_json
from server.settings import Settings
from server.site import metadata, policy
from server.site.context import BuildContext, with_release
from server.site.pack import make_pack
from server.site.resource import Cache, Resource, Site
from server.site.scripts import fill

SCRIPT = "text/javascript; charset=utf-8"
TEXT = "text/plain; charset=utf-8"
JSON = "application/json"
LANGUAGE = "en"
HEADER_BYTES = 2048
"""An upper limit of what a phone stores for each answer besides its body."""
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
FINDER_FILES = ("where.json", "where.js", "finder.js")
"""The files of the pack `where`: all that is needed to find an area."""


def build_site(library: Library, settings: Settings, today: datetime.date | None = None) -> Site:
    """The site of a library as it is on the day `today` (default: this day in London), not yet compressed.

    The same library and settings give the same bytes on every day, until a dated fact changes
    (`server.content.dated_facts`). What an earlier build rendered is taken from the settings' cache.
    """
    cache = CacheFolder(settings.cache / "html")
    context = BuildContext(library, settings, today or clock.today(), cache)
    html = {page.path: context.html.page(page) for page in context.library.pages}
    emergency = json.dumps(context.html.emergency())
    release = _release_name(context, (*html.values(), emergency))

    neutral = _neutral(context, html.pop("/neutral"))
    pages = [context.page(path, text, is_page=True) for path, text in html.items()]
    resources = {
        name: context.resource(asset.url, asset.content_type, asset.body, Cache.FOREVER)
        for name, asset in context.assets.files.items()
    }
    finder_files = [file for name, file in resources.items() if name in FINDER_FILES]
    files = [file for name, file in resources.items() if name not in FINDER_FILES]
    saved = [*pages, neutral, *(file for file in files if file.is_text)]
    packs = _packs(context, release, saved, finder_files)
    worker = _worker(context, release, [*saved, *finder_files], packs.values(), emergency)
    information = _information(context, release, len(pages), packs)

    cache.forget_unused()
    served = (*pages, neutral, *finder_files, *files, *packs.values(), worker, *information)
    return Site(
        release=release,
        built=context.built,
        resources=MappingProxyType({each.path: each for each in served}),
        not_found=context.page(addresses.NOT_FOUND, context.html.template("error.html", **NOT_FOUND), status=404),
        not_allowed=context.page(addresses.NOT_ALLOWED, context.html.template("error.html", **NOT_ALLOWED), status=405),
        cleared=_cleared(context),
        leaving=policy.leaving(context.destination, context.headers(Cache.NEVER), secure=settings.secure),
        preview=not library.launched,
    )


def _release_name(context: BuildContext, texts: Iterable[str]) -> str:
    """A hash of all that a phone saves. As long as it stays the same, phones fetch nothing."""
    assets = context.assets
    headers = repr(context.headers(Cache.NEVER))
    urls = sorted(asset.url for asset in assets.files.values())
    return digest(*texts, context.neutral_policy, headers, assets.worker, *urls)[:12]


def _neutral(context: BuildContext, html: str) -> Resource:
    headers = context.headers(Cache.NEVER, context.neutral_policy)
    if context.clearing:
        # Clearing a page's storage also deletes the exit marker that a script set there: the cookie replaces it.
        headers += (("Set-Cookie", policy.exit_cookie(secure=context.settings.secure)),)
    return context.page("/neutral", html, headers)


def _cleared(context: BuildContext) -> Resource:
    cookie = policy.exit_cookie(secure=context.settings.secure, ended=True)
    headers = (*context.headers(Cache.NEVER), policy.CLEAR_ALL, ("Set-Cookie", cookie))
    return context.page(addresses.CLEARED, context.html.template("cleared.html"), headers)


def _packs(
    context: BuildContext, release: str, saved: Sequence[Resource], finder_files: Sequence[Resource]
) -> dict[str, Resource]:
    headers = context.headers(Cache.FOREVER)
    shared = {"first": context.assets.first, "style": context.assets.style}
    # Named after its files and not after the release, so that its name changes only when they do.
    finder_release = hashlib.sha256("\n".join(file.path for file in finder_files).encode()).hexdigest()[:12]
    return {
        LANGUAGE: make_pack(LANGUAGE, release, saved, headers, shared),
        "where": make_pack("where", finder_release, finder_files, headers),
    }


def _worker(
    context: BuildContext, release: str, saved: Sequence[Resource], packs: Iterable[Resource], emergency: str
) -> Resource:
    """The service worker; with the kill switch on, the one that removes everything."""
    script = fill(
        context.assets.worker if context.settings.kill_switch == "off" else context.assets.remover,
        {
            "release": release,
            "built": context.built.isoformat(),
            "room": sum(len(each.body) + HEADER_BYTES for each in saved),
            "packs": [{"url": pack.path, "sha256": pack.digest} for pack in packs],
            "headers": dict(context.headers(Cache.NEVER)),
            "finder": policy.FINDER,
            "finder_permissions": policy.permissions(policy.FINDER),
            "neutral_policy": context.neutral_policy,
            "neutral_title": context.library.site.neutral_title,
            "mark_seconds": policy.EXIT_MARKER_SECONDS,
            "correction_keys": context.library.site.correction_keys,
            "emergency": json.loads(with_release(emergency)),
        },
    )
    headers = (*context.headers(Cache.ASK), *context.clearing)
    return context.resource("/sw.js", SCRIPT, script, Cache.ASK, headers)


def _information(context: BuildContext, release: str, pages: int, packs: Mapping[str, Resource]) -> Iterable[Resource]:
    """The files that programs read: manifests, the release, robots.txt, the site map, corrections, health."""
    library, assets, origin = context.library, context.assets, str(context.settings.origin)
    for name in library.site.names:
        manifest = metadata.manifest(library, name, assets)
        yield context.resource(name.manifest, "application/manifest+json", manifest, Cache.ASK)
    release_json = metadata.release_json(release, context.built, pages, packs, assets)
    yield context.resource("/release.json", JSON, release_json, Cache.ASK)
    yield context.resource("/robots.txt", TEXT, metadata.robots(origin), Cache.ASK)
    yield context.resource("/sitemap.xml", "application/xml", metadata.sitemap(library, origin), Cache.ASK)
    yield context.resource("/corrections.json", JSON, corrections_json(library), Cache.NEVER)
    yield context.resource(addresses.HEALTH, TEXT, "ok\n", Cache.NEVER)
