"""The finder: whole with scripts off, silent while it works, and the same with the server dead."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, Request, expect

from server.content.model import Library
from tests.browser.test_leaving import arrives
from tests.support.browsers import PHONE, profile, save_offline
from tests.support.own import OwnServer
from tests.support.running import Destination, Reachable, Served

BEWDLEY = {"latitude": 52.3756, "longitude": -2.3166, "accuracy": 20}
ON_THE_BORDER = {"latitude": 52.312, "longitude": -2.594, "accuracy": 30}
"""Between Tenbury Wells and Burford: a river apart, in two areas."""
KEPT = "() => [localStorage.length, document.documentElement.dataset.area || '']"


def ask(page: Page, text: str) -> str:
    page.fill("#place", text)
    page.press("#place", "Enter")
    page.wait_for_function("() => document.getElementById('answer').textContent !== ''")
    return page.inner_text("#answer")


def test_with_scripts_off_the_map_and_the_links_do_the_job(browser: Browser, server: Served, library: Library) -> None:
    context = browser.new_context(java_script_enabled=False, viewport=PHONE)
    page = context.new_page()
    page.goto(server.url + "/areas")
    assert page.locator("#finder").is_hidden()
    assert page.locator(".mine").is_hidden()
    for area in library.site.areas:
        assert page.locator(f'.doors-short a[href="/areas/{area.slug}"]').is_visible()
        page.locator(f'svg a[href="/areas/{area.slug}"] path').click()
        page.wait_for_url(f"{server.url}/areas/{area.slug}")
        page.goto(server.url + "/areas")
    context.close()


def test_the_map_is_four_links_for_the_keyboard_and_a_screen_reader(browser: Browser, server: Served) -> None:
    page = browser.new_page(viewport=PHONE, service_workers="block")
    page.goto(server.url + "/areas")
    drawn = page.get_by_role("group", name="Map of the four areas")
    names = [drawn.get_by_role("link").nth(number).text_content() for number in range(4)]
    assert names == ["Herefordshire", "Shropshire", "Telford & Wrekin", "Worcestershire"]
    page.locator("svg.map a").nth(2).focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/areas/telford-and-wrekin")
    page.close()


@pytest.mark.parametrize("up", [True, False], ids=["online", "server-dead"])
def test_no_request_leaves_while_finding(
    playwright: Playwright, own_server: OwnServer, library: Library, up: bool
) -> None:
    with profile(playwright, viewport=PHONE, geolocation=BEWDLEY, permissions=["geolocation"]) as context:
        page = context.new_page()
        save_offline(page, own_server.url + "/")
        if not up:
            own_server.stop()
        page.goto(own_server.url + "/areas")
        page.wait_for_load_state("networkidle")
        requests: list[Request] = []
        context.on("request", lambda request: requests.append(request))
        answer = page.locator("#answer")
        ask(page, "dy12 2ae")
        expect(answer).to_have_text("That is in Worcestershire.")
        ask(page, "SYl 1AA")
        expect(answer).to_have_text("That is in Shropshire.")
        ask(page, "TF10")
        expect(answer).to_contain_text("more than one place")
        for slug in ("telford-and-wrekin", "shropshire"):
            area = next(area for area in library.site.areas if area.slug == slug)
            way = library.contact(area.front_door).calls[0]
            link = page.locator(f'#found-areas [data-number="{way.id}"]')
            expect(link).to_be_visible()
            assert link.get_attribute("href") == way.href
        ask(page, "B1 1AA")
        expect(answer).to_contain_text("outside the four areas")
        expect(page.locator('#elsewhere [data-number="childline-phone"]')).to_be_visible()
        ask(page, "ZZ1 1ZZ")
        expect(answer).to_contain_text("no such postcode")
        expect(page.locator("#elsewhere")).to_be_hidden()
        ask(page, "Wellington")
        expect(answer).to_contain_text("Which one is it?")
        page.click("#here")
        expect(answer).to_have_text("That is in Worcestershire.")
        context.set_geolocation(ON_THE_BORDER)
        page.click("#here")
        expect(answer).to_contain_text("near a border")
        assert [request.url for request in requests] == []
        assert page.url == own_server.url + "/areas"
        assert page.evaluate(KEPT) == [0, ""], "nothing is kept unless somebody says so"


def test_a_position_is_asked_for_only_at_a_tap_and_no_is_an_answer(context: BrowserContext, server: Served) -> None:
    page = context.new_page()
    page.add_init_script(
        """navigator.geolocation.getCurrentPosition = (yes, no) => {
        window.asked = (window.asked || 0) + 1; no({ code: 1 }); };"""
    )
    page.goto(server.url + "/areas")
    page.wait_for_load_state("networkidle")
    assert page.evaluate("() => window.asked") is None
    page.click("#here")
    expect(page.locator("#answer")).to_contain_text("did not say where it is")


def test_the_data_may_fail_to_load_and_the_links_stay(context: BrowserContext, server: Served) -> None:
    context.route("**/assets/where.*.json", lambda route: route.abort())
    context.route("**/pack/**", lambda route: route.abort())
    page = context.new_page()
    page.goto(server.url + "/areas")
    ask(page, "WR1 1AA")
    expect(page.locator("#answer")).to_contain_text("can't be loaded now")
    assert page.locator('main a[href="/areas/worcestershire"]').first.is_visible()


def keep(page: Page, server: Reachable) -> None:
    page.goto(server.url + "/areas")
    ask(page, "WR5 1AA")
    page.locator(".keep:visible").click()


def test_an_area_kept_by_choice_shows_on_every_page_and_goes_in_one_tap(
    context: BrowserContext, server: Served
) -> None:
    page = context.new_page()
    page.goto(server.url + "/help")
    assert page.locator(".mine").is_hidden()
    keep(page, server)
    for path in ("/", "/help", "/young-people", "/nothing-here"):
        page.goto(server.url + path)
        assert page.get_attribute("html", "data-area") == "worcestershire"
        expect(page.locator("#mine")).to_have_text("Worcestershire")
        assert page.get_attribute("#mine", "href") == "/areas/worcestershire"
        assert page.locator("#change").is_visible()
    page.click("#forget")
    assert page.locator(".mine").is_hidden()
    assert page.evaluate(KEPT) == [0, ""]
    page.goto(server.url + "/help")
    assert page.locator(".mine").is_hidden()


def test_remove_and_clear_forget_the_area(context: BrowserContext, server: Served) -> None:
    page = context.new_page()
    save_offline(page, server.url + "/")
    keep(page, server)
    page.click("#remove")
    page.wait_for_function("() => /^Removed/.test(document.querySelector('#state span').textContent)")
    assert page.locator(".mine").is_hidden()
    assert page.evaluate(KEPT) == [0, ""]
    keep(page, server)
    page.goto(server.url + "/clear")
    assert page.locator(".mine").count() == 0
    page.click("#clear button")
    page.wait_for_function("() => document.querySelector('h1').textContent === 'Removed'")
    assert page.evaluate("() => localStorage.length") == 0


def test_the_neutral_page_shows_no_area(
    context: BrowserContext, own_server: OwnServer, destination: Destination
) -> None:
    page = context.new_page()
    save_offline(page, own_server.url + "/")
    keep(page, own_server)
    destination_was = page.url
    page.click("#leave")
    arrives(page, destination.url + "/")
    page.goto(own_server.url + "/neutral")
    assert "Worcestershire" not in page.inner_text("body") or page.locator("#mine").count() == 0
    assert page.get_attribute("html", "data-area") is None
    page.goto(destination_was)
    arrives(page, own_server.url + "/neutral")


POSITIONS_BY_HAND = """Object.defineProperty(navigator, 'geolocation', { value: {
  getCurrentPosition: (found, failed) => Object.assign(window, { found, failed }) } })"""
"""Stands for the phone's question, which a person may answer at any time or never."""


