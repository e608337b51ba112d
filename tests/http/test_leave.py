"""Leaving without scripts: the redirect, the exit marker, and the way back."""

from __future__ import annotations

from server.content.model import Library
from tests.support.running import Destination, Served


def test_leave_goes_to_the_destination_without_a_referer(server: Served, destination: Destination) -> None:
    answer = server.ask("/leave")
    assert (answer.status, answer.header("Location"), answer.body) == (303, destination.url + "/", b"")
    assert answer.header("Cache-Control") == "no-store"
    assert answer.header("Referrer-Policy") == "no-referrer"
    cookie = answer.header("Set-Cookie") or ""
    assert cookie == "left=1; Path=/; Max-Age=1800; HttpOnly; SameSite=Lax"


def test_leaving_an_installed_window_stays_in_it(server: Served) -> None:
    answer = server.ask("/leave/app")
    assert (answer.status, answer.header("Location"), answer.body) == (303, "/neutral", b"")
    assert answer.header("Set-Cookie") == server.ask("/leave").header("Set-Cookie")


def test_with_the_exit_marker_every_page_leads_to_the_neutral_page(server: Served, library: Library) -> None:
    for page in library.pages:
        answer = server.ask(page.path, Cookie="a=b; left=1")
        if page.path == "/neutral":
            assert answer.status == 200
        else:
            assert (answer.status, answer.header("Location"), answer.body) == (303, "/neutral", b"")
            assert answer.header("Cache-Control") == "no-store"
    assert server.ask("/sw.js", Cookie="left=1").status == 200
    assert server.ask("/nothing-here", Cookie="left=1").header("Location") == "/neutral"


def test_the_start_page_link_clears_the_exit_marker(server: Served) -> None:
    answer = server.ask("/start", Cookie="left=1")
    assert (answer.status, answer.header("Location")) == (303, "/")
    assert "left=; Path=/; Max-Age=0" in (answer.header("Set-Cookie") or "")


def test_only_leaving_sets_a_cookie(server: Served, library: Library) -> None:
    for page in library.pages:
        assert server.ask(page.path).header("Set-Cookie") is None
    assert server.ask("/", Cookie="left=2; notleft=1; left=").status == 200
