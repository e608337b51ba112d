"""Checks 7 to 10: what can be seen and heard once Leave is pressed."""

from __future__ import annotations

import contextlib
import json
import re
from typing import Any

from tests.leaving.matrix import Case, cases
from tests.leaving.pictures import picture
from tests.leaving.visit import EXPOSED, NEUTRAL, Visit, sensitive
from tests.support.engines import NotNowError

COVERED = "document.documentElement.classList.add('covered') || 1"
LOOKS = """[
  document.querySelector('link[rel=icon]').getAttribute('href'),
  document.querySelector('meta[name=theme-color]').content,
]"""
IN_THE_SAME_TASK = f"""addEventListener('click', () => localStorage.setItem('test-same', JSON.stringify({{
  title: document.title, looks: {LOOKS}, exposed: {EXPOSED}, sound: window.sound,
}})), true)"""
"""The test's own listener, called right after the page's and in the same task, for one real click."""
SOUND = """(() => {
  window.sound = { media: 0, speech: 0 };
  for (const kind of ['audio', 'video']) {
    const media = document.createElement(kind);
    media.pause = () => { window.sound.media++; HTMLMediaElement.prototype.pause.call(media); };
    document.querySelector('main').append(media);
  }
  const canvas = document.createElement('canvas');
  canvas.getContext('2d').fillRect(0, 0, 9, 9);
  const video = document.querySelector('video');
  video.muted = true;
  if (canvas.captureStream) { video.srcObject = canvas.captureStream(5); video.play().catch(() => {}); }
  if (window.speechSynthesis) {
    Object.defineProperty(speechSynthesis, 'cancel', { value: () => window.sound.speech++ });
    return true;
  }
  return false;
})()"""
LIVE = """(() => {
  localStorage.setItem('test-live', '');
  const live = '[aria-live]:not([aria-live=off]), [role=status], [role=alert], [role=log], output';
  new MutationObserver((changes) => {
    for (const { target } of changes) {
      const element = target.nodeType === 1 ? target : target.parentElement;
      if (element && element.closest(live))
        localStorage.setItem('test-live', localStorage.getItem('test-live') + ' ' + element.closest(live).textContent);
    }
  }).observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
  return Array.from(document.querySelectorAll(live), (each) => each.textContent).join(' ');
})()"""


def neutral_looks(visit: Visit) -> list[str]:
    page = visit.site.ask("/neutral").body.decode()
    icon = re.search(r'<link rel="icon" href="([^"]*)"', page)
    colour = re.search(r'<meta name="theme-color" content="([^"]*)"', page)
    assert icon
    assert colour
    return [icon[1], colour[1]]


def spare(visit: Visit) -> Any:
    """A tab that stays when the installed window closes."""
    if not visit.case.app:
        return visit.tab
    tab = visit.browser.tab()
    visit.tab.front()
    return tab


def stored_value(visit: Visit, tab: Any, key: str) -> str:
    """What the page stored before it went away."""
    if visit.case.state != "first-dead":
        tab.goto(visit.site.url + "/neutral")
    visit.neutral(tab)
    tab.wait(f"localStorage.getItem('{key}') !== null")  # it may have to come from another window's process
    return str(tab.script(f"localStorage.getItem('{key}')"))


def ready(visit: Visit) -> Any:
    """A page to leave from, a spare tab, and the looks of /neutral, read before the server dies."""
    visit.browse()
    looks = neutral_looks(visit)
    other = spare(visit)
    tab = visit.at()
    return tab, other, looks


def the_cover(tab: Any) -> set[bytes]:
    """The only colour of the cover, without leaving. Retried, as a late focus event may remove the cover."""

    def one() -> set[bytes]:
        tab.script(COVERED)
        colours = picture(tab.screenshot()).colours()
        return colours if len(colours) == 1 else set()

    return set(tab.until(one, "the cover is one colour"))


