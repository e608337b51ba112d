"""A visit in one case of the matrix: the browser, the server, the page before and the page after."""

from __future__ import annotations

import contextlib
import re
import time
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.leaving.matrix import Case
from tests.leaving.outside import Outside
from tests.leaving.serving import CONTENT, SiteProcess
from tests.support.engines import Engines, NotNowError, Tab
from tests.support.running import PATIENCE

CHAIN = ("/help", "/areas", "/areas/worcestershire")
PRESS_AGAIN = 4
"""Seconds after which a press without effect is repeated, the first time."""
LONGER = 1.5
"""The factor by which each further press waits longer: a busy machine may be slower than any fixed time."""
NO_WORKER = "/sw.js"
"""Answers 500 in a visit without a worker."""
NEUTRAL = "Local information"
GOAL = "Weather"
BEFORE = "Before"
LEFT = "location.pathname === '/neutral' && document.readyState === 'complete' && !window.test"
"""Tests set `window.test` on a page that has to go away."""

EMPTY = (
    "document.readyState === 'complete' && !(document.documentElement && document.documentElement.textContent.trim())"
)
EXPOSED = """(() => {
  const shown = (element) => {
    const style = getComputedStyle(element);
    return style.visibility === 'visible' && style.display !== 'none' && element.getClientRects().length > 0;
  };
  const found = [document.title];
  const all = document.createTreeWalker(document, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
  for (let node = all.nextNode(); node; node = all.nextNode()) {
    if (node.nodeType === 3) {
      if (node.data.trim() && node.parentElement && shown(node.parentElement)) found.push(node.data.trim());
    } else if (shown(node)) {
      for (const name of ['aria-label', 'alt', 'title', 'placeholder', 'value'])
        if (node.getAttribute(name)) found.push(node.getAttribute(name));
    }
  }
  return found.join(' | ');
})()"""
"""All readable text of the page, by eye or by a screen reader."""


def _denied() -> re.Pattern[str]:
    words = tomllib.loads((CONTENT / "words.toml").read_text())["title"]
    return re.compile(rf"\b({'|'.join(map(re.escape, words))})\b", re.IGNORECASE)


DENIED = _denied()
"""The words that titles may not use: `title` in content/words.toml."""


def sensitive(text: str) -> list[str]:
    return sorted({match.lower() for match in DENIED.findall(text)})


