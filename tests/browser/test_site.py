"""The site in a real Chromium: with scripts off, then on, then with no server at all."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Playwright, Request

from server.content.model import Library
from tests.support.browsers import PHONE, profile, save_offline
from tests.support.edge import ADDED, Edge
from tests.support.own import OwnServer
from tests.support.running import Served
from tests.support.sampling import WHOLE, sample

SMALL = {"width": 320, "height": 568}
WIDE = {"width": 1280, "height": 800}


def one_of_each_kind(library: Library, turn: int) -> list[str]:
    """Every page in `make prove`; else one of each template, another one each turn, and /neutral last."""
    if WHOLE:
        return paths_of(library)
    kinds: dict[str, list[str]] = {}
    for page in library.pages:
        kinds.setdefault(page.meta.kind, []).append(page.path)
    some = [paths[turn % len(paths)] for kind, paths in kinds.items() if kind != "neutral"]
    return [*some, "/neutral"]


def paths_of(library: Library, part: int = 0, of: int = 1) -> list[str]:
    """Every page (each `of`-th but in `make prove`); /neutral last, since opening it counts as leaving."""
    return [*sample([page.path for page in library.pages if page.path != "/neutral"], part, of), "/neutral"]


def has_all(page: Page, library: Library, path: str) -> None:
    """The page shows its heading, and the numbers that its content names."""
    meta = next(each for each in library.pages if each.path == path)
    assert page.inner_text("h1").strip() == meta.meta.heading
    assert page.locator("h1").is_visible()
    for block in meta.blocks:
        for name in block.contacts:
            for channel in library.contact(name).channels:
                link = page.locator(f'#{name if name[0].isalpha() else "x"} [data-number="{channel.id}"]')
                link = link if name[0].isalpha() else page.locator(f'.ways [data-number="{channel.id}"]')
                assert link.get_attribute("href") == channel.href
    if meta.meta.area:
        for contact in library.contacts:
            if meta.meta.area in contact.areas:
                assert page.locator(f'.ways [data-number="{contact.channels[0].id}"]').count() == 1, contact.id


def test_with_scripts_off_every_page_is_whole_and_every_link_leads_somewhere(
    browser: Browser, server: Served, library: Library
) -> None:
    context = browser.new_context(java_script_enabled=False, viewport=PHONE)
    page = context.new_page()
    found: set[str] = set()
    for path in paths_of(library, 0, 12):
        page.goto(server.url + path)
        has_all(page, library, path)
        if path != "/neutral":
            assert page.locator("#leave").is_visible()
            assert page.get_attribute("#leave", "href") == "/leave"
            assert page.locator("#state").is_hidden(), "it can't be true without a script"
        found |= {str(link.get_attribute("href")) for link in page.locator('a[href^="/"]').all()}
    for link in found:
        assert server.ask(link.split("#")[0]).status in (200, 303), link
    context.close()


def test_the_first_visit_is_one_request_until_readable_ten_in_all_and_none_elsewhere(
    playwright: Playwright, server: Served
) -> None:
    with profile(playwright, viewport=PHONE) as context:
        requests: list[Request] = []
        context.on("request", lambda request: requests.append(request))
        page = context.new_page()
        save_offline(page, server.url + "/")
        page.wait_for_load_state("networkidle")
        # What a page asks and the worker fetches for it is seen twice here, and goes over the wire once.
        asked = sorted({request.url.removeprefix(server.url) for request in requests})
        print(f"requests of a first visit: {len(asked)} (budget 10): {asked}")
        assert all(request.url.startswith(server.url + "/") for request in requests)
        assert len(asked) <= 10
        blocking = page.evaluate(
            "() => performance.getEntriesByType('resource').filter(e => e.renderBlockingStatus === 'blocking').length"
        )
        assert blocking == 0, "one request until a reader can read"
        assert context.cookies() == []


def test_everything_is_there_with_the_server_stopped(
    playwright: Playwright, own_server: OwnServer, library: Library
) -> None:
    with profile(playwright, viewport=PHONE) as context:
        page = context.new_page()
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        save_offline(page, own_server.url + "/")
        online = {path: own_server.ask(path) for path in paths_of(library, 1, 12)}
        own_server.stop()
        for path in online:
            answer = page.goto(own_server.url + path)
            assert answer is not None
            assert answer.from_service_worker
            assert answer.body() == online[path].body
            for name in ("Content-Security-Policy", "Referrer-Policy", "Permissions-Policy", "Cache-Control"):
                assert answer.header_value(name) == online[path].header(name), (path, name)
            has_all(page, library, path)
        assert errors == []


def test_the_state_line_tells_the_truth(playwright: Playwright, own_server: OwnServer) -> None:
    with profile(playwright, viewport=PHONE) as context:
        page = context.new_page()
        context.route("**/pack/**", lambda route: route.abort())
        page.goto(own_server.url + "/")
        page.wait_for_selector("#state:not([hidden])")
        page.wait_for_load_state("networkidle")
        assert page.inner_text("#state").strip() == "Not saved yet."
        context.unroute("**/pack/**")
        save_offline(page, own_server.url + "/")
        built = page.evaluate("() => fetch('/release.json').then((a) => a.json())")["built"]
        day = page.evaluate(
            "(d) => new Date(d).toLocaleDateString('en-GB', {day: 'numeric', month: 'long', year: 'numeric'})", built
        )
        assert page.inner_text("#state span") == f"Saved on this phone, with facts up to {day}."
        page.click("#remove")
        page.wait_for_function("() => /^Removed/.test(document.querySelector('#state span').textContent)")
        assert page.evaluate("() => caches.keys()") == []
        assert page.evaluate("() => navigator.serviceWorker.getRegistrations().then((r) => r.length)") == 0


def test_an_unknown_address_offline_gives_the_emergency_page_with_numbers(
    playwright: Playwright, own_server: OwnServer, library: Library
) -> None:
    with profile(playwright, viewport=PHONE) as context:
        page = context.new_page()
        save_offline(page, own_server.url + "/")
        own_server.stop()
        page.goto(own_server.url + "/nothing-here")
        assert page.locator('a[href="tel:999"]').is_visible()
        for name in ("childline", *(area.front_door for area in library.site.areas)):
            number = library.contact(name).calls[0]
            assert page.locator(f'a[href="{number.href}"][data-number="{number.id}"]').first.is_visible()
        page.goto(own_server.url + "/help")
        page.evaluate("() => caches.keys().then((names) => Promise.all(names.map((name) => caches.delete(name))))")
        page.goto(own_server.url + "/help")
        assert page.locator('a[href="tel:999"]').is_visible(), "a lost cache must not end in a blank page"


def test_a_new_release_shows_at_the_next_page_and_the_old_one_goes(playwright: Playwright, edge: Edge) -> None:
    with profile(playwright, viewport=PHONE) as context:
        page = context.new_page()
        save_offline(page, edge.url + "/")
        before = page.get_attribute("meta[name=release]", "content")
        edge.publish(edge.newer)
        page.evaluate(
            """() => { navigator.serviceWorker.addEventListener('controllerchange', () => { window.changed = true; });
            return navigator.serviceWorker.getRegistration().then((r) => r.update()).then(() => undefined); }"""
        )
        page.wait_for_function("() => window.changed")
        edge.stop()
        page.goto(edge.url + "/what-is-it")
        assert page.get_attribute("meta[name=release]", "content") != before
        assert ADDED in page.inner_text("main")


@pytest.mark.parametrize(
    ("part", "scheme", "width"), [(0, "light", 360), (1, "dark", 360), (2, "light", 1280), (3, "dark", 1280)]
)
def test_axe_finds_nothing_on_any_page(
    browser: Browser, server: Served, library: Library, part: int, scheme: str, width: int
) -> None:
    found: list[str] = []
    page = browser.new_page(viewport={"width": width, "height": 740}, color_scheme=scheme, service_workers="block")
    paths = one_of_each_kind(library, part)
    for path in ["/nothing-here", *(paths if WHOLE else paths[part::4])]:
        page.goto(server.url + path)
        page.evaluate("() => document.querySelectorAll('details').forEach((each) => { each.open = true; })")
        for violation in Axe().run(page).response["violations"]:
            found += [
                f"{path} {violation['id']}: {node['html'][:160]} {node['failureSummary']}"
                for node in violation["nodes"]
            ]
    page.close()
    assert found == [], "\n".join(found[:20])


@pytest.mark.parametrize(("size", "text"), [(SMALL, 100), (PHONE, 200), (PHONE, 100), (WIDE, 200)])
def test_nothing_runs_out_of_the_window_and_leave_is_always_in_reach(
    browser: Browser, server: Served, library: Library, size: dict[str, int], text: int
) -> None:
    context = browser.new_context(viewport=size, service_workers="block")
    page = context.new_page()
    fonts = {"standard": 16 * text // 100, "fixed": 13 * text // 100}
    context.new_cdp_session(page).send("Page.setFontSizes", {"fontSizes": fonts})
    for path in one_of_each_kind(library, size["width"] + text)[:-1]:
        page.goto(server.url + path)
        assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth"), (path, size, text)
        for part in (0, 0.5, 1):
            page.evaluate("(part) => scrollTo(0, part * document.body.scrollHeight)", part)
            reached = page.evaluate(
                """() => { const box = document.getElementById('leave').getBoundingClientRect();
                const hit = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
                return [Boolean(hit && hit.closest('#leave')), box.width >= 44 && box.height >= 44]; }"""
            )
            assert reached == [True, True], (path, size, text, part)
    if size is SMALL:
        height = page.evaluate("() => document.querySelector('#leave').getBoundingClientRect().height")
        print(f"Leave takes {100 * height / size['height']:.1f} % of 320 x 568 (limit 12 %)")
        assert height <= 0.12 * size["height"]
    context.close()


def test_leave_is_the_first_tab_stop_and_get_help_the_second(browser: Browser, server: Served) -> None:
    page = browser.new_page(viewport=PHONE, service_workers="block")
    page.goto(server.url + "/parents")
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.id") == "leave"
    page.keyboard.press("Tab")
    assert page.evaluate("() => document.activeElement.getAttribute('href')") == "/help"
    page.close()


def test_chromium_would_install_it(playwright: Playwright, server: Served) -> None:
    with profile(playwright) as context:
        page = context.new_page()
        save_offline(page, server.url + "/")
        session = context.new_cdp_session(page)
        assert session.send("Page.getInstallabilityErrors")["installabilityErrors"] == []
        manifest = session.send("Page.getAppManifest")
        assert manifest["errors"] == []
