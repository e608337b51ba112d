"""A subscription in a real Firefox, from the settings page to the notification and its end."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from click.testing import CliRunner
from playwright.sync_api import Browser, Page, Playwright

from server.alerts.services import PushServices
from server.cli.alerts import Dependencies, alerts
from tests.support.alerts_server import AlertsServer, BuiltSite
from tests.support.autopush import Autopush
from tests.support.browsers import PHONE, save_offline, until
from tests.support.engines import FIREFOX, FIREFOX_PREFS
from tests.support.missing import lacking
from tests.support.running import wait_until

SHOWN = """async () => (await (await navigator.serviceWorker.ready).getNotifications())
  .map(({ title, body, tag }) => [title, body, tag])"""
NEUTRAL = ["Something changed in My area", "", "alerts"]
RENEWED = """async () => {
  const state = await (await caches.match('alerts', { cacheName: 'alerts' })).json();
  return Date.now() - state.at < 36e5;
}"""
EARLIER = """async (past) => {
  const cache = await caches.open('alerts');
  const state = await (await cache.match('alerts')).json();
  for (const name of Object.keys(past)) if (name in state) state[name] -= past[name];
  await cache.put('alerts', new Response(JSON.stringify(state)));
}"""
STORED_AREAS = "async () => (await (await caches.match('alerts', { cacheName: 'alerts' })).json()).areas"
QUARTER = {"tried": 15 * 60 * 1000}
DAY = {"at": 86_400_000, "tried": 86_400_000}


@pytest.fixture(scope="module")
def push(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Autopush]:
    running = Autopush(tmp_path_factory.mktemp("push"))
    yield running
    running.close()


@pytest.fixture
def site(built: BuiltSite, tmp_path: Path, push: Autopush) -> Iterator[AlertsServer]:
    running = AlertsServer(built, tmp_path / "data", push.origin)
    running.keyring.make()
    yield running
    running.close()


@pytest.fixture(scope="module")
def firefox(playwright: Playwright, push: Autopush) -> Iterator[Browser]:
    if not FIREFOX:
        lacking("no firefox-esr: tests/tools/browsers.sh installs it")
    prefs = {**FIREFOX_PREFS, **push.preferences}
    browser = playwright.firefox.launch(channel="moz-firefox", executable_path=FIREFOX, firefox_user_prefs=prefs)
    yield browser
    browser.close()


@pytest.fixture
def page(firefox: Browser) -> Iterator[Page]:
    context = firefox.new_context(viewport=PHONE)
    yield context.new_page()
    context.close()


def expect_message(page: Page, words: str) -> None:
    page.wait_for_function("(words) => document.getElementById('alerts-status').textContent === words", arg=words)


def expect_path(page: Page, path: str) -> None:
    # Leaving replaces its own navigation, which Playwright reports as failed in Firefox.
    page.wait_for_function("(path) => location.pathname === path && document.readyState === 'complete'", arg=path)


def ask(page: Page, site: AlertsServer, *areas: str) -> None:
    page.goto(f"{site.url}/settings")
    for area in areas:
        page.check(f'#alerts input[value="{area}"]')
    page.click("#allow")
    expect_message(page, "It is on.")


def visit(page: Page, site: AlertsServer, path: str) -> None:
    """Opens a page, and waits for the last request that it makes."""
    before = len(site.requests)
    page.goto(site.url + path)
    wait_until(lambda: "GET /corrections.json" in site.requests[before:], "the look for corrections")


def a_day_later(page: Page) -> None:
    """Makes the last renewal a day old, once a renewal in progress is over."""
    until(page, RENEWED)
    page.evaluate(EARLIER, DAY)


def is_gone(push: Autopush, endpoint: str) -> bool:
    try:
        urllib.request.urlopen(urllib.request.Request(endpoint, b""), context=push.tls())
    except urllib.error.HTTPError as error:
        return error.code == 410
    return False


def test_the_whole_life_of_a_subscription(page: Page, site: AlertsServer, push: Autopush) -> None:
    dependencies = Dependencies(PushServices(frozenset({push.origin})), push.tls())

    def send() -> str:
        words = ("send", "a-preview", "--again")
        environment = {**site.environment, "TELLSOMEONE_ORIGIN": "https://tell.example.org"}
        with ThreadPoolExecutor() as beside:  # Playwright has this thread's event loop
            ran = beside.submit(CliRunner().invoke, alerts, words, obj=dependencies, env=environment).result()
        assert ran.exit_code == 0, ran.output
        return ran.output

    save_offline(page, f"{site.url}/parents")
    visit(page, site, "/settings")
    assert site.alert_requests == [], "no request before somebody subscribes"
    page.click("#allow")
    expect_message(page, "Choose an area first.")
    ask(page, site, "herefordshire", "shropshire")
    [(first, areas)] = site.subscribed
    assert (first.startswith(push.origin), areas) == (True, "herefordshire shropshire")

    page.click("#test")
    expect_message(page, "Look at your notifications.")
    wait_until(lambda: page.evaluate(SHOWN) == [NEUTRAL], "the notification")
    page.click("#leave")
    expect_path(page, "/neutral")
    wait_until(lambda: page.evaluate(SHOWN) == [], "leaving to take it down")
    page.click("#start")
    expect_path(page, "/")

    for times in (1, 2):
        assert "1 taken" in send()
        wait_until(lambda times=times: len(push.acknowledged) == times, "Firefox's word for the message")
        wait_until(lambda: page.evaluate(SHOWN) == [NEUTRAL], "one message on the screen, though it comes twice")
    assert push.acknowledged == [100, 100], "Firefox decrypted them"

    before = len(site.alert_requests)
    visit(page, site, "/news")
    assert len(site.alert_requests) == before, "one renewal a day"
    a_day_later(page)
    page.goto(f"{site.url}/parents")
    wait_until(lambda: len(site.alert_requests) == before + 2, "the day's renewal")
    assert site.subscribed == [(first, areas)]

    site.keyring.make()
    a_day_later(page)
    page.goto(f"{site.url}/news")
    wait_until(lambda: len(site.subscribed) == 2, "a subscription with the new key")
    assert is_gone(push, first)
    assert "1 taken by the push services, 1 gone and removed" in send()
    [(second, areas)] = site.subscribed
    assert (second != first, areas) == (True, "herefordshire shropshire")

    before = len(site.alert_requests)
    site.slow.add("/alerts/key")
    a_day_later(page)
    page.goto(f"{site.url}/settings")
    expect_message(page, "It is on.")
    wait_until(lambda: "GET /alerts/key" in site.alert_requests[before:], "a renewal on its way")
    page.click("#test")
    expect_message(page, "Look at your notifications.")
    page.click("#stop")
    expect_message(page, "It is off.")
    wait_until(lambda: page.evaluate(SHOWN) == [], "stopping to take it down")
    site.slow.clear()
    wait_until(lambda: site.subscribed == [], "the server to forget")
    visit(page, site, "/settings")
    assert [each for each in site.alert_requests[before:] if each.startswith("POST")] == [], (
        "Stop comes before the renewal"
    )
    wait_until(lambda: is_gone(push, second), "Firefox to unsubscribe")
    assert page.evaluate("() => caches.has('alerts')") is False

    ask(page, site, "herefordshire")
    [(third, _)] = site.subscribed
    site.stop()
    page.click("#stop")
    expect_message(page, "It is off.")
    wait_until(lambda: is_gone(push, third), "Firefox to unsubscribe")
    site.start()
    assert "0 taken by the push services, 1 gone and removed" in send()
    assert site.subscribed == []
    assert push.faults == []


def test_a_failed_renewal_is_retried_later(page: Page, site: AlertsServer, push: Autopush) -> None:
    save_offline(page, f"{site.url}/parents")
    ask(page, site, "shropshire")
    [(first, _)] = site.subscribed
    site.keyring.make()
    site.busy.add("/alerts/subscriptions")
    before = len(site.alert_requests)
    a_day_later(page)
    page.goto(f"{site.url}/parents")
    wait_until(lambda: "POST /alerts/subscriptions" in site.alert_requests[before:], "a try that fails")
    assert is_gone(push, first), "the earlier endpoint is unsubscribed by then"
    site.busy.clear()
    before = len(site.alert_requests)
    visit(page, site, "/parents")
    assert len(site.alert_requests) == before, "no retry at every page"
    page.evaluate(EARLIER, QUARTER)
    page.goto(f"{site.url}/parents")
    wait_until(lambda: len(site.subscribed) == 2, "a subscription with the new key before a day has passed")


def test_areas_chosen_during_a_renewal_win(page: Page, site: AlertsServer) -> None:
    save_offline(page, f"{site.url}/parents")
    ask(page, site, "shropshire")
    a_day_later(page)
    before = len(site.alert_requests)
    site.slow.add("/alerts/subscriptions")
    page.goto(f"{site.url}/settings")
    expect_message(page, "It is on.")
    wait_until(lambda: "POST /alerts/subscriptions" in site.alert_requests[before:], "a renewal on its way")
    page.uncheck('#alerts input[value="shropshire"]')
    page.check('#alerts input[value="worcestershire"]')
    page.click("#allow")
    expect_message(page, "Asking your phone…")
    site.slow.clear()
    expect_message(page, "It is on.")
    assert [areas for _, areas in site.subscribed] == ["worcestershire"]
    assert page.evaluate(STORED_AREAS) == ["worcestershire"]


@pytest.mark.parametrize("way", ["remove", "clear"])
def test_removing_the_site_unsubscribes(page: Page, site: AlertsServer, push: Autopush, way: str) -> None:
    save_offline(page, f"{site.url}/")
    ask(page, site, "shropshire")
    [(endpoint, _)] = site.subscribed
    if way == "remove":
        page.click("#remove")
        page.wait_for_function("() => /^Removed/.test(document.querySelector('#state span').textContent)")
    else:
        page.goto(f"{site.url}/clear")
        page.click("#clear button")
        page.wait_for_function("() => document.querySelector('h1').textContent === 'Removed'")
    wait_until(lambda: is_gone(push, endpoint) and site.subscribed == [], "the end of it, here and there")
    assert page.evaluate("() => caches.keys()") == []
