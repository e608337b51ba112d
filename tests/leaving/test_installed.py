"""Checks 27 to 29: the installed window, and pages that nobody sees."""

from __future__ import annotations

import json
from typing import Any

from tests.leaving.matrix import Case, cases
from tests.leaving.visit import EXPOSED, NEUTRAL, Visit, sensitive

START_PAGES = ("/", "/save/tell-someone", "/save/my-area", "/save/local-info")


@cases(27)
def test_27_an_installed_window_closes_or_shows_neutral(visit: Visit, case: Case) -> None:
    tab = visit.browse()
    spare = visit.browser.tab()
    tab.front()
    before = len(visit.goal.requests)
    visit.chain()
    visit.die()
    visit.leave()
    if case.scripts:
        visit.lands()
    else:
        visit.neutral()
    spare.pause(0.5)
    assert len(visit.goal.requests) == before, "nothing outside opens in the window"


@cases(28)
def test_28_back_from_an_outside_site_is_neutral(visit: Visit, case: Case) -> None:
    """A window that can't close, because a page added a history entry, stays at the neutral page."""
    tab = visit.browse()
    visit.browser.tab()
    tab.front()
    tab.script("history.pushState(null, '', location.href) || 1")
    visit.chain(paths=("/help",))
    visit.die()
    visit.leave()
    visit.neutral()
    tab.script(f"location.assign('{visit.goal.url}/') || 1")
    visit.arrives()
    for _ in range(3):
        tab.back()
        for address, text in visit.watch(tab, 0.5):
            assert address != visit.goal.url + "/help"
            assert not sensitive(text)
    tab.until(lambda: tab.script(EXPOSED).startswith(NEUTRAL), "the neutral page")


HIDDEN = """(() => {
  const covered = () => document.documentElement.classList.contains('covered');
  const found = [covered()];
  Object.defineProperty(document, 'hidden', { configurable: true, get: () => true });
  document.dispatchEvent(new Event('visibilitychange'));
  found.push(covered());
  delete document.hidden;
  document.dispatchEvent(new Event('visibilitychange'));
  found.push(covered());
  addEventListener('pagehide', () => localStorage.setItem('test-hide', String(covered())));
  return found;
})()"""
BLURRED = """(() => {
  dispatchEvent(new Event('blur'));
  const covered = document.documentElement.classList.contains('covered');
  dispatchEvent(new Event('focus'));
  return [covered, document.documentElement.classList.contains('covered')];
})()"""


def phone(tab: Any) -> None:
    """Emulates a phone: touch, and the window fills the screen."""
    session = tab.cdp()
    session.send("Emulation.setTouchEmulationEnabled", {"enabled": True, "maxTouchPoints": 1})
    metrics = {"width": 360, "height": 740, "deviceScaleFactor": 2, "mobile": True}
    session.send("Emulation.setDeviceMetricsOverride", {**metrics, "screenWidth": 360, "screenHeight": 740})


@cases(29)
def test_29_start_pages_are_plain_and_unseen_pages_covered(visit: Visit, case: Case) -> None:
    tab = visit.browse()
    manifest = json.loads(visit.site.ask("/manifest.json").body)
    if case.app:
        phone(tab)
    visit.die()
    assert manifest["start_url"].split("?")[0] in START_PAGES
    tab.script("location.replace('/') || 1") if case.app else tab.goto(visit.site.url + "/")
    visit.shows("/")
    title = tab.title
    assert not sensitive(title)
    assert tab.script(HIDDEN) == [False, True, False]
    if case.engine != "W":
        # In a tab a blurred page stays as it is; only an installed phone app covers.
        assert tab.script(BLURRED) == [case.app, False]
    tab.script("location.replace('/help') || 1")
    visit.shows("/help")
    assert tab.script("localStorage.getItem('test-hide')") == "true", "covered in the same task as pagehide"
