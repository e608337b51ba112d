"""Every answer of `serve`: its headers, and the right bytes in each encoding."""

from __future__ import annotations

import gzip
import json

import brotli
import pytest

from server.content.model import Library
from server.site.resource import Cache, Site
from tests.support.running import Served

ENCODINGS = ("identity", "br", "gzip")


def decoded(body: bytes, encoding: str | None) -> bytes:
    if encoding == "br":
        return brotli.decompress(body)
    return gzip.decompress(body) if encoding == "gzip" else body


def test_every_address_answers_200_with_the_same_content_in_every_encoding(server: Served, site: Site) -> None:
    for path in site.resources:
        plain = server.ask(path)
        assert plain.status == 200, path
        for accepted in ENCODINGS:
            answer = server.ask(path, Accept_Encoding=accepted)
            assert decoded(answer.body, answer.header("Content-Encoding")) == plain.body, path
            assert answer.header("Content-Length") == str(len(answer.body))


def test_a_page_may_not_be_stored_and_carries_every_header(server: Served, library: Library) -> None:
    for page in library.pages:
        answer = server.ask(page.path)
        assert answer.header("Cache-Control") == "no-store"
        assert answer.header("ETag") is None
        assert answer.header("Content-Type") == "text/html; charset=utf-8"
        assert answer.header("Vary") == "Accept-Encoding"
        assert answer.header("Referrer-Policy") == "no-referrer"
        assert answer.header("X-Content-Type-Options") == "nosniff"
        assert answer.header("Cross-Origin-Opener-Policy") == "same-origin"
        assert answer.header("Cross-Origin-Resource-Policy") == "same-origin"
        permissions = answer.header("Permissions-Policy") or ""
        assert "camera=()" in permissions
        has_finder = b"/assets/finder." in decoded(answer.body, answer.header("Content-Encoding"))
        assert has_finder == (page.path == "/areas")
        assert f"geolocation=({'self' if has_finder else ''})" in permissions, page.path
        assert answer.header("Set-Cookie") is None
        assert answer.header("Strict-Transport-Security") is None, "only where the origin is https"
        policy = answer.header("Content-Security-Policy") or ""
        assert "unsafe" not in policy
        assert policy.startswith("default-src 'none';")


def test_the_whole_site_has_one_policy_and_only_neutral_another(server: Served, library: Library) -> None:
    policies = {page.path: server.ask(page.path).header("Content-Security-Policy") for page in library.pages}
    neutral = policies.pop("/neutral") or ""
    assert len(set(policies.values())) == 1
    assert "127.0.0.1" not in (policies["/"] or ""), "no page but /neutral may touch the destination"
    assert "connect-src 'self' http://127.0.0.1:" in neutral


@pytest.mark.parametrize("path", ["/sw.js", "/release.json", "/manifest.json"])
def test_files_that_change_are_revalidated(server: Served, path: str) -> None:
    assert server.ask(path).header("Cache-Control") == "no-cache"


def test_every_storable_answer_has_a_strong_etag_and_answers_304(server: Served, site: Site) -> None:
    for path, resource in site.resources.items():
        if resource.cache is Cache.NEVER:
            continue
        tags = set()
        for accepted in ENCODINGS:
            answer = server.ask(path, Accept_Encoding=accepted)
            tag = answer.header("ETag") or ""
            assert tag.startswith('"'), "a weak tag, or none"
            tags.add(tag)
            again = server.ask(path, Accept_Encoding=accepted, If_None_Match=f'W/"old", {tag}')
            assert (again.status, again.body) == (304, b"")
            assert again.header("ETag") == tag
            assert again.header("Cache-Control") == answer.header("Cache-Control")
        assert len(tags) == len(resource.encodings), "each encoding is its own representation"


def test_a_file_with_a_hashed_name_is_cached_for_ever(server: Served, site: Site) -> None:
    for path in site.resources:
        if path.startswith(("/assets/", "/pack/")):
            assert server.ask(path).header("Cache-Control") == "public, max-age=31536000, immutable"


def test_head_is_get_without_the_body(server: Served, site: Site) -> None:
    for path in [*site.resources, "/nothing-here", "/leave"]:
        get, head = server.ask(path), server.ask(path, "HEAD")
        assert head.body == b""
        # HEAD has no side effect: it sets no cookie.
        differing = ("date", "set-cookie")
        assert [h for h in head.headers if h[0] != "date"] == [h for h in get.headers if h[0] not in differing], path
        assert head.status == get.status


