"""What a test may do with a tab and a browser, whichever engine it is."""

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
    """The page went away under the question, or a script in it threw."""


class CrashedError(Exception):
    """The engine's process for the page is gone."""


class Tab(ABC):
    """One tab or window."""

    @abstractmethod
    def goto(self, url: str) -> None:
        """Types an address. Comes back when an answer is there; the page may be gone again by then."""

    @abstractmethod
    def script(self, js: str) -> Any:
        """The value of an expression; of a promise, what it comes to."""

    def look(self, js: str) -> Any:
        """The value of an expression that changes nothing, so that the next page may be asked in place of this one."""
        return self.script(js)

    @abstractmethod
    def click_at(self, x: float, y: float) -> None: ...

    @abstractmethod
    def press(self, key: str) -> None:
        """A key by its DOM name, `Escape`, or a letter."""

    @abstractmethod
    def screenshot(self) -> bytes:
        """What is to be seen just now, as PNG. Between two pages there may be nothing: `NotNowError`."""

    @abstractmethod
    def pause(self, seconds: float) -> None: ...

    @abstractmethod
    def reload(self) -> None: ...

    @abstractmethod
    def resize(self, width: int, height: int) -> None:
        """Until the page itself has this size."""

    @abstractmethod
    def front(self) -> None:
        """Puts the tab before the others."""

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
        """A real click on the middle of the element."""
        x, y = self.script(POINT % json.dumps(css))
        self.click_at(x, y)

    def type(self, text: str) -> None:
        for letter in text:
            self.press(letter)

    def back(self, steps: int = -1) -> None:
        """As the Back button does it; a driver's own command would wait for a load that bfcache never makes."""
        self.try_script(f"history.go({steps})")

    def until(self, holds: Callable[[], Any], what: str) -> Any:
        """Waits until something holds; a question that the page goes away under is asked again."""
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
        """Waits until an expression holds, in this page or the next one."""
        return self.until(lambda: self.look(js), js)

    def try_look(self, js: str) -> Any:
        try:
            return self.look(js)
        except NotNowError:
            return None

    def try_script(self, js: str) -> Any:
        """The value of an expression, or None where the page is just going away."""
        try:
            return self.script(js)
        except NotNowError:
            return None


class Browser(ABC):
    """One profile: its cookies, workers and tabs, and nobody else's."""

    letter: str
    asked: list[str] | None = None
    """Every address the pages asked for; None where the engine doesn't tell."""

    @abstractmethod
    def tab(self) -> Tab:
        """A new tab, empty."""

    def tab_in_front(self) -> Tab:
        """A new tab before the others, which real clicks reach."""
        return self.tab()

    @abstractmethod
    def count(self) -> int:
        """How many tabs and windows are open."""

    @abstractmethod
    def close(self) -> None: ...
