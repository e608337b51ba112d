"""Cases 9, 10, 12 and 14 to 17: a full phone, a phone that evicted the pages, and browsers that store nothing."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from server.content.model import Library
from server.corrections.model import Correction, Corrections
from tests.offline.phones import CHANGED, KEPT, LOOK, RELEASE, STATE, publish, saved
from tests.support.browsers import PHONE, until
from tests.support.edge import Edge
from tests.support.sampling import sample

LOCKDOWN = """delete window.caches; delete window.CacheStorage; delete window.indexedDB; delete window.WebAssembly;
delete Navigator.prototype.serviceWorker; delete Navigator.prototype.storage;"""
PACKS = re.compile(r"/pack/")


def room(page: Page, url: str, more: int | None) -> None:
    """Limits the site to `more` bytes beyond its present use; None removes the limit."""
    used = page.evaluate("() => navigator.storage.estimate().then((e) => e.usage)")
    limit = {} if more is None else {"quotaSize": used + more}
    page.context.new_cdp_session(page).send("Storage.overrideQuotaForOrigin", {"origin": url, **limit})


def says(page: Page, words: str) -> None:
    page.wait_for_function(f"(words) => document.querySelector('{STATE}').textContent.includes(words)", arg=words)


def whole_without_a_server(page: Page, edge: Edge, *paths: str) -> None:
    """Asserts that without a server each page is of the saved release."""
    page.wait_for_function("() => navigator.serviceWorker.controller")  # pages are saved before the worker takes over
    edge.stop()
    releases = set()
    for path in paths or ("/help", "/areas/shropshire", "/outreach"):
        page.goto(edge.url + path)
        assert page.locator("h1").is_visible()
        releases.add(page.evaluate(RELEASE))
    assert len(releases) == 1
    edge.start()


def test_09_without_room_for_an_update_the_old_release_stays_and_nothing_is_fetched(
    disk: BrowserContext,
    edge: Edge,
) -> None:
    page = saved(disk, edge)
    old = page.evaluate(RELEASE)
    packs: list[str] = []
    disk.on("request", lambda request: packs.append(request.url) if PACKS.search(request.url) else None)
    room(page, edge.url, 100_000)
    publish(edge, "anew")
    for _ in range(3):
        page.evaluate(LOOK)
        says(page, "There is no room for a newer one.")
        assert page.inner_text(STATE).startswith("Saved on this phone")
        page.goto(edge.url + "/help")
    assert packs == [], "a full phone fetches nothing"
    # Nothing incomplete remains. The last page opened may have the browser try again at this moment.
    until(
        page,
        "async (old) => String((await caches.keys()).filter((name) => /^pages-/.test(name))) === old",
        f"pages-{old}",
    )
    whole_without_a_server(page, edge)
    assert page.evaluate(RELEASE) == old
    room(page, edge.url, None)
    page.evaluate(CHANGED)
    page.goto(edge.url + "/help")
    assert page.evaluate(RELEASE) != old
    says(page, "Saved on this phone")
    assert "no room" not in page.inner_text(STATE)


def test_10_without_room_on_the_first_visit_everything_works_online(
    disk: BrowserContext,
    edge: Edge,
) -> None:
    page = disk.new_page()
    page.goto(edge.url + "/manifest.json")
    room(page, edge.url, 50_000)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    for path in ("/", "/help/talk"):
        page.goto(edge.url + path)
        says(page, "Not saved: there is no room.")
        assert page.locator("#remove").is_hidden()
    assert page.locator('a[href="tel:08001111"]').first.is_visible()
    assert not [name for name in page.evaluate("() => caches.keys()") if name.startswith("pages-")]
    assert errors == []
    page.click("#leave")
    page.wait_for_url("**/neutral")
    page.click("#start")
    page.wait_for_url(edge.url + "/")
    room(page, edge.url, None)
    page.goto(edge.url + "/help")
    says(page, "Saved on this phone")
    whole_without_a_server(page, edge)


def test_09_leaving_needs_no_room(disk: BrowserContext, edge: Edge) -> None:
    """The plain link, as with scripts off: the worker can't store the exit state, and still answers with neutral."""
    page = saved(disk, edge)
    room(page, edge.url, 0)
    edge.stop()
    page.goto(edge.url + "/leave")
    assert page.url == edge.url + "/neutral"
    assert page.locator("#start").is_visible()


@pytest.mark.parametrize("lost", ["everything", "the caches"])
def test_12_evicted_pages_are_noticed_and_saved_again(
    disk: BrowserContext,
    edge: Edge,
    lost: str,
) -> None:
    page = saved(disk, edge)
    kinds = "all" if lost == "everything" else "cache_storage"
    page.context.new_cdp_session(page).send("Storage.clearDataForOrigin", {"origin": edge.url, "storageTypes": kinds})
    page.goto(edge.url + "/help")
    says(page, "Saved on this phone")
    assert page.locator("#remove").is_visible()
    whole_without_a_server(page, edge)


