"""The export behind TLS, rated by the rules of two public header checkers (`tests/support/policies.py`)."""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from server.content.model import Library
from server.settings import read_settings
from server.site.build import build_site
from server.site.export import export_site
from tests.http.test_nginx import listen_elsewhere, pytestmark  # noqa: F401
from tests.support.policies import findings, score
from tests.support.pushing import make_certificate
from tests.support.running import CACHE, PATIENCE, Answer, nginx

HOST = "tell.example.org"
LEAST = 130


@dataclass(frozen=True)
class Secure:
    port: int
    trusted: Path

    def ask(self, path: str) -> Answer:
        context = ssl.create_default_context(cafile=str(self.trusted))
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=PATIENCE, context=context)
        connection.request("GET", path, headers={"Host": HOST})
        response = connection.getresponse()
        answer = Answer(response.status, response.getheaders(), response.read())
        connection.close()
        return answer


@pytest.fixture(scope="module")
def secure(library: Library, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secure]:
    """A real nginx with the folder's own configuration, and TLS added to its server block as docs/operating.md says."""
    out = tmp_path_factory.mktemp("secure") / "site"
    settings = read_settings({"TELLSOMEONE_ORIGIN": f"https://{HOST}", "TELLSOMEONE_CACHE": str(CACHE)})
    export_site(build_site(library, settings), out)
    certificate = make_certificate(out)
    port = listen_elsewhere(out)
    configuration = out / "nginx.conf"
    tls = f"listen 127.0.0.1:{port} ssl; ssl_certificate {certificate}; ssl_certificate_key {certificate};"
    configuration.write_text(configuration.read_text().replace(f"listen 127.0.0.1:{port};", tls))
    with nginx(out, port):
        yield Secure(port, certificate)


def test_the_observatory_gives_the_best_grade_to_every_kind_of_answer(secure: Secure) -> None:
    scores = {}
    for path in ("/", "/help", "/areas", "/neutral", "/leave", "/sw.js", "/release.json", "/nothing-here"):
        answer = secure.ask(path)
        headers = {name.lower(): value for name, value in answer.headers}
        cookies = [value for name, value in answer.headers if name.lower() == "set-cookie"]
        scores[path] = score(headers, cookies, answer.body.decode(), HOST)
    print(f"\n  Observatory's table: {scores}", end="")
    assert min(scores.values()) >= LEAST, scores


def test_the_evaluator_finds_nothing_definite(secure: Secure) -> None:
    for path in ("/", "/neutral", "/nothing-here", "/leave"):
        policy = secure.ask(path).header("Content-Security-Policy") or ""
        assert findings(policy) == [], path
        assert "require-trusted-types-for 'script'" in policy


@pytest.mark.parametrize(
    ("policy", "directive"),
    [
        ("script-src 'self'; base-uri 'none'", "object-src"),
        ("default-src 'none'; script-src 'self'", "base-uri"),
        ("object-src 'none'; base-uri 'none'", "script-src"),
        ("default-src 'none'; base-uri 'none'; script-src 'unsafe-inline'", "script-src"),
        ("default-src 'none'; base-uri 'none'; script-src 'sha256-abc' 'unsafe-eval'", "script-src"),
        ("default-src 'none'; base-uri 'none'; script-src https:", "script-src"),
        ("default-src *; base-uri 'none'; script-src 'none'", "object-src"),
        ("default-src 'none'; base-uri 'none'; script-src self", "script-src"),
        ("default-src 'none'; base-uri 'none'; script-src 'nonce-abc'", "script-src"),
        ("default-src 'none'; base-uri 'none' script-src 'none'", "base-uri"),
        ("default-src 'none'; base-uri 'none'; img-source 'self'", "img-source"),
        ("default-src 'none'; base-uri 'none'; connect-src http://a.example", "connect-src"),
    ],
)
def test_a_weak_policy_is_found(policy: str, directive: str) -> None:
    assert directive in [name for name, _ in findings(policy)]


GOOD = {
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "strict-transport-security": "max-age=63072000",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "cross-origin-resource-policy": "same-origin",
}


@pytest.mark.parametrize(
    ("changed", "cookies", "html", "expected"),
    [
        ({}, [], "", 130),
        ({}, ["a=1; Secure; HttpOnly; SameSite=Lax"], "", 135),
        ({}, ["a=1; HttpOnly; SameSite=Lax"], "", 60),
        ({"content-security-policy": "default-src 'self'"}, [], "", 80),
        ({"content-security-policy": "default-src 'self'; frame-ancestors 'none'"}, [], "", 125),
        ({"content-security-policy": "script-src 'unsafe-inline'; frame-ancestors 'none'"}, [], "", 80),
        ({"strict-transport-security": "max-age=100"}, [], "", 120),
        ({"strict-transport-security": ""}, [], "", 80),
        ({"referrer-policy": "unsafe-url"}, [], "", 120),
        ({"x-content-type-options": ""}, [], "", 125),
        ({}, [], '<script src="https://other.example/a.js"></script>', 125),
        ({}, [], '<script src="//other.example/a.js"></script>', 50),
        ({}, [], '<script src="/a.js"></script>', 130),
    ],
)
def test_the_table_takes_points_away(changed: dict[str, str], cookies: list[str], html: str, expected: int) -> None:
    assert score({**GOOD, **changed}, cookies, html, HOST) == expected
