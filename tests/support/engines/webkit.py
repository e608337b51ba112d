"""WebKitGTK's MiniBrowser, driven by its own WebDriver."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from typing import Any

from selenium.common.exceptions import WebDriverException
from selenium.webdriver import ActionChains, WebKitGTK
from selenium.webdriver.common.actions.action_builder import ActionBuilder
from selenium.webdriver.common.keys import Keys
from urllib3.exceptions import HTTPError

from tests.support.engines.face import Browser, NotNowError, Tab
from tests.support.running import wait_until

TROUBLE = (WebDriverException, HTTPError)
"""The driver refuses a call or never answers it, as it may wait for ever for a page that has gone away."""
DRIVER_WAITS = 5
"""Seconds that the driver itself waits for a page or a script. After `SILENT_FOR` seconds a call is repeated."""
SILENT_FOR = 12
KEYS = {"Escape": Keys.ESCAPE, "Tab": Keys.TAB, "Enter": Keys.ENTER, "Shift": Keys.SHIFT}


class WebKitTab(Tab):
    def __init__(self, driver: WebKitGTK, handle: str) -> None:
        self._driver = driver
        self._handle = handle

    def _here(self) -> WebKitGTK:
        try:
            if self._driver.current_window_handle != self._handle:
                self._driver.switch_to.window(self._handle)
        except TROUBLE:
            self._driver.switch_to.window(self._handle)
        return self._driver

    def goto(self, url: str) -> None:
        with contextlib.suppress(*TROUBLE):
            self._here().get(url)

    def script(self, js: str) -> Any:
        try:
            return self._here().execute_script(f"return ({js});")
        except TROUBLE as problem:
            raise NotNowError(str(problem)) from None

    def click_at(self, x: float, y: float) -> None:
        actions = ActionBuilder(self._here())
        actions.pointer_action.move_to_location(int(x), int(y)).click()
        self._act(actions.perform)

    def press(self, key: str) -> None:
        self._act(ActionChains(self._here(), duration=0).send_keys(KEYS.get(key, key)).perform)

    def _act(self, perform: Callable[[], None]) -> None:
        """Repeats a call while the driver is still busy with the previous press."""
        for _ in range(DRIVER_WAITS * 10):
            try:
                return perform()
            except HTTPError:
                return None  # the press worked, and the page went away with the answer
            except WebDriverException as problem:
                if "still underway" not in str(problem):
                    raise
                self.pause(0.1)
        raise NotNowError("the driver never came to the end of the press before")

    def screenshot(self) -> bytes:
        return bytes(self._here().get_screenshot_as_png())

    def pause(self, seconds: float) -> None:
        time.sleep(seconds)

    def reload(self) -> None:
        with contextlib.suppress(*TROUBLE):
            self._here().refresh()

    def driver_cookies(self) -> list[Any]:
        return list(self._here().get_cookies())

    def front(self) -> None:
        self._here()

    def close(self) -> None:
        self._here().close()

    @property
    def closed(self) -> bool:
        return self._handle not in self._driver.window_handles

    def resize(self, width: int, height: int) -> None:
        driver = self._here()
        driver.set_window_size(width, height)
        inner = driver.execute_script("return [innerWidth, innerHeight]")
        # The page may not know its new size yet; a window is never smaller than its page.
        driver.set_window_size(max(width, 2 * width - inner[0]), max(height, 2 * height - inner[1]))


class WebKitBrowser(Browser):
    letter = "W"

    def __init__(self, driver: WebKitGTK) -> None:
        self.driver = driver
        driver.set_page_load_timeout(DRIVER_WAITS)
        driver.set_script_timeout(DRIVER_WAITS)
        driver.command_executor.client_config.timeout = SILENT_FOR
        self._first: str | None = driver.current_window_handle

    def tab(self) -> WebKitTab:
        if self._first:
            handle, self._first = self._first, None
            return WebKitTab(self.driver, handle)
        self.driver.switch_to.window(self.driver.window_handles[0])  # the current one may be closed
        self.driver.switch_to.new_window("tab")
        return WebKitTab(self.driver, self.driver.current_window_handle)

    def tab_in_front(self) -> WebKitTab:
        """Opens a window: a tab that the driver opens stays behind the first, and no click reaches it."""
        self.driver.switch_to.new_window("window")
        return WebKitTab(self.driver, self.driver.current_window_handle)

    def narrow(self, width: int, height: int) -> WebKitTab:
        """Opens a window without bars, which can be nearly as narrow as a small phone."""
        before = self.driver.window_handles
        self.driver.switch_to.window(before[0])
        self.driver.execute_script(f"window.open('', '', 'width={width},height={height},toolbar=no') && 0")
        wait_until(lambda: len(self.driver.window_handles) > len(before), "the new window")
        handle = next(handle for handle in self.driver.window_handles if handle not in before)
        tab = WebKitTab(self.driver, handle)
        tab.resize(width, height)
        return tab

    def count(self) -> int:
        return len(self.driver.window_handles)

    def close(self) -> None:
        with contextlib.suppress(*TROUBLE):
            self.driver.quit()
