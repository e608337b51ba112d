"""What the tests of this folder begin with: a server that can change its release, and a phone that has the old one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page

from server.content.model import Library
from server.site import resource
from tests.support.browsers import save_offline
from tests.support.edge import Edge

KEPT = "async () => [(await navigator.serviceWorker.getRegistrations()).length, await caches.keys()]"
LOOK = "() => navigator.serviceWorker.ready.then((registration) => registration.update()).catch(() => {})"
"""The browser looks for a newer worker, as it does by itself some moments after a page was opened."""
STATE = "#state span"
RELEASE = "() => document.querySelector('meta[name=release]').content"


@pytest.fixture
def edge(library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Edge]:
    """A server whose release changes within a second: nothing is compressed, and nothing here depends on that."""
    monkeypatch.setattr(resource, "_compressed", lambda body, text: {"identity": body})
    running = Edge(library, tmp_path)
    yield running
    running.stop()


def saved(context: BrowserContext, edge: Edge, path: str = "/") -> Page:
    """A phone that has the release of now, with a page of it open."""
    page = context.new_page()
    save_offline(page, edge.url + path)
    page.wait_for_load_state("networkidle")
    return page


def changed(library: Library, word: str) -> Library:
    """The same content with another word in the heading of every page."""
    pages = tuple(
        page.model_copy(update={"meta": page.meta.model_copy(update={"heading": f"{page.meta.heading} {word}"})})
        for page in library.pages
    )
    return library.model_copy(update={"pages": pages})
