"""Checks 18 to 22: what Back, Forward, a reload, another tab or a restart shows after leaving."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest

from tests.leaving import govuk
from tests.leaving.matrix import Case, cases
from tests.leaving.serving import SiteProcess
from tests.leaving.visit import BEFORE, CHAIN, EXPOSED, NEUTRAL, Visit, sensitive
from tests.support.engines import NAMES

MARK_DOCUMENT = "(window.restored = 'the same document') && 0"
SHOWN = f"""addEventListener('pageshow', (event) => localStorage.setItem('test-shown', JSON.stringify({{
  persisted: event.persisted, exposed: {EXPOSED},
}}))) || 1"""
"""The test's own listener, called right after the page's."""
LOOKED = "performance.getEntriesByType('resource').some(({ name }) => name.endsWith('/corrections.json'))"
"""Whether the page's look for corrections, its last request, is over."""
TRIES = 3
SETTLED = 0.5
"""Seconds to wait before leaving a page."""


def nothing_shows(visit: Visit, tab: Any) -> None:
    """Watches the page for a while. The browser's own error page may not answer at all."""
    try:
        visit.watch(tab, 0.4)
    except AssertionError as error:
        if visit.case.state != "first-dead" or "never answered" not in str(error):
            raise


@cases(18)
def test_18_back_and_forward_show_nothing(visit: Visit, case: Case) -> None:
    visit.browse()
    tab = visit.tab
    visit.enter()
    visit.chain()
    visit.die()
    visit.leave()
    visit.lands()
    tab.back()
    tab.wait(f"document.title === '{BEFORE}'")
    for step in (-1,) * 4 + (1,) * 5:
        tab.back(step)
        nothing_shows(visit, tab)
    if case.state == "online":
        theirs = theirs_after_back(visit)
        visit.note(f"first Back after a visit of three pages, {NAMES[case.engine]}: ours", "the page before")
        visit.note(f"first Back after a visit of three pages, {NAMES[case.engine]}: GOV.UK's", theirs)


def theirs_after_back(visit: Visit) -> str:
    """The title that the first Back shows after the same visit to pages with GOV.UK's button."""
    theirs = govuk.serve(visit.goal)
    tab = visit.browser.tab_in_front()
    tab.goto(visit.before.url + "/before")
    tab.wait(f"document.title === '{BEFORE}'")
    tab.goto(theirs.url + "/a")
    for letter in "bc":
        tab.wait(govuk.READY)
        visit.follow("#on", tab)
        tab.wait(f"location.pathname === '/{letter}' && {govuk.READY}")
    tab.click(".govuk-exit-this-page__button")
    visit.arrives(tab)
    tab.back()
    tab.wait(f"document.title !== '{visit.goal.title}' && document.title !== ''")
    title = str(tab.title)
    theirs.close()
    return title


@cases(19)
def test_19_with_scripts_off_every_back_asks_the_server(visit: Visit, secure_site: SiteProcess) -> None:
    visit.site = secure_site
    tab = visit.browse(insecure=True)
    visit.enter()
    visit.chain()
    visit.leave()
    visit.lands()
    for path in reversed(CHAIN):
        earlier = len(secure_site.requests())
        tab.back()
        tab.until(
            lambda path=path, earlier=earlier: {f"GET {path}", "GET /neutral"} & set(secure_site.requests()[earlier:]),
            "a new answer, not a stored one",
        )
        # WebKit still shows the address that the entry was made with, whatever the answer was.
        tab.wait(f"document.title === '{NEUTRAL}' && document.querySelector('h1').textContent === '{NEUTRAL}'")
        visit.watch(tab, 0.2)


@cases(20)
def test_20_a_page_out_of_bfcache_is_covered_already(visit: Visit, case: Case) -> None:
    tab = visit.at()
    restored = restored_without_leaving(visit)
    visit.note("kept in bfcache", restored)
    if case.dies and not case.worker:
        visit.site.start(broken="/sw.js")
    other = visit.browser.tab_in_front()
    other.goto(visit.site.url + "/areas")
    visit.shows("/areas", other)
    visit.die()
    visit.leave(other)
    visit.lands(other)
    tab.front()
    tab.back()
    if restored or case.state != "first-dead":
        visit.neutral(tab)
    if restored:
        then = json.loads(tab.script("localStorage.getItem('test-shown')"))
        assert then["persisted"], "the page came out of bfcache"
        assert not sensitive(then["exposed"]), then
        assert then["exposed"].startswith(NEUTRAL), then
    nothing_shows(visit, tab)


