"""A phone with the old release, and a newer release to publish: for tests of updates, storage and the kill switch."""

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
"""Checks for a newer worker, as the browser itself does shortly after a page was opened."""
CHANGED = """() => new Promise((changed) => {
  navigator.serviceWorker.addEventListener('controllerchange', changed, { once: true });
  navigator.serviceWorker.getRegistration().then((registration) => registration.update());
}).then(() => undefined)"""
"""Checks for a newer worker and waits until it has taken over."""
STATE = "#state span"
RELEASE = """async () => {
  const own = (document.querySelector('meta[name=release]') || {}).content;
  for (const name of await caches.keys()) {
    const saved = name.startsWith('pages-') && (await caches.match(location.pathname, { cacheName: name }));
    if (saved && (await saved.text()).includes(`<meta name="release" content="${own}">`)) return name.slice(6);
  }
  return ''; }"""
"""The saved release that the page belongs to, if every page differs between releases; empty if none."""
_built: dict[str, Site] = {}


def publish(edge: Edge, word: str = "", **settings: Any) -> Site:
    """Publishes a release whose headings all end with `word`, or the same content under other settings."""
    key = f"{edge.url} {word} {settings}"
    if key not in _built:
        library = ending(edge.library, word) if word else edge.library
        _built[key] = build_site(library, dataclasses.replace(edge._settings, **settings))
    edge.publish(_built[key])
    return _built[key]


def ending(library: Library, word: str) -> Library:
    """The library with `word` added to the heading of each page."""
    pages = tuple(
        page.model_copy(update={"meta": page.meta.model_copy(update={"heading": f"{page.meta.heading} {word}"})})
        for page in library.pages
    )
    return library.model_copy(update={"pages": pages})


SETTLED = """async (old) => {
  const registration = await navigator.serviceWorker.ready;
  const newer = (await caches.keys()).some((name) => name.startsWith('pages-') && name !== 'pages-' + old);
  return newer && !registration.installing && !registration.waiting; }"""
"""Whether a release other than `old` is on the phone, and no worker is installing or waiting."""


def come(page: Page, event: str = "focus") -> None:
    """Dispatches an event that a page gets when it comes to the front, or when its phone gets a signal."""
    page.evaluate(
        """(name) => name === 'visibilitychange' ? document.dispatchEvent(new Event(name))
        : dispatchEvent(name === 'pageshow' ? new PageTransitionEvent(name, { persisted: true }) : new Event(name))""",
        event,
    )


def come_and_look(page: Page, event: str = "focus") -> None:
    """Comes to the front until the page has checked for corrections and applied them.

    A page sends no request for corrections while it works on an answer, so once a second request begins, the first
    answer has been applied.
    """
    requests: list[str] = []

    def note(request: Request) -> None:
        if request.url.endswith("/corrections.json"):
            requests.append(request.url)

    def has_requested_twice() -> bool:
        come(page, event)
        return len(requests) >= 2

    page.on("request", note)
    wait_until(has_requested_twice, "the end of a check for corrections")
    page.remove_listener("request", note)


def saved(context: BrowserContext, edge: Edge, path: str = "/") -> Page:
    """A phone that has saved the current release, with a page of it open."""
    page = context.new_page()
    save_offline(page, edge.url + path)
    page.wait_for_load_state("networkidle")
    return page
