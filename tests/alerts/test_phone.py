"""Alerts on a phone: with scripts off, with scripts, and offline. Nobody is asked for permission unasked.

What only a push service can show is in `test_firefox.py`: Chromium has none here, so CDP delivers the messages.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, Playwright

from tests.support.alerts_server import AlertsServer, BuiltSite
from tests.support.browsers import PHONE, profile, save_offline
from tests.support.running import PATIENCE, wait_until

SHOWN = """async () => (await (await navigator.serviceWorker.ready).getNotifications())
  .map(({ title, body, tag }) => [title, body, tag])"""
NEUTRAL = ["Something changed in My area", "", "alerts"]
TAP = """async () => {
  const [notification] = await registration.getNotifications();
  dispatchEvent(new NotificationEvent('notificationclick', { notification }));
}"""
AREAS = ("herefordshire", "shropshire", "telford-and-wrekin", "worcestershire")


@pytest.fixture
def site(built: BuiltSite, tmp_path: Path) -> Iterator[AlertsServer]:
    running = AlertsServer(built, tmp_path / "data")
    yield running
    running.close()


@pytest.fixture
def context(playwright: Playwright) -> Iterator[BrowserContext]:
    with profile(playwright, viewport=PHONE) as running:
        yield running


@pytest.fixture
def page(context: BrowserContext, site: AlertsServer) -> Page:
    """A phone that allows notifications, with the site saved."""
    context.grant_permissions(["notifications"])
    opened = context.new_page()
    save_offline(opened, f"{site.url}/parents")
    return opened


def push(page: Page, site: AlertsServer, text: str = '{"id":"a-preview","area":"herefordshire"}') -> None:
    """Delivers a decrypted message to the worker, as the browser does."""
    cdp = page.context.new_cdp_session(page)
    registrations: list[dict] = []
    cdp.on("ServiceWorker.workerRegistrationUpdated", lambda event: registrations.extend(event["registrations"]))
    cdp.send("ServiceWorker.enable")
    wait_until(lambda: page.evaluate("() => true") and registrations, "the worker's registration")
    message = {"origin": site.url, "registrationId": registrations[-1]["registrationId"], "data": text}
    for _ in range(PATIENCE):
        cdp.send("ServiceWorker.deliverPushMessage", message)
        # Earlier, Chromium reports a notification that isn't drawn yet as closed.
        page.wait_for_timeout(500)
        if page.evaluate(SHOWN) == [NEUTRAL]:
            return
    raise TimeoutError("the message never showed")


def expect_notifications(page: Page, *messages: list[str]) -> None:
    wait_until(lambda: page.evaluate(SHOWN) == [*messages], f"{messages} and nothing else on the screen")


def expect_message(page: Page, words: str) -> None:
    page.wait_for_function("(words) => document.getElementById('alerts-status').textContent === words", arg=words)


def test_with_scripts_off_the_news_can_be_read_and_nothing_is_offered(
    playwright: Playwright, site: AlertsServer
) -> None:
    with profile(playwright, viewport=PHONE, java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{site.url}/news")
        notice = page.locator("article")
        assert notice.count() == 1, "what is over is not news"
        assert "Herefordshire. From 25 November 2026 to 1 January 2999." in notice.inner_text()
        assert "This site is a preview." in notice.inner_text()
        assert not page.get_by_text("it is over").is_visible()
        page.goto(f"{site.url}/areas/herefordshire")
        page.click("text=A preview")
        page.wait_for_url("**/news#a-preview")
        page.goto(f"{site.url}/settings")
        assert page.get_by_text("Something changed in My area").is_visible()
        assert not page.locator("#allow").is_visible()
        assert "Settings need scripts" in page.content()
    assert site.alert_requests == []


def test_only_the_settings_ask_for_permission_and_no_page_for_young_people_links_there(
    built: BuiltSite, site: AlertsServer
) -> None:
    pages = {page.path: page.body.decode() for page in built.site.pages}
    loads = re.compile(r'src="/assets/alerts\.')
    assert [path for path, html in pages.items() if loads.search(html)] == ["/settings"]
    asking = [path for path, r in built.site.resources.items() if r.is_text and b"requestPermission" in r.body]
    assert [path.split(".")[0] for path in asking if not path.startswith("/pack/")] == ["/assets/alerts"]
    for path in ("/parents", "/professionals", "/outreach"):
        assert 'href="/news"' in pages[path]
        assert 'href="/settings"' in pages[path]
    for path, html in pages.items():
        if path.startswith(("/young-people", "/help", "/signs", "/what-is-it")) or path in ("/", "/quiz"):
            assert 'href="/settings"' not in html, path
            assert 'href="/news"' not in html, path


def test_only_an_area_with_news_links_to_them(built: BuiltSite) -> None:
    for area in AREAS:
        html = built.site.resources[f"/areas/{area}"].body.decode()
        assert ("data-until" in html) == (area == "herefordshire")
        assert ('href="/news' in html) == (area == "herefordshire")


def test_a_saved_notice_says_when_it_is_over(page: Page, site: AlertsServer) -> None:
    page.goto(f"{site.url}/news")
    over = page.get_by_text("By this phone's date it is over.")
    assert not over.is_visible()
    site.stop()
    page.clock.set_fixed_time("2999-01-02T12:00:00Z")
    page.goto(f"{site.url}/news")
    over.wait_for()
    assert page.get_by_text("to 1 January 2999").is_visible()
    site.start()


def test_without_a_key_a_phone_can_not_subscribe(page: Page, site: AlertsServer) -> None:
    page.goto(f"{site.url}/settings")
    page.click("#allow")
    expect_message(page, "Choose an area first.")
    assert site.alert_requests == []
    page.check("#alerts input[value=shropshire]")
    page.click("#allow")
    expect_message(page, "This site sends no messages now.")
    assert set(site.alert_requests) == {"GET /alerts/key"}
    assert page.evaluate("() => caches.has('alerts')") is False
    site.stop()
    page.goto(f"{site.url}/settings")
    page.check("#alerts input[value=shropshire]")
    page.click("#allow")
    expect_message(page, "No answer. Try again when you have signal.")
    site.start()
    site.keyring.make()
    page.context.clear_permissions()
    page.click("#allow")
    expect_message(page, "Your phone doesn't allow it. If it did not ask, look in its settings.")
    page.evaluate("() => delete window.PushManager")
    page.add_init_script("delete window.PushManager")
    page.goto(f"{site.url}/settings")
    expect_message(page, "This browser can't do it. What an iPhone or iPad needs is said above.")
    assert not page.locator("#allow").is_visible()


def test_a_push_service_that_never_answers_times_out(page: Page, site: AlertsServer) -> None:
    site.keyring.make()
    page.clock.install()
    page.goto(f"{site.url}/settings")
    page.check("#alerts input[value=shropshire]")
    page.click("#allow")
    expect_message(page, "Asking your phone…")
    page.clock.run_for(30_000)
    expect_message(page, "It didn't work. Try again later.")
    page.clock.resume()
    assert page.locator("#stop").is_hidden()
    assert site.subscribed == []


@pytest.mark.parametrize("text", ['{"id":"a-preview","area":"herefordshire"}', "not what we send", ""])
def test_any_message_shows_the_same_neutral_words(page: Page, site: AlertsServer, text: str) -> None:
    push(page, site, text)


def test_a_changed_subscription_is_renewed_at_once(page: Page, site: AlertsServer) -> None:
    site.keyring.make()
    page.evaluate(
        """async () => (await caches.open('alerts')).put('alerts', new Response(JSON.stringify(
        { areas: ['shropshire'], key: 'an old one', at: Date.now() })))"""
    )
    [worker] = page.context.service_workers
    before = len(site.alert_requests)
    worker.evaluate("() => dispatchEvent(new ExtendableEvent('pushsubscriptionchange')) && undefined")
    wait_until(lambda: "GET /alerts/key" in site.alert_requests[before:], "the worker to ask for the key")


def test_a_tap_opens_the_news_and_leaving_closes_the_notification(page: Page, site: AlertsServer) -> None:
    push(page, site)
    [worker] = page.context.service_workers
    worker.evaluate(TAP)
    page.wait_for_url(f"{site.url}/news")
    expect_notifications(page)

    push(page, site)
    page.click("#leave")
    page.wait_for_url("**/neutral")
    expect_notifications(page)

    push(page, site)
    with page.expect_navigation():
        worker.evaluate(TAP)
    assert page.url == f"{site.url}/neutral", "after leaving, a tap leads nowhere else"
    assert page.evaluate("() => caches.has('left')")
    expect_notifications(page)

    opened = worker.evaluate(
        """async () => {
          const opened = [];
          clients.matchAll = async () => [];
          const done = new Promise((resolve) => { clients.openWindow = async (path) => resolve(opened.push(path)); });
          dispatchEvent(new NotificationEvent('notificationclick', {
            notification: (await registration.showNotification('x'), (await registration.getNotifications())[0]),
          }));
          await done;
          return opened;
        }"""
    )
    assert opened == ["/news"], "if no page is open, one is opened"


def test_the_newest_news_are_shown_and_offline_the_saved_ones(page: Page, site: AlertsServer) -> None:
    site.change("/news", "<!doctype html><title>New</title><h1>Newer</h1>")
    before = site.requests.count("GET /sw.js")
    push(page, site)
    wait_until(lambda: site.requests.count("GET /sw.js") > before, "the look for a new release")

    def shows_the_newest() -> bool:
        page.goto(f"{site.url}/news")
        return page.inner_text("h1") == "Newer"

    # The worker shows the saved news if the server doesn't answer soon, as on a busy machine.
    wait_until(shows_the_newest, "the newest news")
    site.stop()
    page.goto(f"{site.url}/news")
    assert page.inner_text("h1") == "What is new"
    assert page.locator("article").count() == 1
    site.start()


def test_a_phone_that_never_subscribed_sends_no_request(page: Page, site: AlertsServer) -> None:
    for path in ("/settings", "/news", "/areas/herefordshire", "/clear"):
        page.goto(site.url + path)
        page.wait_for_load_state("networkidle")
    assert site.alert_requests == []


def test_stopping_removes_the_cache(page: Page, site: AlertsServer) -> None:
    page.evaluate(
        """async () => (await caches.open('alerts')).put('alerts',
          new Response(JSON.stringify({ areas: ['shropshire'], at: Date.now() })))"""
    )
    page.goto(f"{site.url}/settings")
    expect_message(page, "It is on.")
    assert page.is_checked("#alerts input[value=shropshire]")
    page.click("#stop")
    expect_message(page, "It is off.")
    assert page.evaluate("() => caches.has('alerts')") is False