def test_an_unknown_address_gets_a_404_page_of_the_site(server: Served) -> None:
    for path in ("/nothing-here", "/HELP", "/../etc/passwd", "/%00", "/assets/save.js", "/help/index.html", "/sw.js/"):
        answer = server.ask(path)
        assert answer.status == 404, path
        assert b'id="leave"' in answer.body
        assert answer.header("Cache-Control") == "no-store"


@pytest.mark.parametrize("path", ["/help", "/areas/worcestershire", "/neutral", "/leave", "/leave/app", "/start"])
def test_a_trailing_slash_redirects_to_the_address_without_it(server: Served, path: str) -> None:
    answer = server.ask(f"{path}/")
    assert (answer.status, answer.header("Location")) == (308, path)
    assert answer.header("Set-Cookie") is None


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_an_unsupported_method_gets_a_405_page_of_the_site(server: Served, method: str) -> None:
    for path in ("/", "/help", "/sw.js", "/leave"):
        answer = server.ask(path, method)
        assert (answer.status, answer.header("Allow")) == (405, "GET, HEAD")
        assert b'id="leave"' in answer.body


CHUNKED = b"POST /leave HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
MALFORMED = [
    b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n",
    b"GET\r\n\r\n",
    b"BREW / HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET / HTTP/9.9\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nBad Header: x\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: minus\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n",
    b"GET / HTTP/1.1\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    b"GET http://a HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET http://a?x HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET http://a:99999/ HTTP/1.1\r\nHost: a\r\n\r\n",
    b"CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n",
    b"OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    b"GET /help%0a/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    b"GET /help%0d%0aX:1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /\xff\xfe HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /?\xc3\x28 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    b"GET /%ff%fe HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    b"POST /leave HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello",
    *(CHUNKED + chunk for chunk in (b"5 ;a\r\nhello", b"0x5\r\n", b"-1\r\n", b"FFFFFFFFFFFFFFFFF\r\n", b"5\nhello")),
]


@pytest.mark.parametrize("request_", MALFORMED, ids=lambda request_: repr(request_[:60]))
def test_a_malformed_request_gets_a_plain_4xx_and_the_server_goes_on(server: Served, request_: bytes) -> None:
    answer = server.raw(request_)
    assert b"Traceback" not in answer
    assert answer.split()[1][:1] == b"4", answer
    assert server.ask("/").status == 200


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, None),
        ("", None),
        ("br", "br"),
        ("gzip, deflate, br", "br"),
        ("gzip", "gzip"),
        ("br;q=0, gzip;q=0.1", "gzip"),
        ("br;q=0.0,gzip;q=0.000", None),
        ("*", "br"),
        ("*;q=0", None),
        ("br;q=0, *", "gzip"),
        ("identity", None),
        ("BR", "br"),
        ("x-br, brotli", None),
        ("br;q=oops", None),
        ("gzip;q=1.0 , br ; q=0", "gzip"),
    ],
)
def test_accept_encoding_is_honoured_with_its_q_values(
    server: Served, accept: str | None, expected: str | None
) -> None:
    headers = {} if accept is None else {"Accept_Encoding": accept}
    raw = server.ask("/", **headers)
    assert raw.header("Content-Encoding") == expected


def test_release_json_names_the_release_its_pages_and_its_packs(server: Served, site: Site) -> None:
    release = json.loads(server.ask("/release.json").body)
    assert release["release"] == site.release
    assert release["pages"] == len(site.pages)
    pack = server.ask(release["packs"]["en"]["url"])
    assert len(pack.body) == release["packs"]["en"]["bytes"]


def test_robots_and_sitemap_name_every_page(server: Served, library: Library) -> None:
    assert f"Sitemap: {server.url}/sitemap.xml" in server.ask("/robots.txt").body.decode()
    sitemap = server.ask("/sitemap.xml").body.decode()
    for page in library.pages:
        assert (f"<loc>{server.url}{page.path}</loc>" in sitemap) == (page.path != "/neutral")


def test_a_preview_is_noindex_and_says_so_on_every_page(server: Served, library: Library) -> None:
    for page in library.pages:
        answer = server.ask(page.path)
        assert answer.header("X-Robots-Tag") == "noindex"
        assert b'name="robots" content="noindex"' in answer.body
        assert (b"This is a preview" in answer.body) == (page.path != "/neutral")
