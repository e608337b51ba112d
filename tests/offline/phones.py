"""What the tests of this folder begin with: a server that can change its release, and a phone that has the old one."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page

from server.content.model import Library
from server.site import resource
from server.site.build import build_site
from server.site.resource import Site
from tests.support.browsers import save_offline
from tests.support.edge import Edge
from tests.support.running import Reachable, answers

KEPT = "async () => [(await navigator.serviceWorker.getRegistrations()).length, await caches.keys()]"
LOOK = "() => navigator.serviceWorker.ready.then((registration) => registration.update()).catch(() => {})"
"""The browser looks for a newer worker, as it does by itself some moments after a page was opened."""
STATE = "#state span"
RELEASE = "() => document.querySelector('meta[name=release]').content"


class Releases(Edge):
    """A server that changes its release at a word. Each is pressed once, and nothing of it is compressed."""

    def __init__(self, library: Library, folder: Path) -> None:
        self._pressed: dict[str, Site] = {}
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(resource, "_compressed", lambda body, text: {"identity": body})
            super().__init__(library, folder)
        self._pressed[repr(("", {}))] = self._site

    def press(self, word: str = "", **settings: str) -> Site:
        """Serves the release whose every heading ends with `word`, under other settings, from now on."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(resource, "_compressed", lambda body, text: {"identity": body})
            site = self._pressed.get(repr((word, settings)))
            if site is None:
                changed = dataclasses.replace(self._settings, **settings)  # type: ignore[arg-type]
                library = ending(self.library, word) if word else self.library
                site = self._pressed[repr((word, settings))] = build_site(library, changed)
            self.put(site)
        return site

    def put(self, site: Site) -> None:
        self._site = site
        self._app.state.handout.swap(site)


_running: list[Releases] = []


@pytest.fixture
def edge(library: Library, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Releases]:
    """The one server of these tests, with the first release."""
    if not _running:
        _running.append(Releases(library, tmp_path_factory.mktemp("edge")))
    running = _running[0]
    running.press()
    yield running
    if not answers(running.port):
        running.start()


def saved(context: BrowserContext, edge: Reachable, path: str = "/") -> Page:
    """A phone that has the release of now, with a page of it open."""
    page = context.new_page()
    save_offline(page, edge.url + path)
    page.wait_for_load_state("networkidle")
    return page


def ending(library: Library, word: str) -> Library:
    """The same content with another word in the heading of every page."""
    pages = tuple(
        page.model_copy(update={"meta": page.meta.model_copy(update={"heading": f"{page.meta.heading} {word}"})})
        for page in library.pages
    )
    return library.model_copy(update={"pages": pages})