def test_12_persistent_storage_is_requested_only_after_installing(
    disk: BrowserContext,
    edge: Edge,
    library: Library,
) -> None:
    disk.add_init_script(
        """StorageManager.prototype.persist = async () => {
          sessionStorage.setItem('requests', Number(sessionStorage.getItem('requests')) + 1); return true; };"""
    )
    requests = "() => Number(sessionStorage.getItem('requests'))"
    page = saved(disk, edge)
    paths = [each.path for each in library.pages if each.path != "/neutral"]
    for path in [*sample(paths, 0, 12), "/save", "/save/app", "/settings"]:
        page.goto(edge.url + path)
    page.goto(edge.url + "/save/app")
    page.evaluate(
        """() => { const offer = new Event('beforeinstallprompt', { cancelable: true });
        offer.prompt = () => {}; dispatchEvent(offer); }"""
    )
    assert page.evaluate(requests) == 0, "not after an offer either"
    page.click("#install")
    assert page.evaluate(requests) == 1
    page.evaluate("() => dispatchEvent(new Event('appinstalled'))")
    assert page.evaluate(requests) == 2, "from the browser's own menu"


def test_14_the_page_about_icons_says_that_an_iphone_may_clear_what_is_saved(edge: Edge) -> None:
    for path in ("/save", "/offline"):
        words = re.sub(r"<[^>]+>", "", edge.ask(path).body.decode())
        assert re.search(r"Safari may [^.]*when you haven't used the site for seven days", words), path


def test_15_a_new_icon_on_an_iphone_without_a_signal_shows_at_least_numbers(
    disk: BrowserContext,
    edge: Edge,
) -> None:
    """iOS copies the worker along with the icon, but nothing that it saved."""
    words = re.sub(r"<[^>]+>", "", edge.ask("/save").body.decode())
    assert "starts with nothing saved" in words
    page = saved(disk, edge)
    page.context.new_cdp_session(page).send(
        "Storage.clearDataForOrigin", {"origin": edge.url, "storageTypes": "cache_storage"}
    )
    edge.stop()
    page.goto(edge.url + "/")
    for number in ("999", "101", "08001111"):
        assert page.locator(f'a[href="tel:{number}"]').first.is_visible()
    edge.start()
    page.goto(edge.url + "/")
    says(page, "Saved on this phone")
    whole_without_a_server(page, edge)


def test_16_in_lockdown_every_page_works_says_one_quiet_line_and_offers_print(
    browser: Browser,
    edge: Edge,
    library: Library,
) -> None:
    context = browser.new_context(viewport=PHONE)
    context.add_init_script(LOCKDOWN)
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(f"{page.url}: {error}"))
    page.on("dialog", lambda dialog: (wrong.append(dialog.message), dialog.dismiss()))
    paths = [
        each.path for each in library.pages if each.path not in ("/neutral", "/clear")
    ]  # these two don't save the site
    for path in [*sample(paths, 1, 12), "/ready", "/save/app", "/areas", "/help/talk"]:
        page.goto(edge.url + path)
        page.wait_for_load_state("networkidle")
        if page.locator("#state").count():
            words = "These pages can't be saved here. You can print them."
            page.wait_for_function("(words) => document.getElementById('state').innerText.trim() === words", arg=words)
    page.locator("summary").first.click()
    page.get_by_role("button", name="Save as contact").first.wait_for()
    page.click(f'{STATE} a[href="/print"]')
    page.wait_for_url("**/print")
    page.click("#leave")
    page.wait_for_url("**/neutral")
    assert wrong == []
    context.close()


def test_17_without_a_worker_one_quiet_line_says_so_and_corrections_still_arrive(
    browser: Browser,
    edge: Edge,
) -> None:
    withdrawn = Correction.model_validate({"number": "childline-phone", "withdrawn": True})
    edge.publish_corrections(edge.signed(Corrections(seq=1, correction=(withdrawn,))))
    context = browser.new_context(viewport=PHONE)
    context.add_init_script(
        """window.registrations = 0; ServiceWorkerContainer.prototype.register = () => {
        window.registrations += 1; return Promise.reject(new DOMException('blocked', 'SecurityError')); };"""
    )
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("dialog", lambda dialog: (wrong.append(dialog.message), dialog.dismiss()))
    for path in ("/", "/help/talk"):
        page.goto(edge.url + path)
        says(page, "These pages can't be saved here.")
        page.wait_for_load_state("networkidle")
        assert page.evaluate("() => window.registrations") == 1, "and nothing tries again"
    page.wait_for_function("() => !document.querySelector('a[data-number=childline-phone]').hasAttribute('href')")
    page.click("#leave")
    page.wait_for_url("**/neutral")
    assert wrong == []
    context.close()


def test_17_a_private_window_saves_for_as_long_as_it_is_open(browser: Browser, edge: Edge) -> None:
    context = browser.new_context(viewport=PHONE)
    page = saved(context, edge)
    assert page.evaluate(KEPT)[0] == 1
    whole_without_a_server(page, edge, "/help")
    context.close()


REFUSED_AND_SLOW = """const no = () => Promise.reject(new DOMException('', 'SecurityError'));
ServiceWorkerContainer.prototype.register = no;
const keys = CacheStorage.prototype.keys;
let checks = 0;
let second;
const answered = new Promise((resolve) => { second = resolve; });
CacheStorage.prototype.keys = async function () {
  const turn = (checks += 1);
  const names = await keys.call(this);
  if (turn > 1) setTimeout(second, 50);
  else await answered.then(() => setTimeout(() => { window.late = true; }, 50));
  return names;
};"""
"""No worker may register, and the check that begins first ends last."""


def test_17_a_slow_check_of_the_storage_overwrites_no_newer_state(browser: Browser, edge: Edge) -> None:
    context = browser.new_context(viewport=PHONE)
    context.add_init_script(REFUSED_AND_SLOW)
    page = context.new_page()
    page.goto(edge.url + "/")
    page.wait_for_function("() => window.late")
    assert page.inner_text(STATE).startswith("These pages can't be saved here.")
    context.close()
