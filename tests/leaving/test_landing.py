"""Checks 11 to 17: where leaving ends, how soon, and who receives a request."""

from __future__ import annotations

import contextlib
import statistics
from typing import Any

import pytest
from playwright.sync_api import Error as PlaywrightError

from tests.leaving import govuk
from tests.leaving.matrix import Case, cases
from tests.leaving.visit import NEUTRAL, Visit, sensitive
from tests.support.engines import NAMES, PlaywrightTab
from tests.support.sampling import WHOLE

ROUNDS = 20 if WHOLE else 3
CPU_SLOWER = 4
CLOCK = "addEventListener('click', () => localStorage.setItem('test-click', String(Date.now())), true)"
COMMITTED = "performance.timing.domLoading - Number(localStorage.getItem('test-click'))"
"""Milliseconds from the press to the next document, as the browser itself reports them."""
WHOLE_PAGE = "document.readyState === 'complete'"


@cases(11)
def test_11_how_soon_neutral_is_there(visit: Visit, case: Case) -> None:
    tab = visit.at()
    visit.goal.set("hang")
    for slower in (1, CPU_SLOWER) if case.engine == "C" else (1,):
        if slower > 1:
            tab.cdp().send("Emulation.setCPUThrottlingRate", {"rate": slower})
        leaving, walking = [], []
        for _ in range(ROUNDS):
            tab.script(CLOCK)
            visit.walk("/areas", tab)
            walking.append(tab.script(COMMITTED))
            tab.script(CLOCK)
            visit.leave()
            visit.neutral()
            leaving.append(tab.script(COMMITTED))
            visit.start_again()
        to_neutral, to_page = statistics.median(leaving), statistics.median(walking)
        cpu = f"CPU {slower}x slower" if slower > 1 else "CPU as it is"
        visit.note(f"ms from press to /neutral, median of {ROUNDS}, {cpu}", to_neutral)
        visit.note(f"ms from press to an ordinary saved page, median of {ROUNDS}, {cpu}", to_page)
        # Machines differ in speed, so leaving is compared with an ordinary saved page.
        assert to_neutral <= 3 * to_page + 100, (leaving, walking)


@cases(12)
def test_12_up_refused_unknown_or_hanging(visit: Visit, case: Case, request: pytest.FixtureRequest) -> None:
    tab = visit.at()
    tab.script(CLOCK)
    visit.leave()
    visit.arrives()
    shown = tab.script("performance.timing.domLoading")
    tab.goto(visit.site.url + "/neutral")
    visit.neutral()
    took = shown - tab.script("Number(localStorage.getItem('test-click'))")
    visit.note("ms from press to the destination", took)
    for mode in ("refuse", "hang", "hang-second"):
        visit.goal.set(mode)
        visit.start_again()
        visit.leave()
        stays_neutral(visit, mode)
    visit.goal.set("up")
    visit.browser.close()
    if WHOLE:
        visit.browser, visit.site = None, request.getfixturevalue("nowhere_site")
        visit.at()
        visit.leave()
        stays_neutral(visit, "unknown")


def stays_neutral(visit: Visit, mode: str) -> None:
    """Only the neutral page is shown, for longer than the page waits for the destination."""
    visit.neutral()
    for address, text in visit.watch(visit.tab, 7 if mode == "hang-second" else 2.5):
        assert address == visit.site.url + "/neutral", mode
        assert NEUTRAL in text, mode
    if mode == "hang-second":
        # The browser has given up: no request is waiting at the destination any more.
        visit.tab.until(lambda: visit.goal.waiting == 0, "the load that hangs is given up")


@cases(13)
def test_13_with_no_worker_and_no_network_the_page_itself_becomes_neutral(visit: Visit, case: Case) -> None:
    tab = visit.at()
    length = tab.length
    tab.script("(window.test = 'the same document') && 0")
    visit.leave()
    visit.neutral()
    for address, text in visit.watch(tab, 1.5):
        assert address == visit.site.url + "/neutral"
        assert text.startswith(NEUTRAL)
    assert tab.script("window.test") == "the same document", "no navigation was tried"
    assert tab.length == length
    assert tab.title == NEUTRAL


KEYS = {"Esc": "Escape", "Shift": "Shift"}


def stop(visit: Visit) -> None:
    """The browser's Stop button, or its nearest equivalent."""
    if isinstance(visit.tab, PlaywrightTab) and visit.case.engine == "C":
        with contextlib.suppress(PlaywrightError):  # nothing is loading any more
            visit.tab.cdp().send("Page.stopLoading")
    else:
        visit.tab.try_script("window.stop()")


