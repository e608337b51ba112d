"""The site in two engines as old as the phones people have: readable, saved, left, as in a new one."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest

from server.content.contact import Channel
from server.content.model import Library
from server.content.page import Page
from server.corrections.model import Correction, Corrections
from tests.support.chromium78 import Chromium78
from tests.support.edge import Edge
from tests.support.missing import lacking
from tests.support.old_browser import OldBrowser
from tests.support.own import OwnServer
from tests.support.running import Destination
from tests.support.sampling import sample
from tests.support.wpe import Wpe

HEADING = "document.querySelector('h1').textContent.trim().replace(/\\s+/g, ' ')"
SAVED = "/^Saved on this phone/.test(document.querySelector('#state span').textContent)"
CONTROLLED = "navigator.serviceWorker.controller !== null"
LEAVE_IN_REACH = """(() => {
  const box = document.getElementById('leave').getBoundingClientRect();
  const hit = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
  return Boolean(hit && hit.closest('#leave')) && box.top >= 0 && box.bottom <= innerHeight;
})()"""
SEEN = f"""(() => {{
  const h1 = document.querySelector('h1');
  const box = h1.getBoundingClientRect();
  return {{
    heading: {HEADING},
    visible: box.width > 0 && box.height > 0 && getComputedStyle(h1).visibility === 'visible',
    links: Array.from(document.querySelectorAll('[data-number]'), (a) => [a.dataset.number, a.getAttribute('href')]),
    calls: Array.from(document.querySelectorAll('a[href^="tel:"]')).filter((a) => a.getClientRects().length).length,
  }};
}})()"""
FORGIVEN = (
    "security: Unrecognized Content-Security-Policy directive '",
    'rendering: Viewport argument key "interactive-widget" not recognized and ignored.',
)
"""OldBrowser engines don't know every directive and argument yet, say so, and go on."""


@pytest.fixture(params=[Chromium78, Wpe], ids=["chromium-78", "wpe-webkit-2.38"])
def browser(request: pytest.FixtureRequest) -> Iterator[OldBrowser]:
    if request.param.program is None:
        lacking(f"{request.param.name}: {request.param.missing}")
    running = request.param()
    yield running
    running.close()


def in_order(library: Library, part: int = 0) -> list[Page]:
    """Every page (a twelfth of them but in `make prove`); /neutral last, since opening it counts as leaving."""
    pages = sorted(library.pages, key=lambda page: page.path == "/neutral")
    return [*sample(pages[:-1], part, 12), pages[-1]]


def neutral(library: Library) -> Page:
    return in_order(library)[-1]


def neutral_shows(heading: str) -> str:
    return (
        f"location.pathname === '/neutral' && document.readyState === 'complete' && {HEADING} === {json.dumps(heading)}"
    )


def channels_of(library: Library, page: Page) -> list[Channel]:
    """What the page's cards have to offer: all of a contact it names, the first of one its area brings."""
    named = [channel for block in page.blocks for name in block.contacts for channel in library.contact(name).channels]
    area = page.meta.area
    return named + [contact.channels[0] for contact in library.contacts if area and area in contact.areas]


def is_whole(browser: OldBrowser, library: Library, page: Page) -> None:
    seen = browser.script(SEEN)
    assert seen["heading"] == page.meta.heading
    assert seen["visible"], page.path
    channels = channels_of(library, page)
    missing = {(channel.id, channel.href) for channel in channels} - {tuple(link) for link in seen["links"]}
    assert not missing, page.path
    if any(channel.kind == "phone" for channel in channels):
        assert seen["calls"], f"{page.path}: no number to call in sight"


def complaints(browser: OldBrowser) -> list[str]:
    return [error for error in browser.errors() if not error.startswith(FORGIVEN)]


def offline_complaints(browser: OldBrowser) -> list[str]:
    """What is wrong though no server answers: that it doesn't is no mistake, and WebKit calls it one of two things."""
    unanswered = re.compile(r"network:|javascript: Fetch API cannot load \S+ due to access control checks")
    return [error for error in complaints(browser) if not unanswered.match(error)]


def save(browser: OldBrowser, url: str) -> None:
    """A first visit, until the worker has saved the site. Where it is late to take this page, it has the next."""
    browser.goto(url)
    browser.wait(SAVED)
    if not browser.script(CONTROLLED):
        browser.goto(url)
        browser.wait(f"{SAVED} && {CONTROLLED}")


