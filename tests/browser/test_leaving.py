"""Leaving: never a page of the site on Back, from the server and from the worker, server up and server dead."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext, Error, Page, Playwright

from server.site.resource import Site
from tests.support.browsers import PHONE, profile, save_offline, travel, until
from tests.support.own import OwnServer
from tests.support.running import PATIENCE, Destination, Reachable, Served

BEFORE = "data:text/html,<title>Before</title><h1>Before</h1>"
CHAIN = ("/help", "/areas", "/areas/worcestershire")


def before(context: BrowserContext, destination: Destination) -> Page:
    """A tab on a page that is not the site's."""
    page = context.new_page()
    page.goto(destination.url + "/before")
    return page


def follow(page: Page, path: str) -> None:
    page.locator(f'a[href="{path}"]').first.click()
    page.wait_for_function("(path) => location.pathname === path && document.readyState === 'complete'", arg=path)


def chain(page: Page, server: Reachable) -> int:
    """Before, then three pages of the site by its own links. Gives the length of the history."""
    page.goto(server.url + "/")
    length = int(page.evaluate("() => history.length"))
    for path in CHAIN:
        follow(page, path)
    assert page.evaluate("() => history.length") == length, "the whole visit is one entry"
    return length


def back(page: Page) -> None:
    page.evaluate("() => { setTimeout(() => history.back(), 0); }")


def arrives(page: Page, url: str) -> None:
    page.wait_for_url(url, wait_until="commit", timeout=PATIENCE * 1000)


@pytest.mark.parametrize("saved", [False, True], ids=["from-the-server", "from-the-worker"])
@pytest.mark.parametrize("up", [True, False], ids=["server-up", "server-dead"])
def test_a_chain_of_three_then_leave_then_back_never_shows_the_site(
    context: BrowserContext, own_server: OwnServer, destination: Destination, saved: bool, up: bool
) -> None:
    if not saved:
        context.add_init_script("Object.defineProperty(Navigator.prototype, 'serviceWorker', { get() {} })")
    else:
        page = context.new_page()
        save_offline(page, own_server.url + "/")
        page.close()
    page = before(context, destination)
    chain(page, own_server)
    seen = len(destination.requests)
    if not up:
        own_server.stop()
        destination_up = False
    else:
        destination_up = True
    # Checked from the outside: every document that is shown from here on.
    shown: list[str] = []
    page.on("framenavigated", lambda frame: shown.append(frame.url))
    page.click("#leave")
    if destination_up or saved:
        arrives(page, destination.url + "/")
        asked = destination.requests[seen:]
        assert {path for path, _ in asked} <= {"/", "/favicon.ico"}
        assert all(own_server.url not in value for _, headers in asked for value in headers.values())
        assert all("referer" not in headers for path, headers in asked if path == "/")
    else:
        arrives(page, own_server.url + "/neutral")
        assert page.inner_text("h1") == "Local information"
        assert page.title() == "Local information"
    left_at = len(shown)
    back(page)
    arrives(page, destination.url + "/before")
    page.wait_for_function("() => document.title === 'Weather'")
    for url in shown[:left_at]:
        assert url in (own_server.url + "/neutral", destination.url + "/"), shown
    assert shown[left_at:] == [destination.url + "/before"], "Back shows the page before, and nothing on the way"


def test_bfcache_is_on_here_so_that_a_pass_means_something(context: BrowserContext, destination: Destination) -> None:
    page = context.new_page()
    page.goto(destination.url + "/one")
    page.evaluate("() => { addEventListener('pageshow', (event) => { window.kept = event.persisted; }); }")
    page.goto(destination.url + "/two")
    travel(page, "back")
    page.wait_for_function("() => window.kept === true")


def test_with_a_dead_destination_the_neutral_page_stays(
    context: BrowserContext, own_server: OwnServer, destination: Destination, nowhere: str
) -> None:
    own_server.leads_to(nowhere)
    page = before(context, destination)
    save_offline(page, own_server.url + "/")
    with page.expect_event("requestfailed", lambda request: request.url == nowhere):
        page.click("#leave")
    assert page.evaluate("() => fetch('/healthz').then(() => location.href)") == own_server.url + "/neutral"
    assert page.inner_text("h1") == "Local information"


def test_after_leaving_every_page_is_neutral_until_the_start_page_link(
    context: BrowserContext, own_server: OwnServer, destination: Destination
) -> None:
    page = before(context, destination)
    save_offline(page, own_server.url + "/")
    page.click("#leave")
    arrives(page, destination.url + "/")
    for dead in (False, True):
        if dead:
            own_server.stop()
        for path in ("/", "/help", "/areas/shropshire"):
            page.goto(own_server.url + path)
            arrives(page, own_server.url + "/neutral")
            assert page.inner_text("h1") == "Local information"
    page.click("#start")
    arrives(page, own_server.url + "/")
    page.goto(own_server.url + "/help")
    assert page.inner_text("h1") == "Get help"


