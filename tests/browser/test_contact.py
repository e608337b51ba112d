"""What a card lets people do with a number: scripts off, then on, then with no server, then refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, Playwright, Request

from server.content.model import Library
from server.site import qr
from tests.support.browsers import MOVED, PHONE, open_slowly, profile, save_offline
from tests.support.codes import read_codes
from tests.support.own import OwnServer
from tests.support.running import Served
from tests.support.sampling import WHOLE

TALK = "/help/talk"
SHARES = "navigator.share = async (what) => { window.shared = what; };"
REFUSES = """Object.defineProperty(navigator, 'clipboard', { value: { writeText: () => Promise.reject(Error('no')) } });
navigator.share = () => Promise.reject(new DOMException('', 'NotAllowedError'));"""
NEITHER = """Object.defineProperty(navigator, 'clipboard', { value: undefined });
delete Navigator.prototype.share;"""


def more(page: Page, number: str) -> Locator:
    """The opened "More" of a number."""
    item = page.locator(f'.ways li:has(> a[data-number="{number}"])')
    item.locator("summary").click()
    item.get_by_role("button", name="Copy").wait_for()
    return item


def test_with_scripts_off_a_number_is_a_plain_link_and_nothing_is_left_out(
    browser: Browser, server: Served, library: Library
) -> None:
    page = browser.new_page(java_script_enabled=False, viewport=PHONE)
    page.goto(server.url + TALK)
    assert page.get_attribute('[data-number="childline-phone"]', "href") == library.contact("childline").calls[0].href
    assert page.get_attribute('[data-number="shout-text"]', "href") == "sms:85258?&body=SHOUT"
    assert page.locator(".more").count() == 0
    assert page.locator(".calls").count() == 1, "that calls stay in the list is said once a page"
    assert page.get_attribute(".calls a", "href") == "/help/without-talking"
    page.locator("#childline summary", has_text="What happens when I call").click()
    page.close()


def test_only_a_text_that_needs_a_word_has_one(library: Library) -> None:
    with_word = {c.id: c.href for contact in library.contacts for c in contact.channels if "body=" in c.href}
    assert with_word.keys() == {"shout-text", "emergency-sms-text"}


def test_more_is_one_quiet_disclosure_a_number_and_moves_nothing(browser: Browser, server: Served) -> None:
    page = browser.new_page(viewport=PHONE, service_workers="block")
    open_slowly(page, server.url + TALK)
    page.wait_for_selector(".more")
    numbers = page.locator('.ways a[href^="tel:"], .ways a[href^="sms:"]').count()
    assert page.locator(".more").count() == numbers
    assert page.locator(".more[open], .more button").count() == 0
    assert page.evaluate(MOVED) == []
    page.close()


def test_copy_and_share_hand_over_the_number_and_nothing_else(browser: Browser, server: Served) -> None:
    context = browser.new_context(viewport=PHONE, permissions=["clipboard-read", "clipboard-write"])
    context.add_init_script(SHARES)
    page = context.new_page()
    page.goto(server.url + TALK)
    item = more(page, "childline-phone")
    item.get_by_role("button", name="Copy").click()
    item.get_by_text("Copied.").wait_for()
    assert page.evaluate("() => navigator.clipboard.readText()") == "0800 1111"
    item.get_by_role("button", name="Share").click()
    assert page.evaluate("() => shared") == {"text": "0800 1111"}
    context.close()


@pytest.mark.parametrize(
    ("name", "plain", "file"),
    [
        (None, "Info", "Info.vcf"),
        ("Sam", "Sam", "Sam.vcf"),
        ("Zoë; a, b\\c", "Zoë\\; a\\, b\\\\c", "Zoë a bc.vcf"),
        ("../..", "../..", "Info.vcf"),
        ("  ", "0800 1111", "0800 1111.vcf"),
    ],
)
def test_a_contact_is_a_name_and_a_number_to_the_byte(
    browser: Browser, server: Served, name: str | None, plain: str, file: str
) -> None:
    page = browser.new_page(viewport=PHONE, accept_downloads=True, service_workers="block")
    page.goto(server.url + TALK)
    item = more(page, "childline-phone")
    assert "sync to a family account" in item.inner_text()
    if name is not None:
        item.get_by_label("Name in your contacts").fill(name)
    with page.expect_download() as saved:
        item.get_by_role("button", name="Save as contact").click()
    assert saved.value.suggested_filename == file
    assert Path(saved.value.path()).read_bytes() == (
        f"BEGIN:VCARD\r\nVERSION:3.0\r\nN:;{plain};;;\r\nFN:{plain}\r\nTEL:08001111\r\nEND:VCARD\r\n".encode()
    )
    assert page.url == server.url + TALK
    page.close()


def test_every_code_reads_back_as_its_number(browser: Browser, server: Served, library: Library) -> None:
    page = browser.new_page(viewport=PHONE, service_workers="block")
    wanted: list[str] = []
    codes: list[str] = []
    for path in ["/help/more", *(f"/areas/{area.slug}" for area in library.site.areas)]:
        page.goto(server.url + path)
        page.wait_for_selector(".more")
        numbers = page.eval_on_selector_all(".ways a[href^='tel:']", "(all) => all.map((a) => a.dataset.number)")
        for number in numbers if WHOLE else numbers[::4]:
            channel = next(c for each in library.contacts for c in each.channels if c.id == number)
            item = more(page, number)
            button = item.get_by_role("button", name="Show QR code")
            if channel.kind == "relay":
                assert button.count() == 0
                continue
            button.click()
            code = item.locator("svg.qr")
            code.wait_for()
            assert code.get_attribute("data-number") == number
            assert code.get_attribute("aria-label") == f"A code that rings {channel.value}"
            wanted.append(qr.ring(channel))
            codes.append(str(code.evaluate("(svg) => svg.outerHTML")))
    assert len(codes) > 10
    assert read_codes(browser, codes) == wanted
    page.close()


def test_all_that_is_made_from_a_number_carries_its_id(browser: Browser, server: Served) -> None:
    page = browser.new_page(viewport=PHONE, service_workers="block")
    page.goto(server.url + TALK)
    item = more(page, "safecall-text")
    made = item.locator(".more button, .more form, .more input, .more p")
    assert {each.get_attribute("data-number") for each in made.all()} == {"safecall-text"}
    assert item.get_by_role("button", name="Show QR code").count() == 0, "a code rings, it does not text"
    page.close()


def test_it_all_works_with_no_server_and_nothing_leaves_the_page(playwright: Playwright, own_server: OwnServer) -> None:
    with profile(playwright, viewport=PHONE, accept_downloads=True) as context:
        page = context.new_page()
        save_offline(page, own_server.url + "/")
        own_server.stop()
        page.goto(own_server.url + TALK)
        asked: list[Request] = []
        page.on("request", lambda request: asked.append(request))
        item = more(page, "childline-phone")
        item.get_by_role("button", name="Show QR code").click()
        item.locator("svg.qr").wait_for()
        with page.expect_download():
            item.get_by_role("button", name="Save as contact").click()
        own = [request.url.removeprefix(own_server.url) for request in asked if not request.url.startswith("blob:")]
        # Whatever is done on it, a browser reads the manifest of a page, and a page looks for corrections.
        assert all(path.startswith(("/assets/qr.", "/corrections.json", "/manifest.json")) for path in own), own


@pytest.mark.parametrize("script", [REFUSES, NEITHER], ids=["refused", "missing"])
def test_a_phone_that_refuses_still_gives_the_number(browser: Browser, server: Served, script: str) -> None:
    page = browser.new_page(viewport=PHONE, service_workers="block")
    page.add_init_script(script)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(server.url + TALK)
    item = more(page, "childline-phone")
    item.get_by_role("button", name="Copy").click()
    item.get_by_text("Copying is not allowed here. The number is 0800 1111.").wait_for()
    assert page.evaluate("() => String(getSelection())") == "0800 1111", "it is marked, ready to be copied by hand"
    share = item.get_by_role("button", name="Share")
    assert share.count() == (1 if script is REFUSES else 0)
    if script is REFUSES:
        share.click()
    page.route("**/assets/qr.*", lambda route: route.abort())
    item.get_by_role("button", name="Show QR code").click()
    item.get_by_text("The code can't be shown just now.").wait_for()
    page.unroute("**/assets/qr.*")
    item.get_by_role("button", name="Show QR code").click()
    item.locator("svg.qr").wait_for()
    assert errors == []
    page.close()
