"""Real browsers, started as people have them: bfcache on, and without background network traffic."""

from __future__ import annotations

import contextlib
import datetime
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import Browser, BrowserContext, Error, Page, Playwright, Route

from tests.support.crashes import ENDED, take_pictures, watch_browser, watch_profile
from tests.support.missing import lacking
from tests.support.running import PATIENCE, ROOT, wait_until

PHONE = {"width": 360, "height": 740}
CHROME78 = ROOT / ".tools" / "chrome78"
FEATURES_OFF = [
    # The address bar's dropdown is a page of its own, started with each window: half of what a window costs.
    "WebUIOmniboxPopup",
    "WebUIOmniboxAimPopup",
    # Playwright's own list, which the browser would no longer hear of: the last list given holds.
    "AimEnabled",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "BlockOriginHeaderModificationOnRedirect",
    "DestroyProfileOnBrowserClose",
    "DialMediaRouteProvider",
    "GlobalMediaControls",
    "HttpsUpgrades",
    "LensOverlay",
    "MediaRouter",
    "NetworkTimeServiceQuerying",
    "OptimizationHints",
    "PaintHolding",
    "ThirdPartyStoragePartitioning",
    "Translate",
]
FLAGS = [
    f"--disable-features={','.join(FEATURES_OFF)}",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    *(["--no-sandbox"] if os.geteuid() == 0 else []),
]
BFCACHE_ON = ["--disable-back-forward-cache"]
"""The flag that Playwright sets and we remove. Without bfcache, tests of Back would pass for the wrong reason."""


def chromium_path() -> str | None:
    """The installed Chromium; None means Playwright's own."""
    names = (os.environ.get("CHROMIUM"), "chromium", "chromium-browser", "google-chrome")
    return next((found for name in names if name and (found := shutil.which(name))), None)


def need_chromium(playwright: Playwright) -> None:
    if not chromium_path() and not Path(playwright.chromium.executable_path).exists():
        lacking("no Chromium: tests/tools/browsers.sh installs it")


def launch(playwright: Playwright) -> Browser:
    need_chromium(playwright)
    browser = playwright.chromium.launch(executable_path=chromium_path(), args=FLAGS, ignore_default_args=BFCACHE_ON)
    watch_browser(browser)
    return browser


@contextlib.contextmanager
def profile(playwright: Playwright, **options: Any) -> Iterator[BrowserContext]:
    """A context with a profile on disk, so that its worker and caches last as on a phone."""
    need_chromium(playwright)
    folder = Path(tempfile.mkdtemp())
    context = playwright.chromium.launch_persistent_context(
        folder, executable_path=chromium_path(), args=FLAGS, ignore_default_args=BFCACHE_ON, **options
    )
    watch_profile(context)
    try:
        yield context
    except BaseException:
        take_pictures([context])
        raise
    finally:
        ended = len(ENDED)
        context.close()
        del ENDED[ended:]
        shutil.rmtree(folder, ignore_errors=True)


def save_offline(page: Page, url: str) -> None:
    """Opens the site and waits until the worker has saved it and controls the page."""
    page.goto(url)
    page.wait_for_function("() => /^Saved/.test(document.querySelector('#state span')?.textContent)")
    page.wait_for_function("() => navigator.serviceWorker.controller !== null")


MOVED = """() => window.places.filter(([each, place]) => place !== String(each.getClientRects()[0]?.top)).map(
  ([each]) => each.textContent.trim().slice(0, 80))"""
"""Elements that have moved since `open_slowly`."""


def open_slowly(page: Page, url: str) -> None:
    """Opens a page whose scripts load only once it is drawn, and records where everything on its cards is then.

    The browser's own layout-shift entries won't do: a busy browser draws a link before it has parsed its text.
    """
    held: list[Route] = []
    drawn = threading.Event()
    page.route("**/assets/*.js", lambda route: route.continue_() if drawn.is_set() else held.append(route))
    page.goto(url, wait_until="commit")
    page.wait_for_function(
        "() => document.readyState !== 'loading' && document.documentElement.classList.contains('seen')"
    )
    page.evaluate(
        """() => { window.places = Array.from(document.querySelectorAll('.contacts *'), (each) =>
          [each, String(each.getClientRects()[0]?.top)]); }"""
    )
    drawn.set()
    for route in held:
        route.continue_()


def now_in(page: Page) -> datetime.datetime:
    """The time in the browser, which a run with `AT=` doesn't change."""
    return datetime.datetime.fromtimestamp(page.evaluate("() => Date.now()") / 1000, datetime.UTC)


def until(page: Page, promise: str, arg: object = None) -> None:
    """Waits until a promise in the page resolves to true. Playwright's own wait treats any promise as true."""
    wait_until(lambda: page.evaluate(promise, arg), promise)


def travel(page: Page, button: Literal["back", "forward"]) -> None:
    """Presses the browser's Back or Forward button, again if it was pressed between two pages."""
    go = {"back": page.go_back, "forward": page.go_forward}[button]
    for _ in range(PATIENCE):
        try:
            go(wait_until="commit")
        except Error as error:
            if "Not attached to an active page" not in str(error):
                raise
            time.sleep(1)
        else:
            return
    raise TimeoutError("the tab never settled on a page")
