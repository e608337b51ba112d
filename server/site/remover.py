"""The site for when the kill switch is on and the content can't be built: it removes saved pages from phones."""

import hashlib
from types import MappingProxyType

from server import clock
from server.settings import Settings
from server.site import policy
from server.site.assets import WEB
from server.site.resource import Cache, Header, Resource, Site
from server.site.scripts import join, minify

_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_PAGE = """<!DOCTYPE html>
<html lang="en-GB">
<meta charset="utf-8">
<title>Not available</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<h1>This page isn't available just now</h1>
<p>Please try again later.</p>
"""
_UNAVAILABLE = (
    _PAGE
    + '<p>In danger now? Call <a href="tel:999" data-number="999">999</a>.</p>\n<p><a href="/leave">Leave</a></p>\n'
)
"""Fixed text: there is no content to take numbers or words from."""


def remover_site(settings: Settings) -> Site:
    """A site with the worker that removes saved pages, leaving and `POST /clear`; other addresses answer 503."""

    def headers(cache: Cache, *more: Header) -> tuple[Header, ...]:
        return (*policy.answer_headers(cache, _POLICY, hsts=settings.hsts, preview=True), *more)

    def page(path: str, html: str, *more: Header, status: int = 503) -> Resource:
        body = html.encode()
        return Resource(path, "text/html; charset=utf-8", body, Cache.NEVER, headers(Cache.NEVER, *more), status)

    clearing = (policy.CLEAR_SAVED,) if settings.kill_switch == "all" else ()
    retry = ("Retry-After", "600")
    worker = minify({"remover.js": join(WEB / "worker" / "remover.js")})["remover.js"].encode()
    destination = "/neutral" if settings.exit_url in (None, "none") else str(settings.exit_url)
    leaving = policy.leaving(destination, headers(Cache.NEVER), secure=settings.secure)
    resources = (
        Resource("/sw.js", "text/javascript; charset=utf-8", worker, Cache.ASK, headers(Cache.ASK, *clearing)),
        Resource("/healthz", "text/plain; charset=utf-8", b"ok\n", Cache.NEVER, headers(Cache.NEVER)),
        page("/neutral", _PAGE, *((("Set-Cookie", leaving.cookie),) if clearing else ()), status=200),
    )
    return Site(
        release=hashlib.sha256(worker).hexdigest()[:12],
        built=clock.today(),
        resources=MappingProxyType({each.path: each for each in resources}),
        not_found=page("/404", _UNAVAILABLE, retry, *clearing),
        not_allowed=page("/405", _UNAVAILABLE, status=405),
        cleared=page("/cleared", _PAGE, policy.CLEAR_ALL, ("Set-Cookie", leaving.ended_cookie), status=200),
        leaving=leaving,
        preview=True,
    )