def test_a_mark_that_has_ended_is_deleted_by_the_next_page(context: BrowserContext, server: Served) -> None:
    page = context.new_page()
    save_offline(page, server.url + "/")
    page.evaluate(
        """async () => {
            const ended = String(Date.now() - 31 * 60 * 1000);
            localStorage.setItem('left', ended);
            await (await caches.open('left')).put('/left', new Response(ended));
        }"""
    )
    page.goto(server.url + "/help")
    assert page.evaluate("() => [location.pathname, localStorage.getItem('left')]") == ["/help", None]
    until(page, "async () => !(await caches.has('left'))")  # the worker answers before it is deleted


def test_leaving_in_one_tab_covers_the_others(
    context: BrowserContext, server: Served, destination: Destination
) -> None:
    other = context.new_page()
    other.goto(server.url + "/parents")
    page = before(context, destination)
    page.goto(server.url + "/help")
    page.click("#leave")
    arrives(page, destination.url + "/")
    arrives(other, server.url + "/neutral")


def test_with_scripts_off_leave_goes_to_the_destination_and_back_stays_neutral(
    playwright: Playwright, server: Served, destination: Destination
) -> None:
    with profile(playwright, viewport=PHONE, java_script_enabled=False) as context:
        page = before(context, destination)
        page.goto(server.url + "/")
        for path in CHAIN[:2]:
            page.locator(f'a[href="{path}"]').first.click()
            page.wait_for_url(server.url + path)
        seen = len(destination.requests)
        page.click("#leave")
        arrives(page, destination.url + "/")
        assert all("referer" not in headers for path, headers in destination.requests[seen:] if path == "/")
        for _ in range(3):
            travel(page, "back")
            assert page.url in (server.url + "/neutral", destination.url + "/before"), "no page of the site on Back"


def test_escape_three_times_leaves_and_later_presses_do_nothing(
    context: BrowserContext, server: Served, destination: Destination
) -> None:
    page = before(context, destination)
    save_offline(page, server.url + "/parents")
    for _ in range(6):
        page.keyboard.press("Escape")
    arrives(page, destination.url + "/")


def test_the_same_task_that_leaves_covers_the_page(
    context: BrowserContext, server: Served, destination: Destination
) -> None:
    page = context.new_page()
    save_offline(page, server.url + "/parents")
    state = page.evaluate(
        """() => { document.getElementById('leave').click();
        return [document.title, getComputedStyle(document.querySelector('h1')).visibility]; }"""
    )
    assert state == ["Local information", "hidden"]
    arrives(page, destination.url + "/")  # Chromium may never close a context in the middle of a way out


def test_back_on_the_page_goes_along_the_visit_and_restores_the_place(context: BrowserContext, server: Served) -> None:
    page = context.new_page()
    page.goto(server.url + "/")
    follow(page, "/help")
    page.evaluate("() => scrollTo(0, 400)")
    page.evaluate("() => document.querySelector('main a[href=\"/help/talk\"]').focus({preventScroll: true})")
    page.keyboard.press("Enter")
    page.wait_for_function("() => location.pathname === '/help/talk'")
    page.click("#back")
    page.wait_for_function("() => location.pathname === '/help' && document.readyState === 'complete'")
    page.wait_for_function("() => scrollY === 400")
    assert page.evaluate("() => document.activeElement.getAttribute('href')") == "/help/talk"
    page.click("#back")
    page.wait_for_function("() => location.pathname === '/'")


def test_a_fragment_and_the_skip_link_make_no_entry_either(context: BrowserContext, server: Served) -> None:
    page = context.new_page()
    page.goto(server.url + "/areas/shropshire")
    length = page.evaluate("() => history.length")
    page.locator(".jump a").last.click()
    page.wait_for_function("() => location.hash !== ''")
    page.locator(".top-skip").focus()
    page.keyboard.press("Enter")
    page.wait_for_function("() => location.hash === '#main'")
    assert page.evaluate("() => history.length") == length


def test_a_page_from_the_worker_is_the_page_from_the_server(
    context: BrowserContext, server: Served, site: Site
) -> None:
    page = context.new_page()
    save_offline(page, server.url + "/")
    kept = page.evaluate(
        """async (paths) => {
          const cache = await caches.open((await caches.keys()).find((name) => name.startsWith('pages-')));
          return Promise.all(paths.map(async (path) => (await cache.match(path)).text()));
        }""",
        paths := [resource.path for resource in site.pages],
    )
    assert len(paths) > 100
    for path, text in zip(paths, kept, strict=True):
        assert text == server.ask(path).body.decode(), path


def test_the_policy_holds_in_pages_from_the_worker(context: BrowserContext, own_server: OwnServer) -> None:
    page = context.new_page()
    save_offline(page, own_server.url + "/")
    own_server.stop()
    answer = page.goto(own_server.url + "/help")
    assert answer is not None
    assert answer.from_service_worker
    refused = page.evaluate(
        """() => new Promise((resolve) => {
        document.addEventListener('securitypolicyviolation', (event) => resolve(event.violatedDirective));
        import('http://127.0.0.1:9/of-another-site.js').catch(() => {}); })"""
    )
    assert refused.startswith("script-src")
    with pytest.raises(Error, match="TrustedScript"):
        page.evaluate("() => { document.createElement('script').textContent = 'window.broken = true'; }")
