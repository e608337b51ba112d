"""The interface of tabs and browsers that all engines share."""

from __future__ import annotations

import json
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

from tests.support.running import PATIENCE

POINT = """((css) => {
  const element = document.querySelector(css);
  if (!element) throw Error('not on this page: ' + css);
  const middle = () => {
    const box = element.getClientRects()[0];
    return [Math.round(box.left + box.width / 2), Math.round(box.top + box.height / 2)];
  };
  const lies = () => element.contains(document.elementFromPoint(...middle()));
  if (!lies()) element.scrollIntoView({ block: 'center' });
  if (!lies()) throw Error('something lies above ' + css);
  return middle();
})(%s)"""


class NotNowError(Exception):
    """The page went away during a call, or its script threw."""


class CrashedError(Exception):
    """The engine's process for the page is gone."""


class Tab(ABC):
    """One tab or window."""

    @abstractmethod
    def goto(self, url: str) -> None:
        """Opens an address and waits for an answer. The page may be gone again by then."""

    @abstractmethod
    def script(self, js: str) -> Any:
        """The value of an expression, or what a promise resolves to."""

    def look(self, js: str) -> Any:
        """The value of an expression without side effects, so it may be evaluated in the next page instead."""
        return self.script(js)

    @abstractmethod
    def click_at(self, x: float, y: float) -> None: ...

    @abstractmethod
    def press(self, key: str) -> None:
        """Presses a key, given by its DOM name such as `Escape`, or a letter."""

    @abstractmethod
    def screenshot(self) -> bytes:
        """The visible page, as PNG. Raises `NotNowError` between two pages."""

    @abstractmethod
    def pause(self, seconds: float) -> None: ...

    @abstractmethod
    def reload(self) -> None: ...

    @abstractmethod
    def resize(self, width: int, height: int) -> None:
        """Resizes the window until the page has this size."""

    @abstractmethod
    def front(self) -> None:
        """Brings the tab to the front."""

    @abstractmethod
    def close(self) -> None: ...

    @property
    @abstractmethod
    def closed(self) -> bool: ...

    @property
    def url(self) -> str:
        return str(self.script("location.href"))

    @property
    def title(self) -> str:
        return str(self.script("document.title"))

    @property
    def length(self) -> int:
        return int(self.script("history.length"))

    def click(self, css: str) -> None:
        """Clicks the middle of an element with real input."""
        x, y = self.script(POINT % json.dumps(css))
        self.click_at(x, y)

    def type(self, text: str) -> None:
        for letter in text:
            self.press(letter)

    def back(self, steps: int = -1) -> None:
        """Goes back as the Back button does. A driver's own command would wait for a load, which bfcache skips."""
        self.try_script(f"history.go({steps})")

    def until(self, holds: Callable[[], Any], what: str) -> Any:
        """Waits until a condition is true, retrying when the page goes away meanwhile."""
        end = time.monotonic() + PATIENCE
        last: Any = None
        while time.monotonic() < end:
            try:
                if last := holds():
                    return last
            except NotNowError as problem:
                last = problem
            self.pause(0.03)
        where = self.try_look(
            "[location.href, document.title, document.readyState, document.visibilityState].join(' ')"
        )
        raise TimeoutError(f"never came: {what} (last: {last}; at {where})")

    def wait(self, js: str) -> Any:
        """Waits until an expression is true, in this page or the next one."""
        return self.until(lambda: self.look(js), js)

    def try_look(self, js: str) -> Any:
        try:
            return self.look(js)
        except NotNowError:
            return None

    def try_script(self, js: str) -> Any:
        """The value of an expression, or None if the page is going away."""
        try:
            return self.script(js)
        except NotNowError:
            return None


class Browser(ABC):
    """One profile with its own cookies, workers and tabs."""

    letter: str
    requests: list[str] | None = None
    """Every address that pages have requested; None if the engine doesn't report them."""

    @abstractmethod
    def tab(self) -> Tab:
        """A new, empty tab."""

    def tab_in_front(self) -> Tab:
        """A new tab in front of the others, so that real clicks reach it."""
        return self.tab()

    @abstractmethod
    def count(self) -> int:
        """The number of open tabs and windows."""

    @abstractmethod
    def close(self) -> None: ...
