"""Prints are one A4 page each and carry their dates; the screens of outreach work offline and with scripts off."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, Playwright

from server.content.model import Library
from server.site import qr
from server.site.resource import Site
from tests.support.browsers import PHONE, profile, until
from tests.support.codes import read_codes
from tests.support.own import OwnServer
from tests.support.running import Served

A4 = {b"0 0 594.95996 841.91998", b"0 0 595 842"}


def prints(library: Library) -> list[str]:
    return [page.path for page in library.pages if page.path.startswith("/print/")]


def test_there_is_a_sheet_for_each_area_and_a_poster_for_each_sector(library: Library) -> None:
    areas = {f"/print/{area.slug}" for area in library.site.areas}
    sectors = {f"/print/{sector}" for sector in ("hotels", "taxis", "takeaways", "pubs", "shops")}
    assert areas | sectors | {"/print/card", "/print/hand-over", "/print/log", "/print/poster"} == set(prints(library))


def test_every_print_is_one_page_of_a4_in_black_on_white(browser: Browser, server: Served, library: Library) -> None:
    page = browser.new_page(color_scheme="dark", java_script_enabled=False)
    for path in prints(library):
        page.goto(server.url + path)
        pdf = page.pdf(prefer_css_page_size=True)
        assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 1, path
        assert set(re.findall(rb"/MediaBox\s*\[([^\]]*)\]", pdf)) <= A4, path
        page.emulate_media(media="print", color_scheme="dark")
        for hidden in (".bar", "header", "footer"):
            assert page.locator(hidden).is_hidden(), (path, hidden)
        colours = page.evaluate(
            """() => { const of = (e) => getComputedStyle(e); return [of(document.documentElement).backgroundColor,
            ...Array.from(document.querySelectorAll('.sheet, .sheet *'), (e) => of(e).color)]; }"""
        )
        assert colours[0] == "rgb(255, 255, 255)", path
        assert set(colours[1:]) == {"rgb(0, 0, 0)"}, path
        page.emulate_media(media="null")
    page.close()


def test_a_print_with_numbers_says_how_old_they_are_and_when_to_replace_it(
    browser: Browser, server: Served, library: Library
) -> None:
    page = browser.new_page(java_script_enabled=False)
    for each in library.pages:
        if not each.path.startswith("/print/") or not each.meta.numbers:
            continue
        page.goto(server.url + each.path)
        words = page.inner_text(".sheet-dates")
        assert "Numbers found in published sources on 23 November 2026. Not yet confirmed by phone." in words
        assert re.search(r"Replace by \d+ \w+ 2027\.$", words), each.path
    page.close()


def test_a_poster_for_staff_names_999_101_childline_and_the_site(browser: Browser, server: Served) -> None:
    page = browser.new_page(java_script_enabled=False)
    for sector in ("hotels", "taxis", "takeaways", "pubs", "shops"):
        page.goto(f"{server.url}/print/{sector}")
        assert page.eval_on_selector_all(".sheet-numbers a", "(all) => all.map((a) => a.dataset.number)") == [
            "999-phone",
            "101-phone",
            "childline-phone",
        ]
        assert page.inner_text(".sheet-codes b") == "127.0.0.1"
    page.close()


def test_a_code_on_a_page_holds_its_number_or_the_first_page_of_the_site(
    browser: Browser, server: Served, site: Site, library: Library
) -> None:
    channels = {channel.id: channel for contact in library.contacts for channel in contact.channels}
    codes: dict[str, str] = {}
    for page in site.pages:
        for svg in re.findall(r'<svg class="qr".*?</svg>', page.body.decode()):
            number = re.search(r'data-number="([^"]+)"', svg)
            codes[svg] = qr.ring(channels[number[1]]) if number else server.url + "/"
    assert len(codes) > 10
    assert read_codes(browser, list(codes)) == list(codes.values())


def test_every_number_id_on_a_page_is_one_of_the_content(site: Site, library: Library) -> None:
    known = {channel.id for contact in library.contacts for channel in contact.channels}
    for page in site.pages:
        assert set(re.findall(r'data-number="([^"]*)"', page.body.decode())) <= known, page.path


def test_all_areas_stand_on_one_page_with_day_night_and_police(
    browser: Browser, server: Served, library: Library
) -> None:
    page = browser.new_page(java_script_enabled=False, viewport=PHONE)
    page.goto(server.url + "/outreach/all-areas")
    for area in library.site.areas:
        for name in (area.front_door, area.out_of_hours):
            call = library.contact(name).calls[0]
            assert page.get_attribute(f'.contacts-short [data-number="{call.id}"]', "href") == call.href
    assert page.locator('.contacts-short a[href="tel:101"]').count() == len(library.site.areas)
    page.close()


def test_a_number_to_hand_over_fills_the_screen_with_scripts_off(
    browser: Browser, server: Served, library: Library
) -> None:
    page = browser.new_page(java_script_enabled=False, viewport=PHONE)
    page.goto(server.url + "/outreach/show")
    for link in page.locator(".jump a").all():
        link.click()
        shown = page.locator(str(link.get_attribute("href")).replace("#", "[id='") + "']")
        box = shown.bounding_box()
        assert box is not None
        assert box["y"] < 60 and box["height"] > 0.75 * PHONE["height"]
        assert shown.locator("svg.qr").is_visible()
        assert shown.locator('a[href^="tel:"]').evaluate("(a) => parseFloat(getComputedStyle(a).fontSize)") > 30
    page.close()


def lines(page: Page) -> list[str]:
    return page.locator("#ready dd").all_inner_texts()


def test_ready_for_offline_with_scripts_off_says_what_to_check_by_hand(browser: Browser, server: Served) -> None:
    page = browser.new_page(java_script_enabled=False, viewport=PHONE)
    page.goto(server.url + "/outreach/ready")
    assert page.locator("#ready").is_hidden(), "it can't be true without a script"
    assert "flight mode" in page.inner_text("main")
    page.close()


def test_ready_for_offline_says_what_is_saved_and_how_old_it_is(
    playwright: Playwright, own_server: OwnServer, site: Site
) -> None:
    day = f"{site.built.day} {site.built:%B %Y}"
    with profile(playwright, viewport=PHONE) as context:
        page = context.new_page()
        context.route("**/pack/en.*", lambda route: route.abort())
        page.goto(own_server.url + "/outreach/ready")
        page.get_by_text("None is saved yet.").wait_for()
        assert [line[:13] for line in lines(page)[:2]] == ["Not saved yet", "Not saved yet"], "half is not whole"
        context.unroute("**/pack/en.*")
        page.reload()
        page.get_by_text("It is the newest.").wait_for()
        assert lines(page)[:3] == ["Saved on this phone."] * 2 + [f"With facts up to {day}. It is the newest."]
        assert "Found in published sources on 23 November 2026. Not yet confirmed by phone." in lines(page)[3]
        assert "opened with signal, and stay on the phone" in lines(page)[4]
        until(page, "async () => Boolean(await caches.match('/corrections.json'))")
        own_server.stop()
        page.reload()
        page.get_by_text("No signal now").wait_for()
        assert re.match(r"Last looked for on \d+ \w+ \d{4}\. They come", lines(page)[4])
        assert lines(page)[:2] == ["Saved on this phone."] * 2
        assert lines(page)[2].startswith(f"With facts up to {day}.")


@pytest.mark.parametrize("gone", ["caches", "serviceWorker"])
def test_ready_for_offline_where_nothing_can_be_saved(browser: Browser, server: Served, gone: str) -> None:
    page = browser.new_page(viewport=PHONE)
    place = "window" if gone == "caches" else "Navigator.prototype"
    page.add_init_script(f"delete {place}.{gone};")
    page.goto(server.url + "/outreach/ready")
    page.wait_for_function("() => !document.querySelector('#ready').textContent.includes('Looking')")
    assert not any(line.startswith("Saved") for line in lines(page))
    page.close()
