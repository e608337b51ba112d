"""Serves what the Site holds: one look-up, one negotiated encoding, HEAD and 304 where they may be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from starlette.types import Receive, Scope, Send

from server.serve.headers import encoding_for, tag_matches
from server.serve.leave import NEUTRAL, has_left, is_opening, loads_ahead
from server.serve.reply import RawHeaders, Reply
from server.site.resource import TAG_LENGTH, Cache, Leaving, Resource, Site

_READ = ("GET", "HEAD")
CLEAR = "/clear"
_OWN_PAGES = (b"same-origin", b"none")
"""Another site's form may not take the pages off a phone. Old browsers don't say: they are believed."""


@dataclass(frozen=True)
class _Answer:
    """One representation, ready to send."""

    reply: Reply
    etag: str | None
    not_modified: Reply
    cookieless: Reply | None = None
    """The reply without `Set-Cookie`, where there is one."""


@dataclass(frozen=True)
class _Answers:
    """Every answer to a Site, ready to send."""

    site: Site
    kept: Mapping[str, Resource]
    """Files with hashed names of the release before, for the pages still open."""
    by_path: Mapping[str, Mapping[str, _Answer]]
    pages: frozenset[str]
    not_found: Mapping[str, _Answer]
    not_allowed: Mapping[str, _Answer]
    cleared: Mapping[str, _Answer]
    left: Mapping[str, _Answer]
    ahead: Mapping[str, _Answer]
    marker: bytes


class SiteApp:
    """An ASGI app that answers from a `Site`."""

    def __init__(self, site: Site) -> None:
        self._answers = _prepare(site, {})

    @property
    def site(self) -> Site:
        return self._answers.site

    def replace_site(self, site: Site) -> None:
        """Puts another Site in place of this one, whole: a single assignment, so any thread may call it."""
        now = self._answers
        files = {each.path: each for each in now.site.resources.values() if each.cache is Cache.FOREVER}
        self._answers = _prepare(site, now.kept if site.release == now.site.release else files)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        reply = self.reply(scope)
        await send({"type": "http.response.start", "status": reply.status, "headers": reply.headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else reply.body})

    def reply(self, scope: Scope) -> Reply:
        """What the request of an ASGI `scope` gets; a HEAD request gets it without the body."""
        answers = self._answers
        path: str = scope["path"]
        asked = _asked(scope)
        variants = answers.by_path.get(path)
        if path == CLEAR and scope["method"] == "POST" and asked.get(b"sec-fetch-site", b"none") in _OWN_PAGES:
            variants = answers.cleared
        elif variants is None:
            variants = answers.left if has_left(asked.get(b"cookie"), answers.marker) else answers.not_found
            if path.endswith("/") and path[:-1] in answers.site.without_slash:
                variants = {"identity": _redirect(308, answers.site.leaving, path[:-1], None)}
        elif scope["method"] not in _READ:
            variants = answers.not_allowed
        elif path in answers.site.leaving.moves and loads_ahead(asked):
            variants = answers.ahead
        elif path in answers.pages and has_left(asked.get(b"cookie"), answers.marker):
            variants = answers.left
        answer = variants.get(encoding_for(_text(asked.get(b"accept-encoding")))) or variants["identity"]
        if answer.cookieless and variants is not answers.cleared and not is_opening(scope["method"], asked):
            return answer.cookieless
        if answer.etag and tag_matches(_text(asked.get(b"if-none-match")), answer.etag):
            return answer.not_modified
        return answer.reply


def _prepare(site: Site, kept: Mapping[str, Resource]) -> _Answers:
    by_path = {path: _answers(resource) for path, resource in {**kept, **site.resources}.items()}
    by_path |= {
        path: {"identity": _redirect(303, site.leaving, location, cookie)}
        for path, (location, cookie) in site.leaving.moves.items()
    }
    return _Answers(
        site=site,
        kept=kept,
        by_path=by_path,
        pages=frozenset(page.path for page in site.pages),
        not_found=_answers(site.not_found),
        not_allowed=_answers(site.not_allowed, (b"allow", b"GET, HEAD")),
        cleared=_answers(site.cleared),
        left={"identity": _redirect(303, site.leaving, NEUTRAL, None)},
        ahead={"identity": _empty(503, _raw(site.leaving.headers))},
        marker=site.leaving.marker.encode(),
    )


def _asked(scope: Scope) -> dict[bytes, bytes]:
    """The request's headers; where one stands more than once, its values joined as one list."""
    asked: dict[bytes, bytes] = {}
    for name, value in scope["headers"]:
        asked[name] = asked[name] + (b"; " if name == b"cookie" else b", ") + value if name in asked else value
    return asked


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode("latin-1")


def _answers(resource: Resource, *extra: tuple[bytes, bytes]) -> Mapping[str, _Answer]:
    return {name: _answer(resource, name, body, extra) for name, body in resource.encodings.items()}


def _answer(resource: Resource, encoding: str, body: bytes, extra: tuple[tuple[bytes, bytes], ...]) -> _Answer:
    etag = None if resource.cache is Cache.NEVER else f'"{resource.digest[:TAG_LENGTH]}-{encoding}"'
    kept = _raw(resource.headers)
    if len(resource.encodings) > 1:
        kept.append((b"vary", b"Accept-Encoding"))
    if etag:
        kept.append((b"etag", etag.encode()))
    headers = [
        (b"content-type", resource.content_type.encode()),
        (b"content-length", str(len(body)).encode()),
        *kept,
        *extra,
    ]
    if encoding != "identity":
        headers.append((b"content-encoding", encoding.encode()))
    return _ready(Reply(resource.status, headers, body), etag, kept)


def _redirect(status: int, leaving: Leaving, location: str, cookie: str | None) -> _Answer:
    headers = [(b"location", location.encode()), *_raw(leaving.headers)]
    return _empty(status, [*headers, (b"set-cookie", cookie.encode())] if cookie else headers)


def _empty(status: int, headers: RawHeaders) -> _Answer:
    headers = [(b"content-length", b"0"), *headers]
    return _ready(Reply(status, headers, b""), None, headers)


def _ready(reply: Reply, etag: str | None, kept: RawHeaders) -> _Answer:
    """`kept` are the headers that a 304 has too."""
    rest = [header for header in reply.headers if header[0] != b"set-cookie"]
    cookieless = replace(reply, headers=rest) if len(rest) < len(reply.headers) else None
    return _Answer(reply, etag, Reply(304, kept, b""), cookieless)


def _raw(headers: tuple[tuple[str, str], ...]) -> RawHeaders:
    return [(name.lower().encode(), value.encode()) for name, value in headers]
