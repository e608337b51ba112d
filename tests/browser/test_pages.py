"""What pages do when they are printed, loaded ahead, drawn in forced colours or shown on a low screen."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Playwright
from playwright.sync_api import Error as PlaywrightError

from tests.support.browsers import PHONE, launch, until
from tests.support.engines import FIREFOX, FIREFOX_PREFS
from tests.support.missing import lacking
from tests.support.running import Destination, Served, wait_until

SHOWN = "(words) => getComputedStyle(document.querySelector('h1')).visibility"
LEFT = "() => localStorage.getItem('left')"


@pytest.mark.parametrize("path", ["/quiz", "/sources", "/help/what-happens", "/help"])
@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_what_is_closed_is_printed(browser: Browser, server: Served, path: str, scripts: bool) -> None:
    context = browser.new_context(java_script_enabled=scripts, service_workers="block")
    page = context.new_page()
    page.goto(server.url + path)
    page.emulate_media(media="print")
    if scripts:
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
    parts = """() => Array.from(document.querySelectorAll('main details:not(.more) > :not(summary)'), (each) =>
      each.checkVisibility({ contentVisibilityAuto: true }))"""
    wait_until(lambda: all(page.evaluate(parts)), "all that is closed, on paper")
    if scripts:
        before = page.locator("main details:not(.more)[open]").count()
        page.evaluate("dispatchEvent(new Event('afterprint'))")
        assert page.locator("main details:not(.more)[open]").count() <= before
    context.close()


def test_a_page_covered_while_it_is_printed_is_on_the_paper(browser: Browser, server: Served) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(server.url + "/print/card")
    page.evaluate(
        """() => { dispatchEvent(new Event('beforeprint'));
          Object.defineProperty(document, 'hidden', { value: true, configurable: true });
          document.dispatchEvent(new Event('visibilitychange')); }"""
    )
    assert page.evaluate(SHOWN) == "hidden"
    page.emulate_media(media="print")
    assert page.evaluate(SHOWN) == "visible"
    context.close()


def test_a_touch_uncovers_a_page_whose_focus_never_came_back(browser: Browser, server: Served) -> None:
    context = browser.new_context(viewport=PHONE, service_workers="block")
    page = context.new_page()
    page.goto(server.url + "/help")
    page.evaluate("document.documentElement.classList.add('covered')")
    page.mouse.click(100, 300)
    assert page.evaluate(SHOWN) == "visible"
    context.close()


@pytest.mark.parametrize(("state", "shown"), [("prerendering", "prerenderingchange"), ("hidden", "visibilitychange")])
def test_a_page_loaded_ahead_leaves_no_marker_until_it_is_shown(
    browser: Browser, server: Served, state: str, shown: str
) -> None:
    """Chromium prerenders nothing while it is driven by a test, so the page is told that it is loaded ahead."""
    context = browser.new_context()
    context.add_init_script(
        f"window.ahead = true; Object.defineProperty(Document.prototype, '{state}', {{ get: () => window.ahead }})"
    )
    page = context.new_page()
    page.goto(server.url + "/neutral")
    assert page.evaluate(LEFT) is None
    assert page.evaluate("() => caches.has('left')") is False
    page.evaluate(f"() => {{ window.ahead = false; document.dispatchEvent(new Event('{shown}')); }}")
    assert page.evaluate(LEFT)
    until(page, "() => caches.has('left')")
    context.close()


def test_the_worker_does_nothing_for_what_is_loaded_ahead(browser: Browser, server: Served) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(server.url + "/")
    page.wait_for_function("() => navigator.serviceWorker.controller")
    context.set_extra_http_headers({"Sec-Purpose": "prefetch;prerender"})
    for path in ("/leave", "/leave/app", "/start"):
        with pytest.raises(PlaywrightError, match="ERR_HTTP_RESPONSE_CODE_FAILURE"):
            page.goto(server.url + path)
    context.set_extra_http_headers({})
    page.goto(server.url + "/help")
    assert page.url == server.url + "/help"
    assert page.evaluate("() => caches.has('left')") is False
    context.close()


def test_back_never_leads_to_another_site(browser: Browser, server: Served, destination: Destination) -> None:
    context = browser.new_context()
    page = context.new_page()
    host = destination.url.partition(":")[2]
    page.goto(f"{server.url}{host}/x")
    page.click(".bar-help")
    page.wait_for_url("**/help")
    page.click("#back")
    page.wait_for_function("() => location.pathname !== '/help'")
    assert page.url == f"{server.url}{host}/x"
    for stored in ("not JSON", "{}", '[{"p": ".evil.example/"}]', '[{"p": "https://evil.example/"}]', "[7]", "[null]"):
        page.goto(server.url + "/help/talk")
        page.evaluate("(trail) => sessionStorage.setItem('trail', trail)", stored)
        page.click("#back")
        page.wait_for_function("() => location.pathname !== '/help/talk'")
        assert page.url == server.url + "/help", stored
    context.close()


@pytest.mark.parametrize("engine", ["chromium", "firefox"])
def test_codes_keep_their_white_ground_in_forced_colours(playwright: Playwright, server: Served, engine: str) -> None:
    if engine == "chromium":
        running = launch(playwright)
    elif FIREFOX:
        running = playwright.firefox.launch(
            channel="moz-firefox",
            executable_path=FIREFOX,
            firefox_user_prefs={**FIREFOX_PREFS, "browser.display.document_color_use": 2, "ui.systemUsesDarkTheme": 1},
        )
    else:
        lacking("no firefox-esr: tests/tools/browsers.sh installs it")
    page = running.new_context(forced_colors="active", color_scheme="dark", service_workers="block").new_page()
    page.goto(server.url + "/signs")
    assert page.evaluate("() => matchMedia('(forced-colors: active)').matches")
    bullet = "() => getComputedStyle(document.querySelector('.signs li'), '::before').borderTopWidth"
    assert float(page.evaluate(bullet).removesuffix("px")) >= 3, "a ground is not drawn, a border is"
    edge = "() => getComputedStyle(document.querySelector('.next')).borderTopStyle"
    assert page.evaluate(edge) == "solid", "a box that only its ground shows has an edge"
    page.goto(server.url + "/outreach/show")
    ground, drawn = page.evaluate(
        """() => { const code = getComputedStyle(document.querySelector('.qr'));
          return [code.backgroundColor, code.color]; }"""
    )
    assert (ground, drawn) == ("rgb(255, 255, 255)", "rgb(0, 0, 0)")
    running.close()


@pytest.mark.parametrize(("width", "height"), [(320, 256), (320, 180), (360, 320), (740, 360), (320, 568)])
def test_the_bar_takes_a_quarter_of_a_low_screen_at_most(
    browser: Browser, server: Served, width: int, height: int
) -> None:
    page = browser.new_page(viewport={"width": width, "height": height}, service_workers="block")
    page.goto(server.url + "/help")
    bar, leave = page.locator(".bar").bounding_box(), page.locator("#leave").bounding_box()
    assert bar
    assert leave
    assert bar["height"] <= height / 4 + 1
    assert leave["height"] >= 44
    assert leave["y"] + leave["height"] <= height
    page.close()


def test_text_of_twice_the_size_stays_in_its_buttons_and_leaves_two_thirds_of_a_phone(
    browser: Browser, server: Served
) -> None:
    page = browser.new_page(viewport={"width": 320, "height": 640}, service_workers="block")
    wide = """() => { document.documentElement.style.fontSize = '200%';
      const parts = 'html, .bar a, .ways a, .doors a, .danger, .contact, .jump a, .button';
      return Array.from(document.querySelectorAll(parts))
        .filter((each) => each.scrollWidth > each.clientWidth).map((each) => each.className || each.textContent); }"""
    for path in ("/", "/help", "/areas/worcestershire", "/outreach/show", "/settings"):
        page.goto(server.url + path)
        assert page.evaluate(wide) == [], path
    bar, mark = page.locator(".bar").bounding_box(), page.locator(".mark").bounding_box()
    assert bar
    assert mark
    assert bar["height"] <= 640 / 3
    assert mark["width"] == mark["height"]
    page.close()


def test_a_low_screen_shows_the_first_heading_and_a_field_has_room_for_its_ring(
    browser: Browser, server: Served
) -> None:
    page = browser.new_page(viewport={"width": 320, "height": 256}, service_workers="block")
    page.goto(server.url + "/")
    heading, bar = page.locator("h1").bounding_box(), page.locator(".bar").bounding_box()
    assert heading
    assert bar
    assert heading["y"] + heading["height"] <= bar["y"]
    page.goto(server.url + "/search")
    field, button = page.locator("#words").bounding_box(), page.locator("#find button").bounding_box()
    assert field
    assert button
    assert button["y"] - field["y"] - field["height"] >= 8
    page.close()


@pytest.mark.parametrize("width", [320, 360])
def test_large_text_on_the_neutral_page_stays_on_the_screen(browser: Browser, server: Served, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 740}, service_workers="block")
    page.goto(server.url + "/neutral")
    page.evaluate("document.documentElement.style.fontSize = '212.5%'")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()


def test_trusted_types_are_required_and_the_worker_still_registers(browser: Browser, server: Served) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(server.url + "/")
    page.wait_for_function("() => navigator.serviceWorker.controller")
    said = page.evaluate("() => { try { document.body.innerHTML = 'x'; } catch (error) { return error.name; } }")
    assert said == "TypeError"
    context.close()
