"""Case 39: a bad worker was shipped. The kill switch is on for one visit of a phone, and then off again."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path
from types import MappingProxyType

import pytest
from playwright.sync_api import BrowserContext, Page

from server.settings import read_settings
from server.site.export import export_site
from server.site.policy import CLEAR_SAVED
from tests.offline.phones import KEPT, LOOK, STATE, publish, saved
from tests.support.browsers import save_offline
from tests.support.edge import Edge
from tests.support.missing import lacking
from tests.support.running import free_port, nginx, wait_until


def shown_by(page: Page, edge: Edge) -> list[str]:
    """The path of every page that the tab shows from now on."""
    shown: list[str] = []
    page.on("framenavigated", lambda frame: shown.append(frame.url.removeprefix(edge.url)))
    return shown


def wait_until_removed(page: Page) -> None:
    """Waits until the phone has nothing of the site."""
    wait_until(lambda: page.evaluate(KEPT) == [0, []], "a phone with nothing left")


def assert_saves_again(page: Page, edge: Edge) -> None:
    publish(edge)
    save_offline(page, edge.url + "/help")
    edge.stop()
    page.goto(edge.url + "/help/talk")
    assert page.locator('a[href="tel:08001111"]').first.is_visible()
    edge.start()


@pytest.mark.parametrize("switch", ["worker", "all"])
def test_39_one_visit_removes_a_bad_worker_and_the_site_still_works(
    context: BrowserContext,
    edge: Edge,
    switch: str,
) -> None:
    page = saved(context, edge)
    shown = shown_by(page, edge)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    publish(edge, kill_switch=switch)
    page.goto(edge.url + "/help")
    page.evaluate("() => { window.same = true; }")
    wait_until_removed(page)
    if switch == "worker":  # the header clears it under an open page, whose line changes only at the next page
        page.wait_for_function(f"() => document.querySelector('{STATE}').textContent === 'Not saved yet.'")
        assert page.locator("#remove").is_hidden()
    assert page.evaluate("() => window.same"), "no page reloads under its reader"
    for path in ("/", "/areas", "/help/talk"):
        answer = page.goto(edge.url + path)
        page.wait_for_load_state("networkidle")
        assert "can't be saved here" in page.inner_text("#state")
        assert page.locator(f'{STATE} a[href="/print"]').is_visible()
        page.evaluate("() => dispatchEvent(new Event('focus'))")
        wait_until_removed(page)
    assert answer is not None
    assert not answer.from_service_worker
    assert page.evaluate(KEPT) == [0, []], "no page saves again"
    assert shown == ["/help", "/", "/areas", "/help/talk"], "no redirects"
    assert errors == []
    page.click("#leave")
    page.locator("#start").wait_for()  # the open page turned neutral at once, and the real neutral page follows
    page.goto(edge.url + "/help")
    page.wait_for_url("**/neutral")
    page.click("#start")
    page.wait_for_url(edge.url + "/")
    assert page.locator("#leave").is_visible()
    assert_saves_again(page, edge)


def test_39_an_open_tab_loses_its_worker_without_a_visible_change(context: BrowserContext, edge: Edge) -> None:
    page = saved(context, edge)
    shown = shown_by(page, edge)
    other = context.new_page()
    other.goto(edge.url + "/help/talk")
    publish(edge, kill_switch="worker")
    page.goto(edge.url + "/help")
    wait_until_removed(page)
    other.bring_to_front()
    assert other.locator('a[href="tel:08001111"]').first.is_visible()
    other.click("#leave")
    other.wait_for_url("**/neutral")
    assert shown[0] == "/help"


FETCH = "() => fetch('/help', { cache: 'reload' }).then((answer) => answer.text()).then(() => {})"


@pytest.mark.parametrize(("path", "request_"), [("/sw.js", LOOK), ("/help", FETCH)], ids=["/sw.js", "/help"])
def test_39_the_header_of_one_address_removes_everything(
    context: BrowserContext, edge: Edge, path: str, request_: str
) -> None:
    page = saved(context, edge)
    site = publish(edge)
    with_header = dataclasses.replace(site.resources[path], headers=(*site.resources[path].headers, CLEAR_SAVED))
    edge.publish(dataclasses.replace(site, resources=MappingProxyType({**site.resources, path: with_header})))

    def is_removed_by_a_request() -> bool:
        # One request may not be enough: `update()` joins a check that the browser has begun by itself, and that answer
        # had no header yet. Whatever an earlier check writes after one answer, the next answer removes.
        page.evaluate(request_)
        return page.evaluate(KEPT) == [0, []]

    wait_until(is_removed_by_a_request, "a phone with nothing left")
    assert_saves_again(page, edge)


def test_39_the_kill_switch_sends_the_same_headers_from_the_server_and_from_nginx(edge: Edge, tmp_path: Path) -> None:
    assert read_settings({"TELLSOMEONE_KILL_SWITCH": "all"}).kill_switch == "all"
    before = {path: edge.ask(path) for path in ("/", "/sw.js", "/neutral", "/nothing-here", "/leave")}
    assert all(answer.header("Clear-Site-Data") is None for answer in before.values())
    publish(edge, kill_switch="worker")
    assert b"unregister" in edge.ask("/sw.js").body
    assert edge.ask("/sw.js").header("Cache-Control") == "no-cache"
    assert edge.ask("/").header("Clear-Site-Data") is None
    site = publish(edge, kill_switch="all")
    for page in site.pages:
        answer = edge.ask(page.path)
        assert answer.header("Clear-Site-Data") == '"cache", "storage"', page.path
    assert edge.ask("/nothing-here").header("Clear-Site-Data") == '"cache", "storage"'
    assert edge.ask("/sw.js").header("Clear-Site-Data") == '"cache", "storage"'
    for path in ("/leave", "/leave/app", "/neutral"):
        assert edge.ask(path).header("Clear-Site-Data") is None, "leaving still sets the exit marker"
        assert (edge.ask(path).header("Set-Cookie") or "").startswith("left=1;")
    answer = edge.ask("/help", Cookie="left=1")
    assert (answer.status, answer.header("Location"), answer.header("Clear-Site-Data")) == (303, "/neutral", None)

    if not (shutil.which("nginx") or Path("/usr/sbin/nginx").exists()):
        lacking("nginx is not installed")
    out, port = tmp_path / "site", free_port()
    export_site(site, out)
    configuration = out / "nginx.conf"
    configuration.write_text(configuration.read_text().replace("listen 127.0.0.1:8080;", f"listen 127.0.0.1:{port};"))
    out.chmod(0o755)
    with nginx(out, port) as exported:
        for path in ("/", "/sw.js", "/neutral", "/nothing-here", "/leave"):
            for name in ("Clear-Site-Data", "Set-Cookie", "Cache-Control"):
                assert exported.ask(path).header(name) == edge.ask(path).header(name), (path, name)
        assert exported.ask("/sw.js").body == edge.ask("/sw.js").body
