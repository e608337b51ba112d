"""Checks 1 to 6: finding Leave and pressing it."""

from __future__ import annotations

from typing import Any

from tests.leaving.matrix import Case, cases
from tests.leaving.visit import Visit
from tests.support.sampling import WHOLE

PAGES = ("/", "/help", "/areas/worcestershire", "/search")
if WHOLE:
    PAGES += ("/signs", "/quiz", "/clear", "/tracks", "/young-people", "/professionals", "/save", "/print/card")
SIZES = ((320, 568), (360, 640), (1280, 800), (320, 256))
"""The last is 1280 by 1024 at 400 %."""
NARROWEST = 334
"""CSS pixels: WebKitGTK's smallest window."""
PLACES = ("0", "document.documentElement.scrollHeight / 2", "document.documentElement.scrollHeight")

IN_REACH = """((y) => {
  scrollTo({ top: y, behavior: 'instant' });
  const box = document.getElementById('leave').getBoundingClientRect();
  const hit = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
  return Boolean(hit && hit.closest('#leave')) && box.top >= 0 && box.bottom <= innerHeight && box.right <= innerWidth;
})(%s)"""
IN_THE_WAY = "document.querySelectorAll('dialog, [popover], [role=dialog], [role=alertdialog]').length"
OPENED = "document.querySelectorAll('details').forEach((each) => { each.open = true; }) || 1"

CLEAR_OF_OTHERS = """((y) => {
  scrollTo({ top: y, behavior: 'instant' });
  const bar = document.querySelector('.bar').getBoundingClientRect();
  const leave = document.getElementById('leave').getBoundingClientRect();
  const near = [];
  for (const each of document.querySelectorAll('a[href], button, input, select, textarea, summary, label')) {
    if (each.id === 'leave' || !each.getClientRects().length) continue;
    for (const whole of each.getClientRects()) {
      let { top, bottom, left, right } = whole;
      if (!each.closest('.bar')) {
        // What lies under the bar can't be touched there.
        if (bottom > bar.top && top < bar.top) bottom = bar.top;
        else if (top < bar.bottom && bottom > bar.bottom) top = bar.bottom;
        else if (top >= bar.top && bottom <= bar.bottom) continue;
      }
      if (bottom <= top || bottom <= 0 || top >= innerHeight) continue;
      const gap = Math.max(left - leave.right, leave.left - right, top - leave.bottom, leave.top - bottom);
      if (gap < 7.99) near.push([each.textContent.trim().slice(0, 30), gap]);
    }
  }
  return { width: leave.width, height: leave.height, near };
})(%s)"""
FOCUS_HIDDEN = """(() => {
  const bar = document.querySelector('.bar').getBoundingClientRect();
  const hidden = [];
  for (const each of %s) {
    if (each.closest('.bar') || !each.getClientRects().length) continue;
    if (document.activeElement !== each) {
      each.focus();
      dispatchEvent(new KeyboardEvent('keyup', { key: 'Tab' }));
    }
    if (document.activeElement !== each) continue;
    const box = each.getBoundingClientRect();
    const top = Math.max(box.top, bar.top);
    const bottom = Math.min(box.bottom, bar.bottom);
    if (bottom - top < 1 || box.height > innerHeight / 2) continue;
    if (%s && box.height - (bottom - top) >= Math.min(24, box.height)) continue;
    const hit = document.elementFromPoint(box.left + Math.min(9, box.width / 2), (top + bottom) / 2);
    if (hit && hit.closest('.bar'))
      hidden.push([each.textContent.trim().slice(0, 30), box.top, box.bottom, bar.top, bar.bottom]);
  }
  return hidden;
})()"""
"""Focused elements that the bar hides: even partly in Chromium, which applies `scroll-padding` to focus; in the other
engines only completely, as in WCAG 2.4.11."""
EACH = """document.querySelectorAll('a[href], button, input, summary, [tabindex="0"]')"""
THE_FOCUSED = "[document.activeElement]"
INSIDE_THE_VIEW = """(() => {
  const view = window.visualViewport;
  const box = document.getElementById('leave').getBoundingClientRect();
  return box.top >= view.offsetTop && box.bottom <= view.offsetTop + view.height + 0.5
    && box.left >= view.offsetLeft && box.right <= view.offsetLeft + view.width + 0.5;
})()"""
KEYBOARD = """(() => {
  const view = new EventTarget();
  Object.assign(view, { offsetTop: 0, offsetLeft: 0, pageTop: 0, pageLeft: 0, scale: 1 });
  let open = false;
  Object.defineProperty(view, 'height', { get: () => (open ? innerHeight / 2 : innerHeight) });
  Object.defineProperty(view, 'width', { get: () => innerWidth });
  Object.defineProperty(window, 'visualViewport', { get: () => view });
  window.openKeyboard = () => { open = true; view.dispatchEvent(new Event('resize')); };
})()"""
"""An on-screen keyboard as in iOS: it covers the page and changes only the visual viewport."""


