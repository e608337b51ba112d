"""Real browsers, started so that what the tests see is what people meet: bfcache on, nothing of a network outside."""

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
"""Playwright's own flag, taken out again: without it every test of Back would pass for the wrong reason."""


def chromium_path() -> str | None:
    """The Chromium that is there; None means Playwright's own."""
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
    """A context that is no private window: its worker and caches live as on a phone."""
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
    """Opens the site and waits until the worker has saved it and answers for it."""
    page.goto(url)
    page.wait_for_function("() => /^Saved/.test(document.querySelector('#state span')?.textContent)")
    page.wait_for_function("() => navigator.serviceWorker.controller !== null")


MOVED = """() => window.places.filter(([each, place]) => place !== String(each.getClientRects()[0]?.top)).map(
  ([each]) => each.textContent.trim().slice(0, 80))"""
"""What stands elsewhere than when `open_slowly` drew it."""


def open_slowly(page: Page, url: str) -> None:
    """Opens a page whose scripts come only once it is drawn whole, and remembers where all on its cards stood then.

    What a browser reports as layout shifts doesn't do: a busy one draws a link before it has read its words.
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
    """The browser's own clock, which a run with `AT=` leaves as it is."""
    return datetime.datetime.fromtimestamp(page.evaluate("() => Date.now()") / 1000, datetime.UTC)


def until(page: Page, promise: str, arg: object = None) -> None:
    """Waits until what a promise of the page comes to is true. Playwright's own waiting takes a promise for truth."""
    wait_until(lambda: page.evaluate(promise, arg), promise)


def travel(page: Page, button: Literal["back", "forward"]) -> None:
    """Presses the browser's own Back or Forward, and again when the press met the moment between two pages."""
    press = {"back": page.go_back, "forward": page.go_forward}[button]
    for _ in range(PATIENCE):
        try:
            press(wait_until="commit")
        except Error as error:
            if "Not attached to an active page" not in str(error):
                raise
            time.sleep(1)
        else:
            return
    raise TimeoutError("the tab never settled on a page")
