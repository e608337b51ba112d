"""Case 22 in WebKitGTK."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Playwright

from tests.support import engines as support
from tests.support.edge import ADDED, Edge
from tests.support.missing import lacking
from tests.support.running import wait_until


@pytest.fixture
def webkit(playwright: Playwright) -> Iterator[support.Engines]:
    if problem := support.missing("W"):
        lacking(problem)
    with support.engines(playwright) as running:
        yield running


def test_22_an_app_that_is_never_closed_has_the_new_release_in_webkit_too(webkit: support.Engines, edge: Edge) -> None:
    browser = webkit.open("W")
    tab = browser.tab()
    tab.goto(edge.url + "/")
    tab.wait("/^Saved/.test((document.querySelector('#state span') || {}).textContent)")
    tab.goto(edge.url + "/help")
    tab.wait("navigator.serviceWorker.controller !== null && document.readyState === 'complete'")
    earlier = edge.faulty.requested.count("/sw.js")
    edge.publish(edge.newer)
    # Six minutes later by the page's clock, the next check for a newer worker is due.
    tab.script(
        "(() => { window.same = true; const now = Date.now; Date.now = () => now() + 36e4;"
        " dispatchEvent(new Event('focus')); return true; })()"
    )
    wait_until(lambda: edge.faulty.requested.count("/sw.js") > earlier, "a check for a newer worker")
    ready = f"caches.match('/ready', {{ cacheName: 'pages-{edge.newer.release}' }})"
    tab.until(lambda: tab.script(f"{ready}.then(Boolean)"), "the newer release")
    assert tab.script("window.same"), "no open page reloads"
    edge.stop()

    def newer() -> bool:
        tab.goto(edge.url + "/what-is-it")
        tab.wait("location.pathname === '/what-is-it' && document.readyState === 'complete'")
        return ADDED in str(tab.script("document.body.textContent"))

    tab.until(newer, "the newer page")
    browser.close()
