"""`POST /clear` removes everything the site has stored in a browser. Only its own pages can send it."""

from __future__ import annotations

import pytest

from tests.support.running import Served


def test_post_clear_removes_everything_and_saves_nothing(server: Served) -> None:
    answer = server.ask("/clear", "POST")
    assert answer.status == 200
    assert answer.header("Clear-Site-Data") == '"cache", "cookies", "storage"'
    assert "Max-Age=0" in (answer.header("Set-Cookie") or "")
    assert answer.header("Cache-Control") == "no-store"
    assert b"<script" not in answer.body
    assert b"manifest" not in answer.body
    assert b"Removed" in answer.body


def test_it_works_with_the_exit_marker_set(server: Served) -> None:
    assert server.ask("/clear", "POST", Cookie="left=1").status == 200


@pytest.mark.parametrize("site", ["cross-site", "same-site", "nonsense"])
def test_another_site_can_not_clear(server: Served, site: str) -> None:
    answer = server.ask("/clear", "POST", Sec_Fetch_Site=site)
    assert answer.status == 405
    assert answer.header("Clear-Site-Data") is None


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_opening_the_page_removes_nothing(server: Served, method: str) -> None:
    answer = server.ask("/clear", method)
    assert answer.status == 200
    assert answer.header("Clear-Site-Data") is None
    assert answer.header("Set-Cookie") is None
