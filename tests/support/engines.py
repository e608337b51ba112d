"""Three engines behind one small face: Chromium, Firefox ESR and WebKitGTK, as people have them, bfcache on.

Chromium and Firefox are driven by Playwright, WebKit by its own WebDriver under Xvfb. Clicks and keys are real input.
Everything goes by what the page says of itself, since each driver has its own idea of when a page is there.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import tempfile
import time
import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, CDPSession, Page, Playwright, sync_playwright
from playwright.sync_api import Error as PlaywrightError
from selenium.common.exceptions import WebDriverException
from selenium.webdriver import ActionChains, WebKitGTK
from selenium.webdriver.common.actions.action_builder import ActionBuilder
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.webkitgtk.options import Options
from selenium.webdriver.webkitgtk.service import Service

from tests.support.browsers import BFCACHE_ON, FLAGS, chromium_path
from tests.support.running import PATIENCE

NAMES = {"C": "Chromium", "F": "Firefox ESR", "W": "WebKitGTK"}
FIREFOX = shutil.which("firefox-esr")
WEBKIT_DRIVER = shutil.which("WebKitWebDriver")
MINI_BROWSER = next(Path("/usr/lib").glob("*/webkit2gtk-4.*/MiniBrowser"), None)
XVFB = shutil.which("Xvfb")
FIREFOX_PREFS: dict[str, str | float | bool] = {
    "alerts.useSystemBackend": False,
    "browser.sessionstore.resume_from_crash": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
}
NARROWEST_TOOLBAR = 447
"""CSS pixels: MiniBrowser's toolbar keeps its window this wide. A window opened without one goes down to 334."""
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


def missing(letter: str) -> str | None:
    """Why an engine can't run here, or None."""
    if letter == "F" and not FIREFOX:
        return "no firefox-esr: tests/tools/browsers.sh installs it"
    if letter == "W" and not (WEBKIT_DRIVER and MINI_BROWSER and XVFB):
        return "no webkit2gtk-driver or Xvfb: tests/tools/browsers.sh installs them"
    return None


class Tab(ABC):
    """One tab or window."""

    @abstractmethod
    def goto(self, url: str) -> None:
        """Types an address. Comes back when an answer is there; the page may be gone again by then."""

    @abstractmethod
    def script(self, js: str) -> Any:
        """The value of an expression; of a promise, what it comes to."""

    @abstractmethod
    def click_at(self, x: float, y: float) -> None: ...

    @abstractmethod
    def press(self, key: str) -> None:
        """A key by its DOM name, `Escape`, or a letter."""

    @abstractmethod
    def screenshot(self) -> bytes:
        """What is to be seen just now, as PNG."""

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
        raise TimeoutError(f"never came: {what} (last: {last})")

    def wait(self, js: str) -> Any:
        """Waits until an expression holds, in this page or the next one."""
        return self.until(lambda: self.script(js), js)

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

    @abstractmethod
    def count(self) -> int:
        """How many tabs and windows are open."""

    @abstractmethod
    def close(self) -> None: ...


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

    def goto(self, url: str) -> None:
        with contextlib.suppress(PlaywrightError):
            self.page.goto(url, wait_until="commit")

    def script(self, js: str) -> Any:
        try:
            return self.page.evaluate(f"() => ({js})")
        except PlaywrightError as problem:
            raise NotNowError(str(problem)) from None

    def click_at(self, x: float, y: float) -> None:
        self.page.mouse.click(x, y)

    def press(self, key: str) -> None:
        self.page.keyboard.press(key)

    def screenshot(self) -> bytes:
        return self.page.screenshot(animations="allow", caret="initial")

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
        """Chromium's own protocol for this tab."""
        return self.page.context.new_cdp_session(self.page)


class PlaywrightBrowser(Browser):
    def __init__(self, letter: str, context: BrowserContext, folder: Path | None) -> None:
        self.letter = letter
        self.context = context
        self._folder = folder
        asked: list[str] = []
        self.asked = asked
        context.on("request", lambda request: asked.append(request.url))

    def tab(self) -> PlaywrightTab:
        return PlaywrightTab(self.context.new_page())

    def window(self) -> PlaywrightTab:
        """The window that the browser came with."""
        return PlaywrightTab(self.context.pages[0])

    def count(self) -> int:
        return len(self.context.pages)

    def close(self) -> None:
        with contextlib.suppress(PlaywrightError):
            self.context.close()
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)


