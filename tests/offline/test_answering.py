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
    """A phone that has the release whole, and a page of it open."""
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
    # A day before the newest fact can't be; a year after it can, and is said by the phone's age of what it knows.
    impossible = page.locator("[data-hours]", has_text="Check your phone's date").count()
    old = page.locator("[data-hours]", has_text="These hours are years old").count()
    assert (bool(impossible), bool(old)) == (off < -5000, off > 5000)
    assert str(edge.site.built.year) in page.inner_text("#state"), "the release's own date, whatever the clock says"


def test_32_a_worker_killed_while_it_mends_goes_on_when_it_is_asked_again(
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


def test_33_a_worker_whose_storage_throws_asks_the_network_and_then_itself(
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


def test_34_what_the_phone_says_of_the_network_is_not_believed(page: Page, edge: Edge) -> None:
    edge.stop()
    page.goto(edge.url + HELP)
    assert page.evaluate("() => navigator.onLine"), "the phone says it is online"
    assert has_all_numbers(page)
    page.goto(edge.url + "/nothing-here")
    assert page.locator(EMERGENCY).is_visible()


@pytest.mark.parametrize("fault", [hangs, drips], ids=["no answer", "a byte now and then"])
def test_35_a_network_that_brings_nothing_keeps_nobody_waiting(page: Page, edge: Edge, fault) -> None:
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
        assert page.locator(EMERGENCY).is_visible(), "the wait is given up"
    # `page.close` would wait for what is still on its way.
    edge.stop()


def test_36_37_ranges_posts_and_other_origins_are_not_the_workers(page: Page, edge: Edge) -> None:
    asked = len(edge.faulty.asked)
    page.evaluate("() => fetch('/help', { headers: { Range: 'bytes=0-9' } }).then((answer) => answer.text())")
    assert edge.faulty.asked[asked:].count("/help") == 1, "the server was asked, not what is kept"
    edge.faults["/help"] = says(206, b"0123456789", content_range="bytes 0-9/20")
    part = page.evaluate(
        "() => fetch('/help', { headers: { Range: 'bytes=0-9' } }).then(async (a) => [a.status, await a.text()])"
    )
    assert part == [206, "0123456789"], "as it came"
    assert page.evaluate("() => fetch('/help', { method: 'POST' }).then((answer) => answer.status)") == 206
    refused = page.evaluate("() => fetch('http://127.0.0.1:9/').then(() => 'answered', (error) => error.name)")
    assert refused == "TypeError", "the page's own policy lets nothing out"


@pytest.mark.parametrize("address", ["/help?utm_source=a&lang=en", "/help/", "/help/?x#who"])
def test_38_what_others_add_to_an_address_does_no_harm(page: Page, edge: Edge, address: str) -> None:
    edge.stop()
    page.goto(edge.url + address)
    assert has_all_numbers(page)
