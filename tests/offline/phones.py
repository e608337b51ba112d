"""What tests of updates, storage and the kill switch begin with: a phone with the old release, and a newer one."""

from __future__ import annotations

import dataclasses
from typing import Any

from playwright.sync_api import BrowserContext, Page, Request

from server.content.model import Library
from server.site.build import build_site
from server.site.resource import Site
from tests.support.browsers import save_offline
from tests.support.edge import Edge
from tests.support.running import wait_until

KEPT = "async () => [(await navigator.serviceWorker.getRegistrations()).length, await caches.keys()]"
LOOK = "() => navigator.serviceWorker.ready.then((registration) => registration.update()).catch(() => {})"
"""The browser looks for a newer worker, as it does by itself some moments after a page was opened."""
CHANGED = """() => new Promise((changed) => {
  navigator.serviceWorker.addEventListener('controllerchange', changed, { once: true });
  navigator.serviceWorker.getRegistration().then((registration) => registration.update());
}).then(() => undefined)"""
"""The browser looks, and the newer worker has taken over."""
STATE = "#state span"
RELEASE = """async () => {
  const own = (document.querySelector('meta[name=release]') || {}).content;
  for (const name of await caches.keys()) {
    const saved = name.startsWith('pages-') && (await caches.match(location.pathname, { cacheName: name }));
    if (saved && (await saved.text()).includes(`<meta name="release" content="${own}">`)) return name.slice(6);
  }
  return ''; }"""
"""The saved release that the page is of, where every page differs between releases; empty if it is of none."""
_pressed: dict[str, Site] = {}


def press(edge: Edge, word: str = "", **settings: Any) -> Site:
    """Publishes the release whose every heading ends with `word`, or the same under other settings."""
    key = f"{edge.url} {word} {settings}"
    if key not in _pressed:
        library = ending(edge.library, word) if word else edge.library
        _pressed[key] = build_site(library, dataclasses.replace(edge._settings, **settings))
    edge.publish(_pressed[key])
    return _pressed[key]


def ending(library: Library, word: str) -> Library:
    """The same content, with another word at the end of each page's heading."""
    pages = tuple(
        page.model_copy(update={"meta": page.meta.model_copy(update={"heading": f"{page.meta.heading} {word}"})})
        for page in library.pages
    )
    return library.model_copy(update={"pages": pages})


SETTLED = """async (old) => {
  const registration = await navigator.serviceWorker.ready;
  const newer = (await caches.keys()).some((name) => name.startsWith('pages-') && name !== 'pages-' + old);
  return newer && !registration.installing && !registration.waiting; }"""
"""A release other than `old` is on the phone, and nothing is under way."""


def come(page: Page, event: str = "focus") -> None:
    """What a page is told when it comes to the front, or its phone to a signal."""
    page.evaluate(
        """(name) => name === 'visibilitychange' ? document.dispatchEvent(new Event(name))
        : dispatchEvent(name === 'pageshow' ? new PageTransitionEvent(name, { persisted: true }) : new Event(name))""",
        event,
    )


def come_and_look(page: Page, event: str = "focus") -> None:
    """Comes to the front until the page has looked for corrections and applied what it got.

    A page that is at work on an answer asks for no other: the second request after this call begins when the look
    that the first one began is over.
    """
    asked: list[str] = []

    def note(request: Request) -> None:
        if request.url.endswith("/corrections.json"):
            asked.append(request.url)

    def asks_again() -> bool:
        come(page, event)
        return len(asked) >= 2

    page.on("request", note)
    wait_until(asks_again, "the end of a look for corrections")
    page.remove_listener("request", note)


def saved(context: BrowserContext, edge: Edge, path: str = "/") -> Page:
    """A phone that has the release of now, with a page of it open."""
    page = context.new_page()
    save_offline(page, edge.url + path)
    page.wait_for_load_state("networkidle")
    return page