def wander(browser: OldBrowser, url: str) -> int:
    """Three pages on from the first by their links. Returns how long the browser's history is."""
    assert browser.script("location.pathname") == "/"
    length = browser.script("history.length")
    for path in ("/areas", "/areas/worcestershire", "/help"):
        browser.click(f'a[href="{path}"]')
        browser.wait(f"location.href === '{url}{path}' && document.readyState === 'complete'")
    assert browser.script("history.length") == length, "the visit is one entry"
    return int(length)


def test_every_page_opens_without_an_error_and_leave_is_in_reach(
    browser: OldBrowser, own_server: OwnServer, library: Library
) -> None:
    for page in in_order(library):
        browser.goto(own_server.url + page.path)
        is_whole(browser, library, page)
        for part in (0, 0.5, 1) if page.path != "/neutral" else ():
            browser.script(f"scrollTo(0, {part} * document.documentElement.scrollHeight)")
            assert browser.script(LEAVE_IN_REACH), (page.path, part)
            assert browser.script("document.documentElement.scrollWidth <= innerWidth"), page.path
        assert complaints(browser) == [], page.path


def test_every_page_is_there_with_the_server_stopped(
    browser: OldBrowser, own_server: OwnServer, library: Library
) -> None:
    save(browser, own_server.url + "/")
    own_server.stop()
    for page in in_order(library, 1):
        browser.goto(own_server.url + page.path)
        assert browser.script(CONTROLLED), page.path
        is_whole(browser, library, page)
    assert offline_complaints(browser) == []


@pytest.mark.parametrize("worker", [True, False], ids=["worker", "no-worker"])
def test_leaving_offline_ends_at_the_neutral_page(
    browser: OldBrowser, own_server: OwnServer, library: Library, nowhere: str, worker: bool
) -> None:
    own_server.leads_to(nowhere)
    save(browser, own_server.url + "/")
    length = wander(browser, own_server.url)
    own_server.stop()
    if not worker:
        browser.script("Object.defineProperty(navigator.serviceWorker, 'controller', { value: null }) && 0")
    browser.click("#leave")
    browser.wait(neutral_shows(neutral(library).meta.heading if worker else library.site.neutral_title))
    assert browser.script("document.getElementById('today') !== null") == worker
    assert browser.script("getComputedStyle(document.querySelector('h1')).visibility") == "visible"
    assert browser.script("history.length") == length
    browser.goto(own_server.url + "/help")
    browser.wait(neutral_shows(neutral(library).meta.heading))


def test_leaving_online_ends_at_the_destination_which_learns_nothing(
    browser: OldBrowser, own_server: OwnServer, destination: Destination
) -> None:
    save(browser, own_server.url + "/")
    length = wander(browser, own_server.url)
    before = len(destination.requests)
    browser.click("#leave")
    browser.wait(f"location.href === '{destination.url}/' && {HEADING} === 'Weather'")
    assert browser.script("history.length") == length
    assert browser.script("document.referrer") == ""
    asked = destination.requests[before:]
    assert ("/", True) in [(path, "text/html" in headers["accept"]) for path, headers in asked]
    for path, headers in asked:
        assert "referer" not in headers, path
        assert own_server.url not in str(headers), path


def test_a_signed_correction_arrives_and_stays_offline(browser: OldBrowser, edge: Edge) -> None:
    gone = "!document.querySelector('a[data-number=\"childline-phone\"]').hasAttribute('href')"
    save(browser, edge.url + "/")
    browser.goto(edge.url + "/help/talk")
    assert not browser.script(gone)
    withdrawn = Corrections(seq=1, correction=(Correction(number="childline-phone", withdrawn=True),))
    edge.publish_corrections(edge.signed(withdrawn))
    # The page's first question may still be on its way; the next one after it has the answer.
    browser.wait(f"dispatchEvent(new Event('focus')) && {gone}")
    # Where storage is slow, a page shows a correction that it could not store; the next look stores it.
    stored = "caches.match('/corrections.json').then((stored) => stored.text()).then((text) => /\"seq\":1,/.test(text))"
    browser.wait(f"dispatchEvent(new Event('focus')) && {stored}")
    nearest = edge.library.contact("nspcc").calls[0].href
    assert browser.script("document.querySelector('.corrected a').getAttribute('href')") == nearest
    edge.stop()
    for path in ("/help/talk", "/nothing-here"):
        browser.goto(edge.url + path)
        browser.wait(gone)
    assert offline_complaints(browser) == []
