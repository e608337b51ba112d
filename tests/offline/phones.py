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
CHANGED = """async () => {
  let changed = false;
  navigator.serviceWorker.addEventListener('controllerchange', () => { changed = true; }, { once: true });
  const registration = await navigator.serviceWorker.ready;
  while (!changed) {
    await registration.update().catch(() => {});
    await new Promise((again) => setTimeout(again, 50));
  } }"""
"""Checks for a newer worker until one has taken over.

One check may not be enough: `update()` joins a check that the browser has begun by itself, perhaps before the newer
release was published.
"""
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

    A page sends no request for corrections while it works on an answer, so once another request begins, the answer to
    the one before it has been applied. A request without an answer, which a busy page gives up, doesn't count.
    """
    begun: list[Request] = []
    answered: list[int] = []

    def begin(request: Request) -> None:
        if request.url.endswith("/corrections.json"):
            begun.append(request)

    def answer(request: Request) -> None:
        if request in begun:
            answered.append(len(begun))

    def has_applied_an_answer() -> bool:
        come(page, event)
        return bool(answered) and len(begun) > answered[0]

    page.on("request", begin)
    page.on("requestfinished", answer)
    wait_until(has_applied_an_answer, "the end of a check for corrections")
    page.remove_listener("request", begin)
    page.remove_listener("requestfinished", answer)


def saved(context: BrowserContext, edge: Edge, path: str = "/") -> Page:
    """A phone that has saved the current release, with a page of it open."""
    page = context.new_page()
    save_offline(page, edge.url + path)
    page.wait_for_load_state("networkidle")
    return page
