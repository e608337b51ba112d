"""Cases 40 and 42 to 45 of `docs/offline.md`, one by one; `docs/leaving.md` has them in every engine and state."""

from __future__ import annotations

from playwright.sync_api import Browser, BrowserContext, Error, Page

from tests.support.browsers import save_offline, travel
from tests.support.edge import Edge
from tests.support.faults import Held
from tests.support.running import PATIENCE, Destination, wait_until

NEUTRAL = "Local information"
BEFORE = "/before"


def come(page: Page, edge: Edge, destination: Destination) -> None:
    """Comes from another site, and follows three links."""
    page.goto(destination.url + BEFORE)
    page.goto(edge.url + "/")
    for path in ("/help", "/areas", "/areas/shropshire"):
        page.click(f'a[href="{path}"] >> nth=0')
        page.wait_for_url(edge.url + path)


def test_40_removed_then_back_then_offline(context: BrowserContext, edge: Edge, destination: Destination) -> None:
    page = context.new_page()
    save_offline(page, edge.url + "/")
    come(page, edge, destination)
    page.evaluate("() => localStorage.setItem('area', 'shropshire')")
    page.click("#remove")

    def is_removed() -> bool:
        # If the phone is too busy to remove all of it in time, the page to remove it with opens, and is used.
        if page.locator("#clear button:enabled").is_visible():
            page.locator("#clear button").click()
        removed = page.get_by_role("heading", name="Removed", exact=True)
        return removed.or_(page.get_by_text("Your browser's own list of pages stays")).is_visible()

    wait_until(is_removed, "a phone with nothing left")
    assert page.evaluate("() => caches.keys()") == []
    assert page.evaluate("() => localStorage.length + sessionStorage.length") == 0
    assert page.evaluate("() => navigator.serviceWorker.getRegistrations().then((all) => all.length)") == 0
    edge.stop()
    travel(page, "back")
    assert page.url == destination.url + BEFORE
    try:
        page.goto(edge.url + "/help")
    except Error as error:
        assert "ERR_CONNECTION_REFUSED" in str(error)
    else:
        raise AssertionError("something of the site was still there")


def test_42_44_back_after_leaving_shows_nothing_of_the_visit(
    context: BrowserContext, edge: Edge, destination: Destination
) -> None:
    page = context.new_page()
    save_offline(page, edge.url + "/")
    page = context.new_page()
    come(page, edge, destination)
    page.click("#leave")
    page.wait_for_url("**/neutral")
    travel(page, "back")
    assert page.url == destination.url + BEFORE, "the whole visit is one history entry"
    travel(page, "forward")
    page.wait_for_function(f"() => document.title === '{NEUTRAL}'")
    assert page.inner_text("h1") == NEUTRAL


def test_43_leaving_works_at_once_without_a_network(context: BrowserContext, edge: Edge) -> None:
    page = context.new_page()
    save_offline(page, edge.url + "/")
    page.goto(edge.url + "/help")
    edge.stop()
    page.click("#leave")
    page.wait_for_url("**/neutral")
    assert page.title() == NEUTRAL
    assert "theme" not in str(page.get_attribute("html", "class"))
    for path in ("/help", "/"):
        page.goto(edge.url + path)
        assert page.url == edge.url + "/neutral", "until Start page is chosen"
    page.click('a[href="/start"]')
    page.wait_for_url(edge.url + "/")


def test_start_page_wins_over_the_neutral_page_that_is_still_on_its_way(browser: Browser, edge: Edge) -> None:
    page = browser.new_page(service_workers="block")
    page.goto(edge.url + "/help")
    neutral = edge.faults["/neutral"] = Held()
    start = edge.faults["/start"] = Held()
    page.click("#leave")
    assert neutral.requested.wait(PATIENCE)
    page.click('a[href="/start"]', no_wait_after=True)
    assert start.requested.wait(PATIENCE)
    neutral.released.set()
    assert neutral.answered.wait(PATIENCE)
    start.released.set()
    page.wait_for_url(edge.url + "/")
    assert page.locator("#leave").is_visible()
    page.close()


def test_45_with_scripts_off_leaving_is_a_plain_link(browser: Browser, edge: Edge) -> None:
    page = browser.new_page(java_script_enabled=False)
    page.goto(edge.url + "/help")
    assert page.get_attribute("#leave", "rel") == "noreferrer"
    page.click("#leave")
    page.wait_for_url("**/neutral")
    assert page.inner_text("h1") == NEUTRAL
    page.close()