@dataclass
class Visit:
    case: Case
    engines: Engines
    site: SiteProcess
    goal: Outside
    before: Outside
    note: Callable[[str, Any], None]
    browser: Any = None
    tab: Any = None
    faults: dict[str, str] = field(default_factory=dict)
    _open: list[Any] = field(default_factory=list)

    def browse(self, **look: Any) -> Any:
        """Starts the server, and a browser in the state of the case."""
        faults = dict(self.faults)
        if not self.case.worker:
            faults["broken"] = "|".join(filter(None, (faults.get("broken"), NO_WORKER)))
        self.site.start(**faults)
        if self.case.app:
            look.setdefault("app", self.site.url + "/")
        self.browser = self.engines.open(self.case.engine, scripts=self.case.scripts, **look)
        self._open.append(self.browser)
        self.tab = self.browser.window() if self.case.app else self.browser.tab()
        if self.case.worker:
            self.save(self.tab)
            if not self.case.app:
                self.tab = self.again(self.tab)
        elif self.case.app:
            self.shows("/", self.tab)
        return self.tab

    def again(self, tab: Any) -> Any:
        """A tab without history, in place of the one that saved the site."""
        fresh = self.browser.tab()
        tab.close()
        return fresh

    def save(self, tab: Tab) -> None:
        """Waits until the worker has saved the site and controls the page, or else the next page."""
        saved = "/^Saved/.test((document.querySelector('#state span') || {}).textContent)"
        if not self.case.app:
            tab.goto(self.site.url + "/")
        tab.wait(saved)
        if not tab.try_script("navigator.serviceWorker.controller !== null"):
            tab.goto(self.site.url + "/")
            tab.wait(f"{saved} && navigator.serviceWorker.controller !== null")

    def enter(self, tab: Any = None) -> int:
        """Opens the page before and then the start page. Returns the length of the history."""
        tab = tab or self.tab
        if not self.case.app:
            tab.goto(self.before.url + "/before")
            tab.wait(f"document.title === '{BEFORE}'")
            tab.goto(self.site.url + "/")
        self.shows("/", tab)
        return int(tab.length)

    def chain(self, tab: Any = None, paths: tuple[str, ...] = CHAIN) -> None:
        """Follows the site's own links, one after another."""
        for path in paths:
            self.walk(path, tab or self.tab)

    def walk(self, path: str, tab: Any) -> None:
        """Follows the page's link to `path`."""
        self.follow(f'a[href="{path}"]', tab)
        self.shows(path, tab)

    def follow(self, css: str, tab: Any) -> None:
        """Follows a link until the address has changed. A press between two pages has no effect and is repeated."""
        start, wait, last = tab.url, float(PRESS_AGAIN), time.monotonic() + PATIENCE
        while time.monotonic() < last:
            with contextlib.suppress(NotNowError):
                tab.click(css)
            end = time.monotonic() + wait
            while time.monotonic() < end:
                if tab.try_script("location.href") not in (start, None):
                    return
                tab.pause(0.03)
            wait *= LONGER
        raise TimeoutError(f"no press on {css} led away from {start}")

    def shows(self, path: str, tab: Any = None) -> None:
        """Waits until a page is readable."""
        (tab or self.tab).wait(self._shown(path))

    def _shown(self, path: str) -> str:
        return (
            f"location.href === '{self.site.url}{path}' && document.readyState === 'complete'"
            " && getComputedStyle(document.querySelector('h1')).visibility === 'visible'"
        )

    def at(self, path: str = "/help") -> Any:
        """A browser on a page of the site, in any state: the usual place to leave from."""
        if not self.browser:
            self.browse()
        if self.case.app:
            if path != "/":
                self.chain(paths=(path,))
        else:
            self.tab.goto(self.site.url + path)
            self.shows(path)
        self.die()
        return self.tab

    def die(self) -> None:
        """Kills the server, if the case says so."""
        if self.case.dies:
            self.site.stop()

    def leave(self, tab: Any = None) -> None:
        (tab or self.tab).click("#leave" if self.case.scripts or not self.case.app else ".bar-app")

    def gone(self, tab: Any = None) -> bool:
        """Whether the window is closed."""
        return bool((tab or self.tab).closed)

    def neutral(self, tab: Any = None) -> None:
        """Waits until the neutral page is readable."""
        (tab or self.tab).wait(
            f"location.href === '{self.site.url}/neutral' && document.querySelector('h1').textContent === '{NEUTRAL}'"
            " && getComputedStyle(document.querySelector('h1')).visibility === 'visible'"
            " && document.querySelector('a[href=\"/start\"]') !== null"
        )

    def start_again(self) -> None:
        """Goes back from the neutral page to the start page, by its link."""
        self.neutral()
        self.follow('a[href="/start"]', self.tab)
        self.shows("/")

    def come_back(self) -> None:
        """The same from wherever leaving ended. A page that is still on its way may interrupt it."""
        wait = float(PRESS_AGAIN)

        def soon(js: str) -> bool:
            nonlocal wait
            end = time.monotonic() + wait
            while time.monotonic() < end:
                if self.tab.try_look(js):
                    return True
                self.tab.pause(0.1)
            wait *= LONGER
            return False

        def started() -> bool:
            self.tab.goto(self.site.url + "/neutral")
            if not soon(LEFT):
                return False
            with contextlib.suppress(NotNowError):
                self.tab.click('a[href="/start"]')
            return soon(self._shown("/"))

        self.tab.until(started, "the start page")

    def arrives(self, tab: Any = None) -> None:
        (tab or self.tab).wait(f"location.href === '{self.goal.url}/' && document.title === '{GOAL}'")

    def lands(self, tab: Any = None) -> None:
        """Waits for the end of leaving: the window closed, the destination, or the neutral page."""
        tab = tab or self.tab
        if self.case.app and self.case.state != "first-dead":
            tab.until(lambda: self.gone(tab), "the window is closed")
        elif self.case.state == "first-dead" or self.goal.mode != "up":
            self.neutral(tab)
        else:
            self.arrives(tab)

    def ends_well(self) -> None:
        """Leaving ended at the destination or, if it was stopped halfway, at the neutral page."""

        def there() -> bool:
            address, title = self.tab.look("[location.href, document.title]")
            if address == self.goal.url + "/":
                return True  # stopped early it may be empty, but it is still the destination
            if address == self.site.url + "/neutral" and self.tab.look(EMPTY):
                return True  # stopped before its first byte: there is nothing to see
            readable = self.tab.look("getComputedStyle(document.querySelector('h1')).visibility === 'visible'")
            return bool(readable and address == self.site.url + "/neutral" and title == NEUTRAL)

        self.tab.until(there, "neutral, or the destination")
        self.watch(self.tab, 0.5)

    def watch(self, tab: Tab, seconds: float) -> list[tuple[str, str]]:
        """Address and text at short intervals for `seconds`. None of it may be sensitive."""
        seen: list[tuple[str, str]] = []
        for _ in range(max(1, round(seconds / 0.04))):
            with contextlib.suppress(NotNowError):
                address, text = tab.look(f"[location.href, {EXPOSED}]")
                seen.append((address, text))
                assert not sensitive(text), (address, text)
                assert not sensitive(address), address
            tab.pause(0.04)
        assert seen, "the page never answered"
        return seen

    def close(self) -> None:
        for browser in self._open:
            browser.close()
        self.goal.set("up")


@contextlib.contextmanager
def visiting(
    case: Case, engines: Engines, site: SiteProcess, goal: Outside, before: Outside, note: Any
) -> Iterator[Visit]:
    visit = Visit(case, engines, site, goal, before, note)
    try:
        yield visit
    finally:
        visit.close()