@pytest.fixture
def asking(browser: Browser, server: Served) -> Iterator[Page]:
    """The finder while it waits for the phone's position, with a clock that stands still."""
    context = browser.new_context(viewport=PHONE, service_workers="block")
    context.add_init_script(POSITIONS_BY_HAND)
    page = context.new_page()
    page.clock.install()
    page.goto(server.url + "/areas")
    page.click("#here")
    yield page
    context.close()


def test_a_late_position_never_replaces_a_newer_answer(asking: Page) -> None:
    page = asking
    page.wait_for_function("() => window.found")
    page.fill("#place", "Shrewsbury SY1 1AA")
    page.press("#place", "Enter")
    expect(page.locator("#answer")).to_have_text("That is in Shropshire.")
    for late in (f"window.found({{ coords: {BEWDLEY} }})", "window.failed({})"):
        page.evaluate(late)
        page.evaluate("() => import(document.querySelector('script[src*=finder]').src)")
        page.clock.run_for(30_000)
        expect(page.locator("#answer")).to_have_text("That is in Shropshire.")


def test_an_unanswered_question_for_the_position_ends(asking: Page) -> None:
    page = asking
    expect(page.locator("#answer")).to_have_text("Asking your phone…")
    page.clock.run_for(21_000)
    expect(page.locator("#answer")).to_contain_text("Your phone did not say where it is.")
    page.evaluate(f"window.found({{ coords: {BEWDLEY} }})")
    expect(page.locator("#answer")).to_have_text("That is in Worcestershire.")
