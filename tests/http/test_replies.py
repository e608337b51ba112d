"""A page is answered without a task, with the same bytes that a task would send."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.addresses import SUBSCRIPTIONS
from server.site.resource import Site
from tests.support.limited import Limited, limited
from tests.support.running import PATIENCE

CLOSE = "Connection: close"
REQUESTS = {
    "a page": [("GET /help HTTP/1.1", CLOSE)],
    "a compressed page": [("GET /help HTTP/1.1", "Accept-Encoding: br", CLOSE)],
    "its head": [("HEAD /help HTTP/1.1", "Accept-Encoding: gzip", CLOSE)],
    "an old client": [("GET /help HTTP/1.0",)],
    "an unchanged page": [("GET /manifest.json HTTP/1.1", "If-None-Match: *", CLOSE)],
    "an unknown page": [("GET /nothing HTTP/1.1", CLOSE)],
    "an unsupported method": [("DELETE /help HTTP/1.1", CLOSE)],
    "leaving": [("GET /leave HTTP/1.1", CLOSE)],
    "a prefetch of leaving": [("GET /leave HTTP/1.1", "Sec-Purpose: prefetch", CLOSE)],
    "clearing": [("POST /clear HTTP/1.1", "Content-Length: 0", CLOSE)],
    "another path": [("GET http://elsewhere/%68elp?a=b HTTP/1.1", CLOSE)],
    "an expectation": [("GET /help HTTP/1.1", "Expect: 100-continue", CLOSE)],
    "two at once": [("GET /help HTTP/1.1",), ("GET / HTTP/1.1", CLOSE)],
    "pages behind the alerts": [
        (f"POST {SUBSCRIPTIONS} HTTP/1.1", "Content-Length: 0"),
        ("GET /help HTTP/1.1",),
        ("HEAD / HTTP/1.1",),
        ("GET /nothing HTTP/1.1", CLOSE),
    ],
}


@pytest.fixture(scope="module")
def at_once(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Limited]:
    with limited(site, tmp_path_factory.mktemp("at-once")) as server:
        yield server


@pytest.fixture(scope="module")
def in_tasks(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Limited]:
    with limited(site, tmp_path_factory.mktemp("in-tasks"), reply_at_once=None) as server:
        yield server


def answers_to(server: Limited, requests: list[tuple[str, ...]], body: bytes = b"") -> bytes:
    """The answers on one connection, without dates and with the header lines sorted."""
    sent = b"".join("\r\n".join((line, "Host: a", *headers, "", "")).encode() for line, *headers in requests)
    found = b""
    with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE) as connection:
        connection.sendall(sent + body)
        while part := connection.recv(65_536):
            found += part
    found = re.sub(rb"date: [^\r]+\r\n", b"", found)
    return re.sub(rb"(?<=\r\n)(?:[a-z-]+: [^\r]*\r\n)+", lambda head: b"".join(sorted(head[0].splitlines(True))), found)


@pytest.mark.parametrize("requests", REQUESTS.values(), ids=REQUESTS)
def test_a_reply_without_a_task_has_the_same_bytes(
    at_once: Limited, in_tasks: Limited, requests: list[tuple[str, ...]]
) -> None:
    found = answers_to(at_once, requests)
    assert found.count(b"HTTP/1.1 ") == len(requests)
    assert found == answers_to(in_tasks, requests)


def test_an_unexpected_body_does_not_become_a_request(at_once: Limited, in_tasks: Limited) -> None:
    requests = [("GET /help HTTP/1.1", "Content-Length: 25", CLOSE)]
    body = b"GET /leave HTTP/1.1\r\n\r\n\r\n"
    assert answers_to(at_once, requests, body).count(b"HTTP/1.1 ") == 1
    assert answers_to(in_tasks, requests, body).count(b"HTTP/1.1 ") == 1


def fails(scope: object) -> None:
    raise ValueError("a fault at a page")


def test_if_a_reply_without_a_task_fails_the_task_answers(site: Site, tmp_path: Path, in_tasks: Limited) -> None:
    with limited(site, tmp_path, reply_at_once=fails) as server:
        assert answers_to(server, REQUESTS["a page"]) == answers_to(in_tasks, REQUESTS["a page"])