def sized(visit: Visit, width: int, height: int) -> Any:
    if visit.case.engine == "W" and width < 447:
        return visit.browser.narrow(max(width, NARROWEST), height)
    visit.tab.resize(width, height)
    return visit.tab


def on(visit: Visit, tab: Any, path: str) -> None:
    tab.try_script("window.test = 'the page before'")
    if visit.case.app:
        tab.script(f"location.replace('{path}')")
    else:
        tab.goto(visit.site.url + path)
    tab.wait("!window.test")
    visit.shows(path, tab)


@cases(1)
def test_01_leave_can_be_touched_everywhere(visit: Visit) -> None:
    visit.browse()
    visit.die()
    for width, height in SIZES:
        tab = sized(visit, width, height)
        for path in PAGES:
            on(visit, tab, path)
            for place in PLACES:
                assert tab.script(IN_REACH % place), (width, height, path, place)
            tab.script(OPENED)
            for place in PLACES:
                assert tab.script(IN_REACH % place), (width, height, path, place, "with everything unfolded")
            assert tab.script(IN_THE_WAY) == 0, (path, "something may lie above Leave")


@cases(2)
def test_02_leave_is_big_enough_and_hides_no_focus(visit: Visit) -> None:
    visit.browse()
    visit.die()
    partly_will_do = "false" if visit.case.engine == "C" else "true"
    for width, height in ((320, 568), (1280, 800)):
        tab = sized(visit, width, height)
        for path in PAGES:
            on(visit, tab, path)
            for place in PLACES:
                found = tab.script(CLEAR_OF_OTHERS % place)
                assert found["width"] >= 44 <= found["height"], (path, found)
                assert found["height"] <= 0.12 * 568, (path, found)
                assert found["near"] == [], (width, path, place)
            hidden = tab.script(FOCUS_HIDDEN % (EACH, partly_will_do))
            assert hidden == [], (width, path, hidden)
        on(visit, tab, "/areas/worcestershire")
        for _ in range(25):
            tab.press("Tab")
            hidden = tab.script(FOCUS_HIDDEN % (THE_FOCUSED, partly_will_do))
            assert hidden == [], (width, "by the Tab key", hidden)


@cases(3)
def test_03_leave_stays_in_sight_over_the_keyboard(visit: Visit) -> None:
    visit.browse()
    path = "/search" if visit.case.scripts else "/help"
    tab = sized(visit, 360, 740)
    if visit.case.engine != "W" and visit.case.scripts:
        tab.page.add_init_script(KEYBOARD)
        on(visit, tab, path)
        tab.click("#words")
        tab.script("openKeyboard()")
        tab.pause(0.2)
        for place in PLACES:
            tab.script(f"scrollTo(0, {place})")
            assert tab.script(INSIDE_THE_VIEW), "under the keyboard, as iOS lays it over the page"
    on(visit, tab, path)
    # As in Android: the page itself gets shorter.
    tab.resize(max(360, NARROWEST), 370)
    tab.wait("innerHeight < 400")
    if visit.case.scripts:
        tab.click("#words")
    for place in PLACES:
        assert tab.script(IN_REACH % place), place


