"""What a person may do with the site on their phone: remove it, keep it under a name, let Back work as usual."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext, Page, Playwright

from server.content.model import Library
from tests.browser.test_leaving import arrives, follow
from tests.support.browsers import PHONE, profile, save_offline, travel
from tests.support.own import OwnServer
from tests.support.running import Destination, Reachable, Served
from tests.support.sampling import WHOLE

KEPT = """async () => ({
  workers: (await navigator.serviceWorker.getRegistrations()).length,
  caches: await caches.keys(),
  databases: indexedDB.databases ? (await indexedDB.databases()).length : 0,
  local: localStorage.length,
  session: sessionStorage.length,
})"""
NOTHING = {"workers": 0, "caches": [], "databases": 0, "local": 0, "session": 0}


def filled(context: BrowserContext, server: Reachable) -> Page:
    """A phone with everything the site may put on it."""
    page = context.new_page()
    save_offline(page, server.url + "/")
    page.goto(server.url + "/settings")
    page.check("#native-back")
    return page


@pytest.mark.parametrize("up", [True, False], ids=["online", "offline"])
def test_one_tap_removes_everything_and_ten_seconds_later_it_is_still_gone(
    context: BrowserContext, own_server: OwnServer, up: bool
) -> None:
    page = filled(context, own_server)
    page.clock.install()
    page.goto(own_server.url + "/clear")
    assert page.evaluate(KEPT) != NOTHING
    if not up:
        own_server.stop()
    page.click("#clear button")
    page.wait_for_function("() => document.querySelector('h1').textContent === 'Removed'")
    assert page.evaluate(KEPT) == NOTHING
    # Whatever the page may still do at a later time, it does now.
    page.clock.run_for(10_000)
    page.evaluate("() => fetch('/healthz').catch(() => {})")
    if WHOLE:
        page.wait_for_timeout(10_000)
    assert page.evaluate(KEPT) == NOTHING
    assert context.cookies() == []
    assert "history" in page.inner_text("main")
    if not up:
        own_server.start()
    page.goto(own_server.url + "/help")
    assert page.inner_text("h1") == "Get help", "the site works again when it is opened anew"


def test_with_scripts_off_the_form_does_the_same(playwright: Playwright, server: Served) -> None:
    with profile(playwright, viewport=PHONE, java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(server.url + "/leave")
        page.goto(server.url + "/start")
        page.goto(server.url + "/clear")
        page.click("#clear button")
        page.locator("h1", has_text="Removed").wait_for()
        assert context.cookies() == []


def test_opening_the_page_removes_nothing(context: BrowserContext, server: Served) -> None:
    page = filled(context, server)
    before = page.evaluate(KEPT)
    page.goto(server.url + "/clear")
    assert page.evaluate(KEPT) == before


def test_each_name_has_its_own_manifest_icon_and_apple_title(
    context: BrowserContext, server: Served, library: Library
) -> None:
    page = context.new_page()
    seen = set()
    for app in library.site.names:
        page.goto(f"{server.url}/save/{app.slug}")
        assert page.get_attribute('meta[name="apple-mobile-web-app-title"]', "content") == app.name
        icon = str(page.get_attribute('link[rel="apple-touch-icon"]', "href"))
        manifest = context.new_cdp_session(page).send("Page.getAppManifest")
        assert manifest["url"] == server.url + app.manifest
        assert manifest["errors"] == []
        assert server.ask(icon).header("Content-Type") == "image/png"
        seen.add((icon, manifest["url"]))
    assert len(seen) == len(library.site.names)


def test_back_makes_no_entries_until_the_setting_says_so(context: BrowserContext, server: Served) -> None:
    page = filled(context, server)
    page.goto(server.url + "/")
    length = page.evaluate("() => history.length")
    follow(page, "/help")
    assert page.evaluate("() => history.length") == length + 1
    travel(page, "back")
    page.wait_for_function("() => location.pathname === '/'")
    page.wait_for_function("() => getComputedStyle(document.querySelector('h1')).visibility === 'visible'")


@pytest.mark.parametrize("up", [True, False], ids=["server-up", "server-dead"])
def test_with_the_setting_leaving_takes_the_whole_visit_along(
    context: BrowserContext, own_server: OwnServer, destination: Destination, up: bool
) -> None:
    page = filled(context, own_server)
    page.close()
    page = context.new_page()
    page.goto(destination.url + "/before")
    page.goto(own_server.url + "/")
    for path in ("/help", "/areas", "/areas/worcestershire"):
        follow(page, path)
    if not up:
        own_server.stop()
    page.click("#leave")
    arrives(page, destination.url + "/")
    shown: list[str] = []
    page.on("framenavigated", lambda frame: shown.append(frame.url))
    for _ in range(4):
        travel(page, "forward")
    assert shown == [], "nothing lies ahead any more"
    for _ in range(2):
        travel(page, "back")
    arrives(page, destination.url + "/before")
    for url in shown:
        assert not url.startswith(own_server.url) or url == own_server.url + "/neutral", shown
