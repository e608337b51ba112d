"""Detects browser crashes, and takes pictures of the pages when a test fails."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterable
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page

from tests.support.running import PATIENCE, ROOT

RESULTS = ROOT / "test-results"
ENDED: list[str] = []
"""What crashed during the current test."""
PAGE, BROWSER = "a page crashed", "the browser ended"
_CRASH = re.compile(
    r"Target crashed|Page crashed|the page crashed|page crash|invalid session id"
    r"|Connection closed while reading from the driver"
    r"|BrowserType\.launch\w*: Timeout"
    r"|an old browser never ended loading \S+"
)
_PICTURE = 5_000
"""Milliseconds that a picture may take, as the page may hang."""


def watch(context: BrowserContext) -> None:
    """Sets the timeout of a context, and records when a page of it crashes."""
    context.set_default_timeout(PATIENCE * 1000)
    context.on("page", lambda page: page.on("crash", lambda _: ENDED.append(PAGE)))


def watch_profile(context: BrowserContext) -> None:
    """Watches a context that ends with its browser."""
    watch(context)
    for page in context.pages:
        page.on("crash", lambda _: ENDED.append(PAGE))
    context.on("close", lambda _: ENDED.append(BROWSER))


def watch_browser(browser: Browser) -> None:
    browser.on("context", watch)  # type: ignore[call-overload]
    browser.on("disconnected", lambda _: ENDED.append(BROWSER))


def crash_in(error: BaseException) -> str | None:
    """What crashed, if that is why a test failed. A failed assertion never counts."""
    if isinstance(error, AssertionError | pytest.fail.Exception):
        return None
    if found := _CRASH.search(str(error)):
        return found[0]
    if PAGE in ENDED and isinstance(error, Error):
        return PAGE
    return BROWSER if BROWSER in ENDED and "has been closed" in str(error) else None


def take_pictures(things: Iterable[Any]) -> list[str]:
    """Saves a picture of every page among fixtures and contexts, named after the current test."""
    test = os.environ.get("PYTEST_CURRENT_TEST", "test").rpartition(" ")[0].removeprefix("tests/")
    name = re.sub(r"[^\w.=-]+", "-", test)[:150]
    taken = []
    for number, page in enumerate(dict.fromkeys(page for thing in things for page in _pages(thing)), 1):
        file = RESULTS / f"{name}-{number}.png"
        with contextlib.suppress(Exception):  # the failure is what matters: the page may hang or be gone
            picture = page.screenshot(timeout=_PICTURE) if isinstance(page, Page) else page.screenshot()
            RESULTS.mkdir(exist_ok=True)
            file.write_bytes(picture)
            taken.append(str(file.relative_to(ROOT)))
    return taken


def _pages(thing: Any) -> list[Any]:
    """The pages of a browser, a context, or whatever has a tab: each with a `screenshot()`."""
    if isinstance(thing, Browser):
        return [page for context in thing.contexts for page in context.pages]
    if isinstance(thing, BrowserContext):
        return list(thing.pages)
    tab = getattr(thing, "tab", thing)
    return [tab] if callable(getattr(tab, "screenshot", None)) else []