@cases(4)
def test_04_leave_is_the_first_stop_and_a_plain_link(visit: Visit) -> None:
    visit.browse()
    visit.die()
    tab = visit.tab
    for path in PAGES:
        on(visit, tab, path)
        tab.press("Tab")
        if tab.script("document.activeElement.id") != "leave":
            tab.press("Tab")
        assert tab.script("document.activeElement.id") == "leave", path
        link = tab.script(
            "((link) => [link.tagName, link.getAttribute('href'), link.innerText.trim(), link.getAttribute('role'),"
            " link.getAttribute('aria-label')])(document.activeElement)"
        )
        assert link == ["A", "/leave", "Leave", None, None], path
    if visit.case.engine == "C":
        tree = tab.cdp().send("Accessibility.getFullAXTree")["nodes"]
        named = [(n["role"]["value"], n["name"]["value"]) for n in tree if n.get("role") and n.get("name")]
        assert ("link", "Leave") in named
    on(visit, tab, "/help")
    tab.press("Tab")
    if tab.script("document.activeElement.id") != "leave":
        tab.press("Tab")
    tab.press("Enter")
    visit.lands()
    if visit.case.app:
        return
    visit.come_back()
    visit.leave()
    visit.lands()
    if visit.case.engine == "C":
        visit.come_back()
        session = tab.cdp()
        session.send("Emulation.setTouchEmulationEnabled", {"enabled": True})
        x, y = tab.script(
            "((box) => [box.left + box.width / 2, box.top + box.height / 2])"
            "(document.getElementById('leave').getBoundingClientRect())"
        )
        session.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
        session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        visit.lands()


@cases(5)
def test_05_one_action_and_nothing_asks_back(visit: Visit) -> None:
    if visit.case.app:
        tab = visit.browse()
        visit.follow('footer a[href="/search"]', tab)
        visit.shows("/search")
        visit.die()
    else:
        tab = visit.at("/search")
    if visit.case.scripts:
        tab.click("#words")
        tab.type("not sent")
    visit.leave()
    visit.lands()
    assert getattr(tab, "dialogs", []) == [], "a dialog opened"


LONG_TASK = """(() => {
  localStorage.setItem('test-covered', '');
  new MutationObserver(() => {
    if (document.documentElement.classList.contains('covered') && !localStorage.getItem('test-covered'))
      localStorage.setItem('test-covered', String(Date.now()));
  }).observe(document.documentElement, { attributes: true });
  setTimeout(() => { throw Error('on purpose'); }, 0);
  setTimeout(() => {
    const end = Date.now() + 2000;
    while (Date.now() < end);
    localStorage.setItem('test-end', String(Date.now()));
  }, 50);
})()"""


@cases(6)
def test_06_works_before_the_page_is_whole_and_when_scripts_broke(visit: Visit, case: Case) -> None:
    if case.state in ("first", "off"):
        visit.faults = {"half": "/help"}
        tab = visit.browse()
        tab.goto(visit.before.url + "/before")
        tab.wait("document.title === 'Before'")
        tab.script(f"setTimeout(() => location.assign('{visit.site.url}/help'), 0) && 0") if case.scripts else tab.goto(
            visit.site.url + "/help"
        )
        tab.wait("document.querySelector('#leave') !== null && location.pathname === '/help'")
        assert tab.script("document.readyState") == "loading"
        visit.leave()
        visit.lands()
        if case.scripts:
            # Before there is a body, only the keys work.
            visit.site.start(half="/help", until="<body>", broken="/sw.js")
            visit.come_back()
            tab.goto(visit.before.url + "/before")
            tab.wait("document.title === 'Before'")
            tab.script(f"setTimeout(() => location.assign('{visit.site.url}/help'), 0) && 0")
            tab.wait("location.pathname === '/help' && document.querySelector('script') !== null")
            for _ in range(3):
                tab.press("Escape")
            visit.lands()
        visit.site.start(broken="/sw.js|/assets/.*[.]js")
        visit.come_back()
        tab.goto(visit.site.url + "/help")
        visit.shows("/help")
        visit.leave()
        visit.lands()
        if not case.scripts:
            return
        visit.come_back()
        visit.site.start(broken="/sw.js")
    tab = visit.at()
    tab.script(LONG_TASK)
    visit.leave()
    if case.app:
        visit.lands()
        return
    tab.wait(f"location.pathname === '/neutral' || document.title === '{visit.goal.title}'")
    visit.lands()
    tab.goto(visit.site.url + "/neutral")
    visit.neutral()
    ended, covered = tab.script("['test-end', 'test-covered'].map((name) => Number(localStorage.getItem(name)))")
    assert covered > 0
    if ended:  # Chromium may lose what a page writes as it goes away
        visit.note("ms from the end of a 2 s task to the cover", covered - ended)