KEYS = {"Escape": Keys.ESCAPE, "Tab": Keys.TAB, "Enter": Keys.ENTER, "Shift": Keys.SHIFT}


class WebKitTab(Tab):
    def __init__(self, driver: WebKitGTK, handle: str) -> None:
        self._driver = driver
        self._handle = handle

    def _here(self) -> WebKitGTK:
        try:
            if self._driver.current_window_handle != self._handle:
                self._driver.switch_to.window(self._handle)
        except WebDriverException:
            self._driver.switch_to.window(self._handle)
        return self._driver

    def goto(self, url: str) -> None:
        with contextlib.suppress(WebDriverException):
            self._here().get(url)

    def script(self, js: str) -> Any:
        try:
            return self._here().execute_script(f"return ({js});")
        except WebDriverException as problem:
            raise NotNowError(str(problem)) from None

    def click_at(self, x: float, y: float) -> None:
        actions = ActionBuilder(self._here())
        actions.pointer_action.move_to_location(int(x), int(y)).click()
        actions.perform()

    def press(self, key: str) -> None:
        ActionChains(self._here(), duration=0).send_keys(KEYS.get(key, key)).perform()

    def screenshot(self) -> bytes:
        return bytes(self._here().get_screenshot_as_png())

    def pause(self, seconds: float) -> None:
        time.sleep(seconds)

    def reload(self) -> None:
        with contextlib.suppress(WebDriverException):
            self._here().refresh()

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
        driver.set_window_size(width + width - inner[0], height + height - inner[1])


class WebKitBrowser(Browser):
    letter = "W"

    def __init__(self, driver: WebKitGTK) -> None:
        self.driver = driver
        self._first: str | None = driver.current_window_handle

    def tab(self) -> WebKitTab:
        if self._first:
            handle, self._first = self._first, None
            return WebKitTab(self.driver, handle)
        self.driver.switch_to.new_window("tab")
        return WebKitTab(self.driver, self.driver.current_window_handle)

    def narrow(self, width: int, height: int) -> WebKitTab:
        """A window without bars, which may be nearly as narrow as a small phone."""
        before = self.driver.window_handles
        self.driver.switch_to.window(before[0])
        self.driver.execute_script(f"window.open('', '', 'width={width},height={height},toolbar=no') && 0")
        handle = next(handle for handle in self.driver.window_handles if handle not in before)
        tab = WebKitTab(self.driver, handle)
        tab.resize(width, height)
        return tab

    def count(self) -> int:
        return len(self.driver.window_handles)

    def close(self) -> None:
        with contextlib.suppress(WebDriverException):
            self.driver.quit()


