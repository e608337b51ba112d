"""Check 30: the shortcut, its limits, and the sentence beside Leave."""

from __future__ import annotations

from typing import Any

from tests.leaving.matrix import Case, cases
from tests.leaving.visit import Visit
from tests.support.sampling import WHOLE

KEYSTROKES = 10_000 if WHOLE else 2_000
FIELDS = """(() => {
  const main = document.querySelector('main');
  // Trusted Types refuse HTML from a string.
  const add = (parent, name, id) => {
    const element = document.createElement(name);
    element.id = id;
    return parent.insertAdjacentElement('afterbegin', element);
  };
  add(add(main, 'dialog', 'd'), 'input', 'e');
  const editable = add(main, 'div', 'c');
  editable.contentEditable = 'true';
  editable.textContent = 'c';
  add(main, 'textarea', 'b');
  add(main, 'input', 'a');
  window.seen = 0;
  addEventListener('keydown', (event) => { if (event.key === 'Escape') window.seen++; });
  return 1;
})()"""
FOCUSED = {
    "input": "document.getElementById('a').focus()",
    "textarea": "document.getElementById('b').focus()",
    "contenteditable": "document.getElementById('c').focus()",
    "dialog": "(document.getElementById('d').showModal(), document.getElementById('e').focus())",
}
TYPING = """((times) => {
  const letters = 'abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ.,?!0123456789';
  const field = document.getElementById('a');
  let seed = 7;
  for (let i = 0; i < times; i++) {
    seed = (seed * 1103515245 + 12345) %% 2147483648;
    const key = seed %% 9 === 0 ? 'Shift' : letters[seed %% letters.length];
    for (const type of ['keydown', 'keyup'])
      field.dispatchEvent(new KeyboardEvent(type, { key, bubbles: true, cancelable: true, shiftKey: seed %% 5 === 0 }));
  }
  const esc = (more) => field.dispatchEvent(
    new KeyboardEvent('keydown', Object.assign({ key: 'Escape', bubbles: true, cancelable: true }, more)));
  for (let i = 0; i < 9; i++) { esc({ repeat: true }); esc({ isComposing: true }); }
  return document.documentElement.classList.contains('covered');
})(%d)"""


def page(visit: Visit) -> Any:
    tab = visit.at("/tracks" if not visit.case.app else "/help")
    tab.script(FIELDS)
    return tab


@cases(30)
def test_30_the_shortcut_and_the_sentence(visit: Visit, case: Case) -> None:
    tab = page(visit)
    beside = tab.script(
        "((link) => [link.textContent, link.getAttribute('href')])"
        "(document.getElementById(document.getElementById('leave').getAttribute('aria-describedby')))"
    )
    assert beside == ["Leaves fast. Does not delete your history.", "/tracks"]
    assert tab.script(TYPING % KEYSTROKES) is False, "typing fires nothing"
    tab.script(f"{FOCUSED['dialog']}, window.seen = 0, 1")
    for _ in range(2):
        tab.press("Escape")
    assert tab.script("document.getElementById('d').open") is False, "the first press closes a dialog, as usual"
    assert tab.script("document.documentElement.classList.contains('covered')") is False
    assert tab.script("window.seen") == 2, "one or two presses reach the page"
    tab.pause(2.2)
    for name, focus in FOCUSED.items():
        tab.script(f"{focus}, 1")
        for _ in range(6):
            if case.app and visit.gone():
                break
            try:
                tab.press("Escape")
            except Exception:
                if not case.app:
                    raise
        visit.lands() if case.app else visit.ends_well()  # in Firefox a later press stops the way on from /neutral
        if case.app or case.state == "first-dead" or (not WHOLE and name == "input"):
            return
        visit.come_back()
        tab.goto(visit.site.url + "/tracks")
        visit.shows("/tracks")
        tab.script(FIELDS)
