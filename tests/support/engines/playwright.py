"""Chromium and Firefox, driven by Playwright."""

from __future__ import annotations

import contextlib
import shutil
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, CDPSession, Page
from playwright.sync_api import Error as PlaywrightError

from tests.support.crashes import ENDED, watch, watch_profile
from tests.support.engines.face import Browser, CrashedError, NotNowError, Tab
from tests.support.running import PATIENCE

ANSWERS = 10_000
"""Milliseconds until a call without an answer is given up, and may be repeated."""


class PlaywrightTab(Tab):
    def __init__(self, page: Page) -> None:
        self.page = page
        self.dialogs: list[str] = []
        page.set_default_timeout(PATIENCE * 1000)

        def dismiss(dialog: Any) -> None:
            self.dialogs.append(dialog.type)
            with contextlib.suppress(PlaywrightError):
                dialog.accept()

        page.on("dialog", dismiss)
        self._crashed = False

        def crash(_: Page) -> None:
            self._crashed = True

        page.on("crash", crash)

    def goto(self, url: str) -> None:
        with contextlib.suppress(PlaywrightError):
            self.page.goto(url, wait_until="commit")

    def script(self, js: str) -> Any:
        try:
            return self.page.evaluate(f"() => ({js})")
        except PlaywrightError as problem:
            raise self._trouble(problem) from None

    def look(self, js: str) -> Any:
        # Evaluating has no time limit, and a background page that goes away was seen never to answer.
        try:
            return self.page.wait_for_function(f"() => [{js}]", timeout=ANSWERS).json_value()[0]
        except PlaywrightError as problem:
            raise self._trouble(problem) from None

    def _trouble(self, problem: PlaywrightError) -> Exception:
        return CrashedError("the page crashed") if self._crashed else NotNowError(str(problem))

    def click_at(self, x: float, y: float) -> None:
        self.page.mouse.click(x, y)

    def press(self, key: str) -> None:
        self.page.keyboard.press(key)

    def screenshot(self) -> bytes:
        try:
            return self.page.screenshot(animations="allow", caret="initial", timeout=ANSWERS)
        except PlaywrightError as problem:
            raise NotNowError(str(problem)) from None

    def pause(self, seconds: float) -> None:
        with contextlib.suppress(PlaywrightError):
            if not self.page.is_closed():
                self.page.wait_for_timeout(seconds * 1000)
                return
        time.sleep(seconds)

    def reload(self) -> None:
        with contextlib.suppress(PlaywrightError):
            self.page.reload(wait_until="commit")

    def resize(self, width: int, height: int) -> None:
        if self.page.viewport_size:
            self.page.set_viewport_size({"width": width, "height": height})
            return
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.cdp().send("Emulation.setDeviceMetricsOverride", metrics)

    def front(self) -> None:
        self.page.bring_to_front()

    def close(self) -> None:
        self.page.close()

    @property
    def closed(self) -> bool:
        return self.page.is_closed()

    def cdp(self) -> CDPSession:
        """A session of the DevTools protocol for this tab."""
        return self.page.context.new_cdp_session(self.page)


class PlaywrightBrowser(Browser):
    def __init__(self, letter: str, context: BrowserContext, folder: Path | None) -> None:
        self.letter = letter
        self.context = context
        (watch_profile if folder or not context.browser else watch)(context)
        self._folder = folder
        requests: list[str] = []
        self.requests = requests
        context.on("request", lambda request: requests.append(request.url))

    def tab(self) -> PlaywrightTab:
        return PlaywrightTab(self.context.new_page())

    def window(self) -> PlaywrightTab:
        """The window that the browser started with."""
        return PlaywrightTab(self.context.pages[0])

    def count(self) -> int:
        return len(self.context.pages)

    def close(self) -> None:
        ended = len(ENDED)
        with contextlib.suppress(PlaywrightError):
            self.context.close()
        del ENDED[ended:]
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)