@cases(14)
def test_14_esc_shift_or_stop_undo_nothing(visit: Visit, case: Case) -> None:
    visit.at()
    modes = ["up"] if case.app else ["up", "hang"]
    for mode in modes:
        waits = (0.0, 0.1, 0.6, 2.0, 5.0) if WHOLE else (0.0,) if mode == "up" else (0.6,)
        visit.goal.set(mode)
        for what in ("Esc", "Shift", "Stop"):
            for wait in waits:
                visit.leave()
                visit.tab.pause(wait) if wait else None
                for _ in range(10):
                    if case.app and visit.gone():
                        break
                    try:
                        stop(visit) if what == "Stop" else visit.tab.press(KEYS[what])
                    except Exception:
                        if not case.app:
                            raise
                if case.app:
                    visit.lands()
                    return
                visit.ends_well()
                if case.state == "first-dead":
                    visit.browser.close()
                    visit.browser = None
                    visit.at()
                    continue
                visit.come_back()
    if case.state == "first" and not case.app:
        half_of_neutral(visit)


def half_of_neutral(visit: Visit) -> None:
    """Stopped while it loads, the neutral page still has its title and the way back."""
    visit.goal.set("hang")
    visit.site.start(broken="/sw.js", half="/neutral", until="<body")
    visit.leave()
    half = "document.readyState === 'loading' && document.querySelector('#start') === null"
    visit.tab.wait(f"location.pathname === '/neutral' && document.title === '{NEUTRAL}' && {half}")
    visit.neutral()
    visit.site.start(broken="/sw.js")
    visit.start_again()


@cases(15)
def test_15_leaving_opens_and_closes_no_tab(visit: Visit, case: Case) -> None:
    visit.browse()
    other = visit.browser.tab()
    other.goto(visit.before.url + "/other")
    visit.tab.front()
    visit.at()
    tabs = visit.browser.count()
    visit.leave()
    visit.lands()
    other.pause(0.5)
    assert visit.browser.count() == tabs - case.app


@cases(16)
def test_16_no_referer_at_the_destination(visit: Visit, case: Case) -> None:
    visit.at()
    seen = len(visit.goal.requests)
    visit.leave()
    visit.lands()
    visit.tab.until(lambda: len(visit.goal.requests) > seen, "the destination is asked")
    for path, headers, _ in visit.goal.requests[seen:]:
        if path == "/":
            assert "referer" not in headers
        assert visit.site.url not in str(headers), "nor a word of us in any other header"
    if case.state in ("online", "off"):
        theirs = govuk.serve(visit.goal)
        tab = visit.browser.tab_in_front()
        tab.goto(theirs.url + "/a")
        tab.wait(govuk.READY if case.scripts else WHOLE_PAGE)
        seen = len(visit.goal.requests_for("/"))
        tab.click(".govuk-exit-this-page__button")
        tab.until(lambda: len(visit.goal.requests_for("/")) > seen, "GOV.UK's button goes to the destination")
        sent = visit.goal.requests_for("/")[seen].get("referer")
        theirs.close()
        scripts = "scripts on" if case.scripts else "scripts off"
        referer = "none" if sent is None else "our origin" if theirs.url in sent else sent
        visit.note(f"Referer at the destination, {NAMES[case.engine]}, {scripts}: ours", "none")
        visit.note(f"Referer at the destination, {NAMES[case.engine]}, {scripts}: GOV.UK's", referer)


@cases(17)
def test_17_no_request_goes_outside_before_leaving_nor_to_our_server_after(visit: Visit, case: Case) -> None:
    before = len(visit.goal.requests)
    visit.browse()
    if case.app:
        visit.chain()
    else:
        visit.enter()
        for path in ("/help", "/areas/worcestershire"):
            visit.tab.goto(visit.site.url + path)
            visit.shows(path)
    resources: Any = visit.tab.script("performance.getEntriesByType('resource').map((each) => each.name)")
    assert all(each.startswith(visit.site.url) for each in resources), resources
    assert len(visit.goal.requests) == before, "the destination is asked before anybody leaves"
    if visit.browser.requests is not None:
        ours = (visit.site.url, visit.before.url, "about:", "data:", "chrome:")
        assert [each for each in visit.browser.requests if not each.startswith(ours)] == []
    visit.tab.pause(0.3)
    visit.die()
    earlier = len(visit.site.requests())
    visit.leave()
    visit.lands()
    (visit.browser.tab() if case.app else visit.tab).pause(0.5)
    # With a worker not even our own server gets a request; without one, /neutral has to come from the server.
    allowed = {"GET /neutral"} if case.state == "first" else {"GET /leave"} if case.state == "off" else set()
    # Browsers check for a new worker and fetch icons at any time; and a press that brings a window to the front makes
    # its page check for corrections, whatever is pressed.
    not_of_leaving = ("GET /assets/", "GET /manifest", "GET /sw.js", "GET /corrections.json", "GET /favicon.ico")
    requests = [each for each in visit.site.requests()[earlier:] if not each.startswith(not_of_leaving)]
    assert set(requests) <= allowed, requests
    paths = {path for path, _, _ in visit.goal.requests[before:]}
    assert paths <= {"/", "/favicon.ico"}, paths
    assert not case.app or not paths, "an installed window goes nowhere"
    assert not sensitive(str(visit.goal.requests[before:]))
