"""Corrections on a phone: online, without a server, and with a stale or hostile edge."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route

from server.content.model import Library
from server.corrections.model import Banner, Correction, Corrections
from tests.offline.phones import come_and_look
from tests.support.browsers import PHONE, now_in, save_offline, until
from tests.support.edge import Edge
from tests.support.running import wait_until

TALK = "/help/talk"
CHILDLINE = 'a[data-number="childline-phone"]'
FRONT_DOOR = '.ways a[data-number="worcestershire-front-door-phone"]'
CALLABLE = 'a[href^="tel:"], a[href^="sms:"]'
WITHDRAWN = Correction.model_validate({"number": "childline-phone", "withdrawn": True, "note": "It is being mended."})
REPLACED = Correction.model_validate({"number": "worcestershire-front-door-phone", "replaced_by": "01905 822667"})
STORED = "async () => JSON.parse(await (await caches.match('/corrections.json')).text()).seq"
GONE = f"() => !document.querySelector('{CHILDLINE}').hasAttribute('href')"


def corrections(seq: int, *of: Correction, banner: Banner | None = None) -> Corrections:
    return Corrections(seq=seq, correction=of, banner=banner)


def saved(context: BrowserContext, edge: Edge, path: str) -> Page:
    """A phone that has saved the release without corrections, with a page of it open."""
    page = context.new_page()
    save_offline(page, edge.url + path)
    until(page, "async () => Boolean(await caches.match('/corrections.json'))")
    return page


def test_25_26_29_a_withdrawn_number_disappears_from_an_open_page_and_offline(
    context: BrowserContext, edge: Edge
) -> None:
    page = saved(context, edge, TALK)
    page.evaluate("() => { window.same = true; }")
    card = page.locator("#childline li", has=page.locator(CHILDLINE))
    card.locator("summary").click()
    card.get_by_role("button", name="Copy").wait_for()
    edge.publish_corrections(edge.signed(corrections(1, WITHDRAWN, REPLACED)))
    page.evaluate("() => dispatchEvent(new Event('focus'))")
    page.wait_for_function(GONE)
    assert page.evaluate("() => window.same"), "no open page reloads"
    assert card.locator(".more, button").count() == 0, "it can't be called or copied any more"
    assert " ".join(card.locator(".corrected").inner_text().split()) == (
        "Do not use this number. It is being mended. Instead: NSPCC Helpline 0808 800 5000"
    )
    assert card.locator(".corrected a").get_attribute("href") == "tel:08088005000"
    assert "day or night" not in card.inner_text(), "hours of a number that nobody should use"
    assert page.evaluate(f"() => getComputedStyle(document.querySelector('{CHILDLINE}')).textDecorationLine") == (
        "line-through"
    )
    until(page, f"async () => await ({STORED})() === 1")  # a page shows corrections even before they are stored
    edge.stop()
    for path in (TALK, "/areas"):
        page.goto(edge.url + path)
        page.wait_for_function(GONE)
    page.goto(edge.url + "/areas/worcestershire")
    page.wait_for_selector(f'{FRONT_DOOR}[href="tel:01905822667"]')
    assert "01905 822667" in page.inner_text(FRONT_DOOR)
    item = page.locator(f".ways li:has(> {FRONT_DOOR.removeprefix('.ways ')})")
    item.locator("summary").click()
    item.get_by_role("button", name="Save as contact").wait_for()
    with page.expect_download() as file:
        item.get_by_role("button", name="Save as contact").click()
    assert "TEL:01905822667" in Path(file.value.path()).read_text()
    page.goto(edge.url + "/nothing-here")
    assert page.get_attribute(CHILDLINE, "href") is None
    assert page.get_attribute('a[data-number="worcestershire-front-door-phone"]', "href") == "tel:01905822667"
    assert page.get_attribute('a[data-number="999-phone"]', "href") == "tel:999"


def test_27_28_old_or_unsigned_corrections_change_nothing(context: BrowserContext, edge: Edge) -> None:
    page = saved(context, edge, TALK)
    good = edge.signed(corrections(2, WITHDRAWN))
    every = corrections(9, *(Correction(number=f"{name}-phone", withdrawn=True) for name in ("nspcc", "childline")))
    said_by_nobody = edge.signed(every).split(',"signature"')[0] + "}"
    hostile = [
        edge.signed(every, edge.other_key),
        said_by_nobody,
        said_by_nobody.replace('"seq":9', '"seq":0'),
        edge.signed(every).replace('"seq":9', '"seq":8'),
        "<!doctype html><title>Log in to the Wi-Fi</title>",
        "",
    ]
    for text in hostile:
        edge.publish_corrections(text)
        come_and_look(page)
        assert page.get_attribute(CHILDLINE, "href") == "tel:08001111", text
    edge.publish_corrections(good)
    come_and_look(page)
    page.wait_for_function(GONE)
    for text in [edge.signed(corrections(1)), *hostile]:
        edge.publish_corrections(text)
        come_and_look(page)
        page.goto(edge.url + TALK)
        page.wait_for_function(GONE)
        assert page.get_attribute('a[data-number="nspcc-phone"]', "href") == "tel:08088005000", text
    edge.publish_corrections(edge.signed(corrections(3)))
    come_and_look(page)
    until(page, f"async () => await ({STORED})() === 3")
    page.goto(edge.url + TALK)
    assert page.get_attribute(CHILDLINE, "href") == "tel:08001111", "newer corrections may restore a number"


COPY = """(path) => fetch(path, { cache: 'only-if-cached', mode: 'same-origin' }).then(
  (answer) => answer.ok, () => false)"""
"""Whether the HTTP cache has it, once the worker has nothing."""
HELD_PUT = """() => { const { put } = Cache.prototype; window.done = 0;
  Cache.prototype.put = async function (...of) {
    if (window.hold) await new Promise((go) => { window.go = go; });
    await put.apply(this, of);
    window.done += 1; }; }"""
"""Counts writes to storage; with `hold` set, they wait for `go`."""


def test_27_of_two_simultaneous_answers_the_newer_is_stored(context: BrowserContext, edge: Edge) -> None:
    edge.publish_corrections(edge.signed(corrections(2)))
    slow = saved(context, edge, TALK)
    quick = context.new_page()
    quick.goto(edge.url + TALK)
    quick.wait_for_load_state("networkidle")
    slow.evaluate(HELD_PUT)
    slow.evaluate("() => { window.hold = true; }")
    quick.evaluate(HELD_PUT)
    slow.bring_to_front()
    edge.publish_corrections(edge.signed(corrections(3)))
    slow.evaluate("() => dispatchEvent(new Event('focus'))")
    slow.wait_for_function("() => window.go")
    quick.bring_to_front()
    edge.publish_corrections(edge.signed(corrections(4)))
    with quick.expect_response("**/corrections.json"):
        quick.evaluate("() => dispatchEvent(new Event('focus'))")
    until(quick, "async () => window.done || (await navigator.locks.query()).pending.length")
    slow.evaluate("() => { window.hold = false; window.go(); }")
    for page in (slow, quick):
        page.wait_for_function("() => window.done")
    assert quick.evaluate(STORED) == 4


@pytest.mark.parametrize("zone", ["Europe/London", "Pacific/Auckland"])
def test_a_correction_begins_with_the_day_in_london_on_an_open_page(browser: Browser, edge: Edge, zone: str) -> None:
    tomorrow = Correction.model_validate({"number": "childline-phone", "withdrawn": True, "from": "2027-07-02"})
    edge.publish_corrections(edge.signed(corrections(1, tomorrow)))
    context = browser.new_context(viewport=PHONE, timezone_id=zone)
    page = saved(context, edge, TALK)
    page.clock.set_fixed_time("2027-07-01T22:59:00Z")
    page.goto(edge.url + TALK)
    come_and_look(page)
    assert page.get_attribute(CHILDLINE, "href") == "tel:08001111"
    page.clock.set_fixed_time("2027-07-01T23:30:00Z")
    come_and_look(page)
    page.wait_for_function(GONE)
    context.close()


def test_28_a_request_without_an_answer_is_given_up_and_repeated(context: BrowserContext, edge: Edge) -> None:
    page = saved(context, edge, TALK)
    held: list[Route] = []
    context.route("**/corrections.json", lambda route: held.append(route))
    with page.expect_event("requestfailed", lambda request: request.url.endswith("/corrections.json")):
        page.evaluate("() => dispatchEvent(new Event('focus'))")
    assert len(held) == 1
    assert page.get_attribute(CHILDLINE, "href") == "tel:08001111"
    context.unroute("**/corrections.json")
    edge.publish_corrections(edge.signed(corrections(1, WITHDRAWN)))
    come_and_look(page)
    page.wait_for_function(GONE)


@pytest.mark.parametrize("way", ["remove", "clear"])
def test_40_removing_takes_the_corrections_along_and_nothing_brings_them_back(
    context: BrowserContext, edge: Edge, way: str
) -> None:
    edge.publish_corrections(edge.signed(corrections(1, WITHDRAWN)))
    page = saved(context, edge, TALK)
    page.wait_for_function(GONE)
    assert "corrections" in page.evaluate("() => caches.keys()")
    if way == "remove":
        script = page.get_attribute('script[src*="/assets/save."]', "src")
        page.click("#remove")
        page.wait_for_function("() => /^Removed/.test(document.querySelector('#state span').textContent)")
        wait_until(lambda: not page.evaluate(COPY, script), "removal from the HTTP cache")
        come_and_look(page)
    else:
        page.clock.install()
        page.goto(edge.url + "/clear")
        page.click("#clear button")
        page.wait_for_function("() => document.querySelector('h1').textContent === 'Removed'")
        page.clock.run_for(10_000)  # anything that the page does later, it does now
        page.evaluate("() => fetch('/healthz').then(() => undefined)")
    assert page.evaluate("() => caches.keys()") == []


def test_an_urgent_banner_is_at_the_top_in_its_area_and_period(context: BrowserContext, edge: Edge) -> None:
    page = saved(context, edge, "/")
    today = now_in(page).date()
    day = datetime.timedelta(days=1)

    def shown(seq: int, **of: object) -> int:
        banner = Banner.model_validate({"text": "Call 101 today.", "until": today + day, **of})
        edge.publish_corrections(edge.signed(corrections(seq, banner=banner)))
        come_and_look(page)
        return page.locator("main > #urgent:first-child", has_text="Call 101 today.").count()

    assert shown(1) == 1
    assert shown(2, until=today - day) == 0
    assert shown(3, area="shropshire") == 1, "no other area was chosen"
    page.evaluate("() => { document.documentElement.dataset.area = 'worcestershire'; }")
    assert shown(4, area="shropshire") == 0
    assert shown(5, area="worcestershire") == 1
    assert shown(6, **{"from": today + day * 2, "until": today + day * 3}) == 0


def test_with_every_number_withdrawn_none_can_be_called_anywhere(context: BrowserContext, edge: Edge) -> None:
    page = saved(context, edge, TALK)
    ids = [channel.id for contact in edge.library.contacts for channel in contact.channels]
    text = edge.signed(corrections(1, *(Correction(number=each, withdrawn=True) for each in ids)))
    edge.publish_corrections(text)
    assert len(edge.ask("/corrections.json", Accept_Encoding="br").body) <= 4096
    come_and_look(page)
    page.wait_for_function(GONE)
    until(page, f"async () => await ({STORED})() === 1")
    edge.stop()
    for path in (
        TALK, "/", "/help", "/areas", "/areas/worcestershire", "/outreach/all-areas",
        "/print/worcestershire", "/print/hotels", "/nothing-here",
    ):  # fmt: skip
        page.goto(edge.url + path)
        page.wait_for_function(
            f"() => !document.querySelector('{CALLABLE}, [data-number][href], svg[data-number], .more')"
        )


def test_31_after_months_without_a_check_the_age_is_shown_and_every_number_stays(
    context: BrowserContext, edge: Edge
) -> None:
    page = saved(context, edge, TALK)
    edge.stop()
    now = now_in(page)
    for days, words in (
        (29, None),
        (31, "Go online"),
        (91, "may have changed"),
        (181, "call 101. In danger, call 999"),
    ):
        page.clock.set_fixed_time(now + datetime.timedelta(days=days))
        page.goto(edge.url + "/help")
        if words is None:
            come_and_look(page)
            assert page.locator("#age").count() == 0
        else:
            assert words in page.locator(".danger + #age").inner_text()
            assert str(now.year) in page.inner_text("#age")
        assert page.locator('.danger[href="tel:999"]').is_visible()
        assert page.locator('.ways a[href="tel:08001111"]').first.is_visible()
    edge.start()
    page.evaluate("() => dispatchEvent(new Event('online'))")
    page.wait_for_selector("#age", state="detached")


def test_with_scripts_off_the_page_from_the_server_is_corrected(browser: Browser, edge: Edge, library: Library) -> None:
    banner = Banner.model_validate({"text": "Call 101 & 999.", "until": datetime.date(2999, 1, 1)})
    changed = edge.library.model_copy(update={"corrections": corrections(1, WITHDRAWN, REPLACED, banner=banner)})
    edge.publish(edge.build(changed))
    page = browser.new_page(java_script_enabled=False, viewport=PHONE)
    page.goto(edge.url + TALK)
    assert page.get_attribute(CHILDLINE, "href") is None
    assert "Do not use this number" in page.inner_text("#childline .corrected")
    assert page.inner_text("main > #urgent:first-child") == "Call 101 & 999."
    page.goto(edge.url + "/areas/worcestershire")
    assert page.get_attribute(FRONT_DOOR, "href") == "tel:01905822667"
    page.goto(edge.url + "/print/hotels")
    assert page.locator('svg[data-number="childline-phone"]').count() == 0
    page.close()
