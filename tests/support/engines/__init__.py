"""One small interface to three engines: Chromium, Firefox ESR and WebKitGTK, as people have them, with bfcache on.

Chromium and Firefox are driven by Playwright, WebKit by its own WebDriver under Xvfb. Clicks and keys are real input.
Tests wait for what the page itself reports, because the drivers differ in when they call a page loaded.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Playwright
from selenium.webdriver import WebKitGTK
from selenium.webdriver.webkitgtk.options import Options
from selenium.webdriver.webkitgtk.service import Service

from tests.support.browsers import BFCACHE_ON, FLAGS, chromium_path, need_chromium
from tests.support.day import machines_clock
from tests.support.engines.face import NotNowError, Tab
from tests.support.engines.playwright import PlaywrightBrowser, PlaywrightTab
from tests.support.engines.webkit import WebKitBrowser, WebKitTab

__all__ = ["NAMES", "Engines", "NotNowError", "PlaywrightTab", "Tab", "engines", "missing"]

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
"""CSS pixels: the narrowest window with MiniBrowser's toolbar. Without a toolbar it can be 334 wide."""


def missing(letter: str) -> str | None:
    """Why an engine can't run here, or None if it can."""
    if letter == "F" and not FIREFOX:
        return "no firefox-esr: tests/tools/browsers.sh installs it"
    if letter == "W" and not (WEBKIT_DRIVER and MINI_BROWSER and XVFB):
        return "no webkit2gtk-driver or Xvfb: tests/tools/browsers.sh installs them"
    return None


class Engines:
    """Starts browsers. A running Firefox is reused: each profile in it is a context of its own."""

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
        """A browser with a new profile, or the one in `folder`, which is kept. With `app`, an installed window."""
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
        need_chromium(self._playwright)
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
            context = self._running_firefox(repr(sorted(prefs.items())), start).new_context(**look)
        return PlaywrightBrowser("F", context, None)

    def _running_firefox(self, key: str, start: dict[str, Any]) -> Any:
        """The Firefox with these settings. At most two run at a time, to spare small machines."""
        firefox = self._firefoxes.pop(key, None)
        if not firefox or not firefox.is_connected():
            if len(self._firefoxes) > 1:
                self._firefoxes.pop(next(iter(self._firefoxes))).close()
            firefox = self._playwright.firefox.launch(**start)
        self._firefoxes[key] = firefox
        return firefox

    def _webkit(self, scripts: bool, size: tuple[int, int], dark: bool, insecure: bool) -> WebKitBrowser:
        options = Options()
        options.binary_location = str(MINI_BROWSER)
        options.page_load_strategy = "none"
        options.add_argument("--automation")
        options.add_argument("--javascript-can-open-windows-automatically=true")
        if not scripts:
            options.add_argument("--enable-javascript=false")
        options.set_capability("acceptInsecureCerts", insecure)
        # The browser inherits the driver's environment.
        with machines_clock():
            environment = {**os.environ, "DISPLAY": self._screen_for_webkit()}
        environment["GTK_THEME"] = "Adwaita:dark" if dark else "Adwaita"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # Selenium's, about itself
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
            # Read the whole line: Xvfb ends if it can't write it.
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
def engines(playwright: Playwright) -> Iterator[Engines]:
    running = Engines(playwright)
    try:
        yield running
    finally:
        running.close()
