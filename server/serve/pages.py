"""Hands out what the Site holds: one look-up, one negotiated encoding, HEAD and 304 where they may be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.types import Receive, Scope, Send

from server.serve.headers import encoding_for, tag_matches
from server.serve.leave import NEUTRAL, has_left
from server.site.resource import Cache, Leaving, Resource, Site

RawHeaders = list[tuple[bytes, bytes]]
_READ = ("GET", "HEAD")
CLEAR = "/clear"
_OWN_PAGES = (b"same-origin", b"none")
"""Another site's form may not take the pages off a phone. Old browsers don't say: they are believed."""


@dataclass(frozen=True)
class _Answer:
    """One representation, its header list ready to send."""

    status: int
    headers: RawHeaders
    body: bytes
    etag: str | None
    not_modified: RawHeaders


class Handout:
    """An ASGI app that answers from a `Site`. `swap()` puts a newer one in its place, whole.

    Files with hashed names of the Site before are kept for one more Site, for the pages still open.
    """

    def __init__(self, site: Site) -> None:
        self.site = site
        self._answers: Mapping[str, Mapping[str, _Answer]] = {}
        self._pages: frozenset[str] = frozenset()
        self.swap(site)

    def swap(self, site: Site) -> None:
        kept = {r.path: r for r in self.site.resources.values() if r.cache is Cache.FOREVER}
        answers = {path: _answers(resource) for path, resource in {**kept, **site.resources}.items()}
        answers |= {
            path: {"identity": _redirect(303, site.leaving, location, cookie)}
            for path, (location, cookie) in site.leaving.moves.items()
        }
        self._pages = frozenset(page.path for page in site.pages)
        self._not_found = _answers(site.not_found)
        self._cleared = _answers(site.cleared)
        self._not_allowed = _answers(site.not_allowed, (b"allow", b"GET, HEAD"))
        self._answers = answers
        self._left = _redirect(303, site.leaving, NEUTRAL, None)
        self.site = site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope["path"]
        asked = _asked(scope)
        variants = self._answers.get(path)
        if path == CLEAR and scope["method"] == "POST" and asked.get(b"sec-fetch-site", b"none") in _OWN_PAGES:
            variants = self._cleared
        elif variants is None:
            variants = {"identity": self._left} if has_left(asked.get(b"cookie")) else self._not_found
            if path.endswith("/") and path[:-1] in self._pages:
                variants = {"identity": _redirect(308, self.site.leaving, path[:-1], None)}
        elif scope["method"] not in _READ:
            variants = self._not_allowed
        elif path in self._pages and has_left(asked.get(b"cookie")):
            variants = {"identity": self._left}
        answer = variants.get(encoding_for(_text(asked.get(b"accept-encoding")))) or variants["identity"]
        status, headers, body = answer.status, answer.headers, answer.body
        if answer.etag and tag_matches(_text(asked.get(b"if-none-match")), answer.etag):
            status, headers, body = 304, answer.not_modified, b""
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


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
    etag = None if resource.cache is Cache.NEVER else f'"{resource.digest[:16]}-{encoding}"'
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
    return _Answer(resource.status, headers, body, etag, kept)


def _redirect(status: int, leaving: Leaving, location: str, cookie: str | None) -> _Answer:
    headers = [(b"location", location.encode()), (b"content-length", b"0"), *_raw(leaving.headers)]
    if cookie:
        headers.append((b"set-cookie", cookie.encode()))
    return _Answer(status, headers, b"", None, headers)


def _raw(headers: tuple[tuple[str, str], ...]) -> RawHeaders:
    return [(name.lower().encode(), value.encode()) for name, value in headers]
