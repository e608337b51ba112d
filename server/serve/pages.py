"""Serves a `Site`: looks the path up, picks an encoding, and answers HEAD requests and 304."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from starlette.types import Receive, Scope, Send

from server.serve.reply import RawHeaders, Reply
from server.serve.request import encoding_for, has_exit_marker, headers_of, is_navigation, is_prefetch, tag_matches
from server.site.resource import TAG_LENGTH, Cache, Headers, Leaving, Resource, Site

_READ_METHODS = ("GET", "HEAD")
CLEAR = "/clear"
_OWN_ORIGINS = (b"same-origin", b"none")
"""Values of `Sec-Fetch-Site` with which `/clear` may be posted. Old browsers send none, and are trusted."""


@dataclass(frozen=True)
class _Answer:
    """One representation of a resource, ready to send."""

    reply: Reply
    etag: bytes | None
    not_modified: Reply
    cookieless: Reply | None = None
    """The reply without `Set-Cookie`, if it has one."""


_Variants = Mapping[str, _Answer]
"""The answers of one resource by encoding, always with `identity`."""


class _Answers:
    """Every answer of a Site, ready to send."""

    def __init__(self, site: Site, previous_files: Mapping[str, Resource]) -> None:
        """`previous_files` have hashed names of the previous release: pages that are still open may request them."""
        self.site = site
        self.previous_files = previous_files
        leaving = site.leaving
        self.by_path = {path: _variants(resource) for path, resource in {**previous_files, **site.resources}.items()}
        for path, (location, cookie) in leaving.moves.items():
            self.by_path[path] = _redirect(303, leaving, location, cookie)
        self.pages = frozenset(page.path for page in site.pages)
        self.not_found = _variants(site.not_found)
        self.not_allowed = _variants(site.not_allowed, (b"allow", b"GET, HEAD"))
        self.cleared = _variants(site.cleared)
        self.to_neutral = _redirect(303, leaving, "/neutral", None)
        self.prefetch_refused = _empty(503, _raw(leaving.headers))
        self.exit_marker = leaving.marker.encode()


class SiteApp:
    """An ASGI app that serves a `Site`."""

    def __init__(self, site: Site) -> None:
        self._answers = _Answers(site, {})

    @property
    def site(self) -> Site:
        return self._answers.site

    def replace_site(self, site: Site) -> None:
        """Serves `site` from now on. This is one assignment, so any thread may call it."""
        previous_files, old = self._answers.previous_files, self._answers.site
        if site.release != old.release:
            previous_files = {each.path: each for each in old.resources.values() if each.cache is Cache.FOREVER}
        self._answers = _Answers(site, previous_files)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        reply = self.reply(scope)
        await send({"type": "http.response.start", "status": reply.status, "headers": reply.headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else reply.body})

    def reply(self, scope: Scope) -> Reply:
        """The reply to the request of an ASGI `scope`. The caller drops the body for HEAD."""
        answers = self._answers
        headers = headers_of(scope)
        variants = _select(answers, scope["method"], scope["path"], headers)
        answer = variants.get(encoding_for(headers.get(b"accept-encoding"))) or variants["identity"]
        if answer.cookieless and variants is not answers.cleared and not is_navigation(scope["method"], headers):
            return answer.cookieless
        if answer.etag and tag_matches(headers.get(b"if-none-match"), answer.etag):
            return answer.not_modified
        return answer.reply


def _select(answers: _Answers, method: str, path: str, headers: Mapping[bytes, bytes]) -> _Variants:
    """The answers to a request, by encoding."""
    variants = answers.by_path.get(path)
    if path == CLEAR and method == "POST" and headers.get(b"sec-fetch-site", b"none") in _OWN_ORIGINS:
        return answers.cleared
    if variants is None:
        if path.endswith("/") and path[:-1] in answers.site.without_slash:
            return _redirect(308, answers.site.leaving, path[:-1], None)
        return answers.to_neutral if has_exit_marker(headers.get(b"cookie"), answers.exit_marker) else answers.not_found
    if method not in _READ_METHODS:
        return answers.not_allowed
    if path in answers.site.leaving.moves and is_prefetch(headers):
        return answers.prefetch_refused
    if path in answers.pages and has_exit_marker(headers.get(b"cookie"), answers.exit_marker):
        return answers.to_neutral
    return variants


def _variants(resource: Resource, *extra: tuple[bytes, bytes]) -> _Variants:
    return {name: _answer(resource, name, body, extra) for name, body in resource.encodings.items()}


def _answer(resource: Resource, encoding: str, body: bytes, extra: tuple[tuple[bytes, bytes], ...]) -> _Answer:
    etag = None if resource.cache is Cache.NEVER else f'"{resource.digest[:TAG_LENGTH]}-{encoding}"'.encode()
    shared = _raw(resource.headers)
    if len(resource.encodings) > 1:
        shared.append((b"vary", b"Accept-Encoding"))
    if etag:
        shared.append((b"etag", etag))
    length = str(len(body)).encode()
    headers = [(b"content-type", resource.content_type.encode()), (b"content-length", length), *shared, *extra]
    if encoding != "identity":
        headers.append((b"content-encoding", encoding.encode()))
    return _with_cookieless(Reply(resource.status, headers, body), etag, shared)


def _redirect(status: int, leaving: Leaving, location: str, cookie: str | None) -> _Variants:
    headers = [(b"location", location.encode()), *_raw(leaving.headers)]
    return _empty(status, [*headers, (b"set-cookie", cookie.encode())] if cookie else headers)


def _empty(status: int, headers: RawHeaders) -> _Variants:
    headers = [(b"content-length", b"0"), *headers]
    return {"identity": _with_cookieless(Reply(status, headers, b""), None, headers)}


def _with_cookieless(reply: Reply, etag: bytes | None, shared: RawHeaders) -> _Answer:
    """The answer of `reply`, also as a 304 with the headers `shared`, and without `Set-Cookie` if it has one."""
    rest = [header for header in reply.headers if header[0] != b"set-cookie"]
    cookieless = replace(reply, headers=rest) if len(rest) < len(reply.headers) else None
    return _Answer(reply, etag, Reply(304, shared, b""), cookieless)


def _raw(headers: Headers) -> RawHeaders:
    return [(name.lower().encode(), value.encode()) for name, value in headers]