@cases(7)
def test_07_covered_in_the_same_task(visit: Visit, case: Case) -> None:
    tab, other, looks = ready(visit)
    box = tab.script(
        "((box) => [box.left, box.top, box.right, box.bottom])(document.querySelector('h1').getBoundingClientRect())"
    )
    heading = picture(tab.screenshot(), int(box[3])).part(*box)
    assert len(set(b"".join(heading))) > 9, "the heading is visible before"
    tab.script(IN_THE_SAME_TASK)
    visit.leave()
    with contextlib.suppress(Exception) if case.app else contextlib.nullcontext():
        shot = tab.until(tab.screenshot, "a picture")
        assert picture(shot, int(box[3])).part(*box) != heading, "the page is still visible"
    visit.lands()
    then = json.loads(stored_value(visit, other, "test-same"))
    assert then["title"] == NEUTRAL
    assert then["looks"] == looks, "icon and colour are those of /neutral"
    assert not sensitive(then["exposed"]), then
    if case.worker:
        assert then["exposed"] == NEUTRAL, "nothing but the title"
        if not case.app:
            other.click('a[href="/start"]')
            visit.shows("/", other)
            the_cover(other)


@cases(8)
def test_08_nothing_for_a_screen_reader_to_say(visit: Visit, case: Case) -> None:
    tab, other, _ = ready(visit)
    if case.engine == "C":
        tab.script(COVERED)
        assert not sensitive(spoken(tab)), "the cover hides it from a screen reader too"
        tab.script("document.documentElement.classList.remove('covered')")
        assert sensitive(spoken(tab)), "without the cover it is there, so the check is valid"
    announced = tab.script(LIVE)
    assert not sensitive(announced), "a live region announces it beforehand"
    tab.script(IN_THE_SAME_TASK)
    for _ in range(2):
        tab.press("Escape")
    visit.leave()
    visit.lands()
    assert not sensitive(stored_value(visit, other, "test-live"))
    assert not sensitive(json.loads(stored_value(visit, other, "test-same"))["exposed"])
    if case.engine == "C":
        assert not sensitive(spoken(other))


def spoken(tab: Any) -> str:
    nodes = tab.cdp().send("Accessibility.getFullAXTree")["nodes"]
    return " ".join(
        str(node.get(part, {}).get("value", ""))
        for node in nodes
        if not node["ignored"]
        for part in ("name", "description", "value")
    )


@cases(9)
def test_09_sound_and_speech_stop(visit: Visit, case: Case) -> None:
    tab, other, _ = ready(visit)
    speaks = tab.script(SOUND)
    tab.script(IN_THE_SAME_TASK)
    visit.leave()
    visit.lands()
    then = json.loads(stored_value(visit, other, "test-same"))["sound"]
    assert then["media"] == 2, "audio and video are paused in the same task"
    if speaks:
        assert then["speech"] == 1, "speech is cancelled in the same task"


@cases(10)
def test_10_the_cover_has_no_animation_and_follows_the_colours(visit: Visit, case: Case) -> None:
    looks: list[dict[str, bool]] = [{"dark": True}, {}]
    if case.engine != "W":
        looks += [{"forced": True}, {"reduced": True}]
    seen = []
    for look in looks:
        visit.browse(**look)
        tab = visit.at()
        cover = the_cover(tab)
        assert tab.script("document.getAnimations().length") == 0
        assert tab.script(
            "Array.from(document.querySelectorAll('*')).every((each) =>"
            " parseFloat(getComputedStyle(each).transitionDuration) === 0)"
        )
        with contextlib.suppress(NotNowError):
            tab.script("document.documentElement.classList.remove('covered')")
        visit.leave()
        visit.lands()
        tab.goto(visit.site.url + "/neutral")
        visit.neutral()
        (colour,) = cover
        assert picture(tab.screenshot()).rows[-1][: len(colour)] == colour, "as /neutral, which comes next"
        seen.append(sum(colour[:3]))
    assert seen[0] < 200 < seen[1], "dark where the phone is dark"
