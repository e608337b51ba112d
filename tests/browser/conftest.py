"""A browser for each module of tests, and a phone of its own for each test that asks for one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Playwright, sync_playwright

from tests.support.browsers import PHONE, launch, profile


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    running = launch(playwright)
    yield running
    running.close()


@pytest.fixture
def context(playwright: Playwright) -> Iterator[BrowserContext]:
    """A phone that keeps what the site puts on it, for one test."""
    with profile(playwright, viewport=PHONE) as running:
        yield running
