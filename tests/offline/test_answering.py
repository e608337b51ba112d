"""Cases 30 to 38 of `docs/offline.md`: a phone that has the site, with a network, clock or worker that is wrong."""

from __future__ import annotations

import datetime

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.support.browsers import now_in, save_offline, until
from tests.support.edge import Edge
from tests.support.faults import drips, hangs, says
from tests.support.sampling import sample

HELP = "/help"
EMERGENCY = 'a[href="tel:999"]'


@pytest.fixture
def page(context: BrowserContext, edge: Edge) -> Page:
    """A phone that has saved the release, with a page of it open."""
    page = context.new_page()
    save_offline(page, edge.url + "/")
    return page


def has_all_numbers(page: Page) -> bool:
    return page.locator(".danger[href='tel:999']").is_visible() and (
        page.locator('.ways a[data-number="childline-phone"]').first.get_attribute("href") == "tel:08001111"
    )


@pytest.mark.parametrize("off", sample([-20 * 365, -1, 20 * 365, 1, 400], 0, 2), ids=lambda days: f"{days:+} days")
def test_30_no_wrong_clock_hides_a_number(page: Page, edge: Edge, off: int) -> None:
    edge.stop()
    page.clock.set_fixed_time(now_in(page) + datetime.timedelta(days=off))
    page.goto(edge.url + HELP)
    assert has_all_numbers(page)
    page.goto(edge.url + "/areas/worcestershire")
    assert page.locator('.ways a[href^="tel:"]').count() > 10
    # A date before the newest fact is impossible; a year after it is possible, and the page shows the age of its facts.
    impossible = page.locator("[data-hours]", has_text="Check your phone's date").count()
    old = page.locator("[data-hours]", has_text="These hours are years old").count()
    assert (bool(impossible), bool(old)) == (off < -5000, off > 5000)
    # The release's own date, whatever the clock says. The script writes it once it has looked at the storage.
    page.locator("#state", has_text=str(edge.site.built.year)).wait_for()


def test_32_a_worker_killed_while_it_saves_again_continues_at_the_next_page(
    context: BrowserContext, page: Page, edge: Edge
) -> None:
    page.evaluate("() => caches.keys().then((names) => Promise.all(names.map((name) => caches.delete(name))))")
    edge.faults[r"/pack/.*"] = hangs
    page.goto(edge.url + "/help")
    session = context.new_cdp_session(page)
    session.send("ServiceWorker.enable")
    session.send("ServiceWorker.stopAllWorkers")
    edge.faults.clear()
    page.goto(edge.url + "/areas")
    until(
        page,
        "async () => { for (const name of await caches.keys()) if (await caches.match('/ready', { cacheName: name }))"
        " return true; }",
    )
    edge.stop()
    page.goto(edge.url + HELP)
    assert has_all_numbers(page)


def test_33_a_worker_whose_storage_throws_uses_the_network_or_its_emergency_page(
    context: BrowserContext, page: Page, edge: Edge
) -> None:
    broken = "CacheStorage.prototype.match = CacheStorage.prototype.open = () => { throw Error('broken'); }"
    context.service_workers[0].evaluate(f"() => {{ {broken}; }}")
    answer = page.goto(edge.url + HELP)
    assert answer is not None and answer.status == 200
    assert has_all_numbers(page)
    edge.stop()
    page.goto(edge.url + HELP)
    assert page.locator(EMERGENCY).is_visible(), "never blank"
    page.goto(edge.url + "/leave")
    assert page.inner_text("h1") == "Local information"


def test_34_navigator_online_is_ignored(page: Page, edge: Edge) -> None:
    edge.stop()
    page.goto(edge.url + HELP)
    assert page.evaluate("() => navigator.onLine"), "the phone says it is online"
    assert has_all_numbers(page)
    page.goto(edge.url + "/nothing-here")
    assert page.locator(EMERGENCY).is_visible()


@pytest.mark.parametrize("fault", [hangs, drips], ids=["no answer", "a byte now and then"])
def test_35_a_network_that_delivers_nothing_delays_no_page(page: Page, edge: Edge, fault) -> None:
    edge.faults[".*"] = fault
    for path in (HELP, "/", "/areas/shropshire"):
        page.goto(edge.url + path)
        assert page.locator(".danger[href='tel:999']").is_visible()
    page.goto(edge.url + "/leave")
    page.wait_for_url("**/neutral")
    page.click('a[href="/start"]')
    page.wait_for_url(edge.url + "/")
    if fault is hangs:
        page.goto(edge.url + "/nothing-here")
        assert page.locator(EMERGENCY).is_visible(), "the page gives up waiting"
    # `page.close` would wait for pending requests.
    edge.stop()


def test_36_37_the_worker_ignores_ranges_posts_and_other_origins(page: Page, edge: Edge) -> None:
    earlier = len(edge.faulty.requested)
    page.evaluate("() => fetch('/help', { headers: { Range: 'bytes=0-9' } }).then((answer) => answer.text())")
    assert edge.faulty.requested[earlier:].count("/help") == 1, "the server answered, not the storage"
    edge.faults["/help"] = says(206, b"0123456789", content_range="bytes 0-9/20")
    part = page.evaluate(
        "() => fetch('/help', { headers: { Range: 'bytes=0-9' } }).then(async (a) => [a.status, await a.text()])"
    )
    assert part == [206, "0123456789"], "unchanged"
    assert page.evaluate("() => fetch('/help', { method: 'POST' }).then((answer) => answer.status)") == 206
    refused = page.evaluate("() => fetch('http://127.0.0.1:9/').then(() => 'answered', (error) => error.name)")
    assert refused == "TypeError", "the page's own policy blocks it"


@pytest.mark.parametrize("address", ["/help?utm_source=a&lang=en", "/help/", "/help/?x#who"])
def test_38_additions_to_an_address_do_no_harm(page: Page, edge: Edge, address: str) -> None:
    edge.stop()
    page.goto(edge.url + address)
    assert has_all_numbers(page)