class Engines:
    """Starts browsers. A Firefox that is running is used again: each profile in it is a context of its own."""

    def __init__(self, playwright: Playwright) -> None:
        self._playwright = playwright
        self._firefoxes: dict[str, Any] = {}
        self._screen: subprocess.Popen[bytes] | None = None
        self._display = ""

    def open(
        self,
        letter: str,
        *,
        scripts: bool = True,
        size: tuple[int, int] = (360, 740),
        app: str | None = None,
        dark: bool = False,
        forced: bool = False,
        reduced: bool = False,
        insecure: bool = False,
        touch: bool = False,
        folder: Path | None = None,
        args: tuple[str, ...] = (),
    ) -> Any:
        """A browser with a profile of its own, or the one in `folder`, which stays. `app`: only its window."""
        if letter == "C":
            return self._chromium(scripts, size, app, dark, forced, reduced, insecure, touch, folder, args)
        if letter == "F":
            return self._firefox(scripts, size, dark, forced, reduced, insecure, folder)
        return self._webkit(scripts, size, dark, insecure)

    def _chromium(
        self,
        scripts: bool,
        size: tuple[int, int],
        app: str | None,
        dark: bool,
        forced: bool,
        reduced: bool,
        insecure: bool,
        touch: bool,
        folder: Path | None,
        args: tuple[str, ...],
    ) -> PlaywrightBrowser:
        flags = [*FLAGS, f"--window-size={size[0]},{size[1]}", *args]
        flags += [f"--app={app}"] if app else []
        flags += ["--ignore-certificate-errors"] if insecure else []
        options: dict[str, Any] = {"no_viewport": True}
        if not app:
            options = {"viewport": {"width": size[0], "height": size[1]}, "has_touch": touch, "is_mobile": touch}
        options["color_scheme"] = "dark" if dark else "light"
        options["forced_colors"] = "active" if forced else "none"
        options["reduced_motion"] = "reduce" if reduced else "no-preference"
        own = None if folder else Path(tempfile.mkdtemp())
        context = self._playwright.chromium.launch_persistent_context(
            folder or own,  # type: ignore[arg-type]
            executable_path=chromium_path(),
            args=flags,
            ignore_default_args=BFCACHE_ON,
            java_script_enabled=scripts,
            **options,
        )
        return PlaywrightBrowser("C", context, own)

    def _firefox(
        self,
        scripts: bool,
        size: tuple[int, int],
        dark: bool,
        forced: bool,
        reduced: bool,
        insecure: bool,
        folder: Path | None,
    ) -> PlaywrightBrowser:
        prefs = {
            **FIREFOX_PREFS,
            "javascript.enabled": scripts,
            "ui.systemUsesDarkTheme": int(dark),
            "layout.css.prefers-color-scheme.content-override": 0 if dark else 1,
            "ui.prefersReducedMotion": int(reduced),
            "ui.useAccessibilityTheme": int(forced),
            "browser.display.document_color_use": 2 if forced else 0,
        }
        start: dict[str, Any] = {
            "channel": "moz-firefox",
            "executable_path": FIREFOX,
            "firefox_user_prefs": prefs,
        }
        look: dict[str, Any] = {
            "viewport": {"width": size[0], "height": size[1]},
            "ignore_https_errors": insecure,
        }
        if folder:
            context = self._playwright.firefox.launch_persistent_context(folder, **start, **look)
        else:
            key = repr(sorted(prefs.items()))
            if key not in self._firefoxes or not self._firefoxes[key].is_connected():
                self._firefoxes[key] = self._playwright.firefox.launch(**start)
            context = self._firefoxes[key].new_context(**look)
        return PlaywrightBrowser("F", context, None)

    def _webkit(self, scripts: bool, size: tuple[int, int], dark: bool, insecure: bool) -> WebKitBrowser:
        options = Options()
        options.binary_location = str(MINI_BROWSER)
        options.page_load_strategy = "none"
        options.add_argument("--automation")
        options.add_argument("--javascript-can-open-windows-automatically=true")
        if not scripts:
            options.add_argument("--enable-javascript=false")
        options.set_capability("acceptInsecureCerts", insecure)
        # The driver hands its own environment on to the browser.
        environment = {**os.environ, "DISPLAY": self._screen_for_webkit()}
        environment["GTK_THEME"] = "Adwaita:dark" if dark else "Adwaita"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # Selenium's own, about itself
            driver = WebKitGTK(options=options, service=Service(WEBKIT_DRIVER, env=environment))
        browser = WebKitBrowser(driver)
        WebKitTab(driver, driver.current_window_handle).resize(max(size[0], NARROWEST_TOOLBAR), size[1])
        return browser

    def _screen_for_webkit(self) -> str:
        if not self._screen:
            read, write = os.pipe()
            self._screen = subprocess.Popen(
                [str(XVFB), "-displayfd", str(write), "-screen", "0", "1600x1200x24", "-nolisten", "tcp"],
                pass_fds=[write],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            os.close(write)
            # Read to the end of the line: an Xvfb that can't write it all gives up.
            with os.fdopen(read) as pipe:
                self._display = ":" + pipe.readline().strip()
        return self._display

    def close(self) -> None:
        for firefox in self._firefoxes.values():
            with contextlib.suppress(PlaywrightError):
                firefox.close()
        if self._screen:
            self._screen.terminate()
            self._screen.wait()


@contextlib.contextmanager
def engines() -> Iterator[Engines]:
    with sync_playwright() as playwright:
        running = Engines(playwright)
        try:
            yield running
        finally:
            running.close()
