"""Cases 1 to 13 of `docs/offline.md`: what goes wrong while a release is saved, and what a phone has afterwards."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, HttpCredentials, Page, Playwright

from tests.support.browsers import PHONE, profile, save_offline, until
from tests.support.edge import ADDED, Edge
from tests.support.faults import App, Fault, Message, cut, damaged, moved, portal, says, typed
from tests.support.running import wait_until
from tests.support.sampling import sample

PACK = r"/pack/en\..*"
WHERE = r"/pack/where\..*"
NAMES = "() => caches.keys().then((names) => names.filter((name) => name.startsWith('pages-')).sort())"
READY = """() => caches.keys().then((names) => Promise.all(names.map((name) =>
  caches.open(name).then((cache) => cache.match('/ready')).then((ready) => ready && name)))).then((all) =>
  all.filter(Boolean))"""
UPDATE = """() => navigator.serviceWorker.getRegistration().then((registration) => registration.update()).then(
  (registration) => new Promise((resolve) => {
    const worker = registration.installing || registration.waiting;
    if (!worker) return resolve('none');
    const look = () => (worker.state === 'redundant' || worker.state === 'activated') && resolve(worker.state);
    worker.addEventListener('statechange', look);
    look();
  }), (error) => 'refused')"""
"""Checks for a new worker, and returns what became of it."""


ONLY_THIS = """(release) => caches.keys().then((names) => Promise.all(names.map((name) => name.startsWith('pages-') &&
  !name.endsWith(release) && caches.delete(name))))"""
"""Deletes the previous release, which stays while a page of it may be open."""


def update(page: Page, edge: Edge) -> str:
    """Checks for a new worker, and returns what became of it.

    `update()` joins a check that the browser has begun by itself, whose request the server may have answered before
    this test changed what it answers, or not at all. Then it checks again.
    """
    earlier = edge.faulty.requested.count("/sw.js")
    outcome = ""

    def is_checked() -> bool:
        nonlocal outcome
        outcome = str(page.evaluate(UPDATE))
        return outcome not in ("none", "refused") or edge.faulty.requested.count("/sw.js") > earlier

    wait_until(is_checked, "a check for a new worker")
    return outcome


@pytest.fixture(scope="module")
def phone(playwright: Playwright) -> Iterator[BrowserContext]:
    with profile(playwright, viewport=PHONE) as running:
        yield running


@pytest.fixture
def page(phone: BrowserContext, edge: Edge) -> Iterator[Page]:
    """A phone that has saved the release, with a page of it open. Cleans up after the previous test."""
    page = phone.new_page()
    save_offline(page, edge.url + "/")
    update(page, edge)
    page.goto(edge.url + "/what-is-it")
    page.evaluate(ONLY_THIS, edge.site.release)
    yield page
    page.close()


def has(edge: Edge, page: Page, *, newer: bool) -> bool:
    """Whether the phone serves the newer, or the older, release completely without a server."""
    edge.stop()
    page.goto(edge.url + "/what-is-it")
    right = (ADDED in page.inner_text("main")) is newer
    release = edge.newer if newer else edge.older
    for path in ("/", "/help", "/areas/worcestershire", "/parents/missing", "/areas"):
        page.goto(edge.url + path)
        own = page.get_attribute("meta[name=release]", "content")
        right = right and f'<meta name="release" content="{own}">'.encode() in release.resources[path].body
    edge.start()
    return right


BAD: dict[str, tuple[str, dict[str, Fault]]] = {
    "1-missing": ("a pack is not there", {PACK: says(404)}),
    "1-error": ("a pack can't be had", {WHERE: says(500)}),
    "2-cut": ("the connection breaks", {PACK: cut}),
    "4-stale": ("a file of another release under this address", {PACK: damaged}),
    "5-portal": ("a portal answers for the packs", {r"/pack/.*": portal}),
    "5-portal-json": ("a portal that calls itself JSON", {PACK: says(200, b'{"entries": {}}', "application/json")}),
    "5-type": ("the right bytes under a wrong type", {PACK: typed("text/html")}),
    "6-busy": ("all is busy", {r"/(pack|assets)/.*": says(503)}),
    "7-moved": ("a pack is somewhere else", {WHERE: moved("/help")}),
}


@pytest.mark.parametrize("bad", sample(list(BAD), 0, 3))
def test_01_02_03_04_05_06_07_a_failed_update_changes_nothing_and_the_next_succeeds(
    page: Page, edge: Edge, bad: str
) -> None:
    own = edge.site
    before = page.evaluate(READY)
    assert len(before) == 1
    edge.faults.update(BAD[bad][1])
    edge.publish(edge.newer)
    assert update(page, edge) in ("redundant", "refused")
    assert page.evaluate(READY) == before, "no new release is marked complete"
    # Nothing incomplete remains. The page just opened may have the browser try again at this moment.
    until(page, f"async (before) => String(await ({NAMES})()) === before[0]", before)
    assert has(edge, page, newer=False)
    edge.faults.clear()
    assert update(page, edge) == "activated"
    assert has(edge, page, newer=True)
    edge.publish(own)
    assert update(page, edge) == "activated"
    assert has(edge, page, newer=False)


def test_03_the_next_update_removes_what_a_killed_worker_left_behind(page: Page, edge: Edge) -> None:
    page.evaluate("() => caches.open('pages-orphan').then((cache) => cache.put('/help', new Response('half')))")
    own = edge.site
    edge.publish(edge.newer)
    assert update(page, edge) == "activated"
    until(page, "async () => !(await caches.has('pages-orphan'))")
    edge.publish(own)


def test_05_a_captive_portal_changes_nothing(page: Page, edge: Edge) -> None:
    edge.faults[".*"] = portal
    assert update(page, edge) == "refused"
    for path in ("/help", "/areas/shropshire"):
        page.goto(edge.url + path)
        assert "Wi-Fi" not in page.content()
        page.locator("#state span", has_text="Saved on this phone").wait_for()


def test_07_every_address_in_a_pack_answers_200_itself(edge: Edge) -> None:
    packs = json.loads(edge.ask("/release.json").body)["packs"]
    for pack in packs.values():
        for path in json.loads(edge.ask(pack["url"]).body)["entries"]:
            assert edge.ask(path).status == 200, path


def test_08_navigation_preload_is_not_used(page: Page) -> None:
    state = page.evaluate("() => navigator.serviceWorker.ready.then((r) => r.navigationPreload.getState())")
    assert not state["enabled"]


def test_11_no_stored_answer_is_opaque_or_from_another_origin(page: Page, edge: Edge) -> None:
    entries = page.evaluate(
        """async () => { const found = []; for (const name of await caches.keys()) {
        const cache = await caches.open(name);
        for (const request of await cache.keys()) {
          const answer = await cache.match(request);
          found.push([request.url, answer.type, answer.status]);
        } } return found; }"""
    )
    assert len(entries) > 100
    assert {(type_, status) for _, type_, status in entries} == {("default", 200)}
    assert all(url.startswith(edge.url + "/") for url, _, _ in entries)
    assert "connect-src 'self'" in str(edge.ask("/help").header("Content-Security-Policy"))


def test_13_with_the_pages_lost_the_worker_shows_numbers_and_saves_again(page: Page, edge: Edge) -> None:
    edge.stop()
    page.evaluate("() => caches.keys().then((names) => Promise.all(names.map((name) => caches.delete(name))))")
    page.goto(edge.url + "/help")
    for number in ("tel:999", "tel:101", "tel:08001111", "tel:08088005000", "tel:01905822666"):
        assert page.locator(f'a[href="{number}"]').is_visible(), number
    edge.start()

    def is_saved_again() -> bool:
        page.goto(edge.url + "/help")  # the first page may join an attempt that began without a server
        return len(page.evaluate(READY)) == 1

    wait_until(is_saved_again, "the release, saved again")
    assert has(edge, page, newer=False)


def test_41_the_build_has_every_required_file_and_none_is_empty(edge: Edge) -> None:
    worker = edge.ask("/sw.js")
    assert worker.status == 200 and "javascript" in str(worker.header("Content-Type"))
    release = json.loads(edge.ask("/release.json").body)
    for pack in release["packs"].values():
        assert f'"{pack["url"]}"'.encode() in worker.body.replace(b"'", b'"')
        assert pack["sha256"].encode() in worker.body
    for name in edge.library.site.names:
        manifest = json.loads(edge.ask(name.manifest).body)
        assert manifest["name"] and manifest["icons"]
        assert all(edge.ask(icon["src"]).status == 200 for icon in manifest["icons"])
    entries = json.loads(edge.ask(release["packs"]["en"]["url"]).body)["entries"].values()
    assert all(base64.b64decode(entry["body"]) if entry.get("base64") else entry["body"] for entry in entries)


async def guarded(app: App, scope: Message, receive: Any, send: Any) -> None:
    """A preview behind a password."""
    credentials = dict(scope["headers"]).get(b"authorization")
    right = credentials == b"Basic " + base64.b64encode(b"editor:secret")
    fault = says(401, www_authenticate='Basic realm="preview"')
    await (app(scope, receive, send) if right else fault(app, scope, receive, send))


def test_behind_a_password_the_site_is_saved_whole(browser: Browser, edge: Edge) -> None:
    edge.faults[".*"] = guarded
    credentials: HttpCredentials = {"username": "editor", "password": "secret"}
    context = browser.new_context(viewport=PHONE, http_credentials=credentials)
    page = context.new_page()
    save_offline(page, edge.url + "/")
    until(page, "async () => Boolean(await caches.match('/corrections.json'))")
    assert page.locator('link[rel="manifest"]').get_attribute("crossorigin") == "use-credentials"
    assert has(edge, page, newer=False)
    context.close()