def restored_without_leaving(visit: Visit) -> bool:
    """The control: whether Back restores a page from bfcache without leaving. Then goes away from it once more.

    WebKitGTK keeps other sites' pages but was never seen to keep ours: there the control is another site's page, and
    Back has to be answered anew.
    """
    tab, page = visit.tab, visit.site.url + "/help"
    restored = any(gone_and_back(visit, page) for _ in range(TRIES))
    if restored:
        # Load it again: a request on coming back may keep a page out of bfcache the next time.
        tab.goto(page)
        tab.wait(f"location.href === '{page}' && document.readyState === 'complete' && !window.restored")
        tab.script(SHOWN)
        settle(visit)
    else:
        assert visit.case.engine == "W", "bfcache was off: this test would pass for the wrong reason"
        assert gone_and_back(visit, visit.before.url + "/control"), "bfcache was off"
        visit.die() if visit.case.worker else visit.site.start(broken="/sw.js")
        tab.goto(page)
        visit.shows("/help")
    tab.goto(visit.before.url + "/away")
    tab.wait(f"document.title === '{BEFORE}'")
    return restored


def settle(visit: Visit) -> None:
    """Waits until the page may be left. Firefox keeps no page with a request under way."""
    if visit.case.engine == "F":
        visit.tab.wait(LOOKED)
    visit.tab.pause(SETTLED)


def gone_and_back(visit: Visit, page: str) -> bool:
    """Whether Back restores the same document."""
    tab = visit.tab
    if tab.url != page:
        tab.goto(page)
        tab.wait(f"location.href === '{page}' && document.readyState === 'complete'")
    tab.script(MARK_DOCUMENT)
    tab.script(SHOWN)
    settle(visit)
    if visit.case.dies and not visit.case.worker:
        visit.site.start(broken="/sw.js")
    tab.goto(visit.before.url + "/away")
    tab.wait(f"location.href === '{visit.before.url}/away' && document.readyState === 'complete'")
    tab.back()
    tab.wait(f"location.href === '{page}' && document.readyState === 'complete'")
    restored = tab.script("window.restored || ''") == "the same document"
    if restored:
        tab.wait("localStorage.getItem('test-shown') !== null")
        assert json.loads(tab.script("localStorage.getItem('test-shown')"))["persisted"]
        tab.script("localStorage.removeItem('test-shown') || 1")
    return restored


@cases(21)
def test_21_neutral_until_the_deliberate_return(visit: Visit, case: Case, tmp_path: Path) -> None:
    folder = {} if case.engine == "W" else {"folder": tmp_path / "profile"}
    tab = visit.browse(**folder)
    if case.app:
        visit.chain()
    else:
        visit.at()
    visit.die()
    visit.goal.set("hang")  # so that a tab stays at the neutral page and can be restored
    visit.leave()
    if not case.app and case.scripts:
        visit.neutral()
        for path in ("/help", "/", "/areas/worcestershire"):
            tab.goto(visit.site.url + path)
            visit.neutral()
        tab.reload()
        visit.neutral()
        another = visit.browser.tab()
        another.goto(visit.site.url + "/help")
        visit.neutral(another)
    if folder:
        visit.goal.set("up")
        if case.app:
            visit.lands()
        visit.browser.close()
        restore = ("--restore-last-session",) if case.engine == "C" and not case.app else ()
        opened = {"app": visit.site.url + "/"} if case.app else {"args": restore}
        visit.browser = visit.engines.open(case.engine, scripts=case.scripts, **folder, **opened)
        visit._open.append(visit.browser)
        visit.tab = tab = visit.browser.window()
        if not case.app:
            tab = visit.tab = visit.browser.tab()
            tab.goto(visit.site.url + "/help")
    else:
        tab.goto(visit.site.url + "/help")
        visit.neutral()
        visit.goal.set("up")  # only now: the load that hung would be tried again, and come after this page
    visit.neutral()
    visit.watch(tab, 0.3)
    visit.follow('a[href="/start"]', tab)
    visit.shows("/")
    visit.chain(paths=("/help",))


@cases(22)
def test_22_the_other_tabs_leave_too(visit: Visit, case: Case) -> None:
    visit.browse()
    others = [visit.browser.tab(), visit.browser.tab()]
    for other, path in zip(others, ("/areas", "/help"), strict=True):
        other.goto(visit.site.url + path)
        visit.shows(path, other)
    visit.tab.front()
    visit.at()
    visit.tab.script(
        "addEventListener('click', () => localStorage.setItem('test-click', String(Date.now())), true) || 1"
    )
    visit.leave()
    for number, other in enumerate(others):
        visit.neutral(other)
        visit.watch(other, 0.3)
        took = other.script("performance.timeOrigin - localStorage.getItem('test-click')")
        if took > 0:  # without a server, the same document has become neutral
            visit.note(f"ms from the press until another tab is on its way to /neutral ({number + 1})", round(took))
    visit.lands()


@pytest.fixture(autouse=True)
def _goal_up(visit: Visit) -> Any:
    yield
    with contextlib.suppress(Exception):
        visit.goal.set("up")
