"""`POST /clear`: everything the site keeps in a browser is taken away, by nobody's page but its own."""

from __future__ import annotations

import pytest

from tests.support.running import Served


def test_post_clear_takes_all_away_and_saves_nothing(server: Served) -> None:
    answer = server.ask("/clear", "POST")
    assert answer.status == 200
    assert answer.header("Clear-Site-Data") == '"cache", "cookies", "storage"'
    assert "Max-Age=0" in (answer.header("Set-Cookie") or "")
    assert answer.header("Cache-Control") == "no-store"
    assert b"<script" not in answer.body
    assert b"manifest" not in answer.body
    assert b"Removed" in answer.body


def test_it_works_for_whoever_has_left(server: Served) -> None:
    assert server.ask("/clear", "POST", Cookie="left=1").status == 200


@pytest.mark.parametrize("site", ["cross-site", "same-site", "nonsense"])
def test_another_sites_page_may_not_do_it(server: Served, site: str) -> None:
    answer = server.ask("/clear", "POST", Sec_Fetch_Site=site)
    assert answer.status == 405
    assert answer.header("Clear-Site-Data") is None


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_looking_at_the_page_removes_nothing(server: Served, method: str) -> None:
    answer = server.ask("/clear", method)
    assert answer.status == 200
    assert answer.header("Clear-Site-Data") is None
    assert answer.header("Set-Cookie") is None
