"""Case 39: a bad worker was shipped. The switch is thrown, a phone comes by once, and the switch goes back."""

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
from tests.offline.phones import KEPT, LOOK, STATE, press, saved
from tests.support.browsers import save_offline
from tests.support.edge import Edge
from tests.support.missing import lacking
from tests.support.running import free_port, nginx, wait_until


def shown_by(page: Page, edge: Edge) -> list[str]:
    """Every page that the tab shows from now on."""
    shown: list[str] = []
    page.on("framenavigated", lambda frame: shown.append(frame.url.removeprefix(edge.url)))
    return shown


def removed(page: Page) -> None:
    """Waits until nothing of the site is left on the phone."""
    wait_until(lambda: page.evaluate(KEPT) == [0, []], "a phone with nothing left")


def saves_itself_anew(page: Page, edge: Edge) -> None:
    press(edge)
    save_offline(page, edge.url + "/help")
    edge.stop()
    page.goto(edge.url + "/help/talk")
    assert page.locator('a[href="tel:08001111"]').first.is_visible()
    edge.start()


@pytest.mark.parametrize("switch", ["worker", "all"])
def test_39_one_visit_takes_a_bad_worker_off_and_the_site_goes_on(
    context: BrowserContext,
    edge: Edge,
    switch: str,
) -> None:
    page = saved(context, edge)
    shown = shown_by(page, edge)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    press(edge, kill_switch=switch)
    page.goto(edge.url + "/help")
    page.evaluate("() => { window.same = true; }")
    removed(page)
    if switch == "worker":  # the header takes it from under an open page, whose line says so at the next one
        page.wait_for_function(f"() => document.querySelector('{STATE}').textContent === 'Not saved yet.'")
        assert page.locator("#remove").is_hidden()
    assert page.evaluate("() => window.same"), "no page reloads under its reader"
    for path in ("/", "/areas", "/help/talk"):
        answer = page.goto(edge.url + path)
        page.wait_for_load_state("networkidle")
        assert "can't be saved here" in page.inner_text("#state")
        assert page.locator(f'{STATE} a[href="/print"]').is_visible()
        page.evaluate("() => dispatchEvent(new Event('focus'))")
        removed(page)
    assert answer is not None
    assert not answer.from_service_worker
    assert page.evaluate(KEPT) == [0, []], "no page saves again"
    assert shown == ["/help", "/", "/areas", "/help/talk"], "nothing goes round"
    assert errors == []
    page.click("#leave")
    page.locator("#start").wait_for()  # the page that was open became neutral at once, and the real one follows
    page.goto(edge.url + "/help")
    page.wait_for_url("**/neutral")
    page.click("#start")
    page.wait_for_url(edge.url + "/")
    assert page.locator("#leave").is_visible()
    saves_itself_anew(page, edge)


def test_39_a_tab_that_is_open_loses_its_worker_under_nobodys_eyes(context: BrowserContext, edge: Edge) -> None:
    page = saved(context, edge)
    shown = shown_by(page, edge)
    other = context.new_page()
    other.goto(edge.url + "/help/talk")
    press(edge, kill_switch="worker")
    page.goto(edge.url + "/help")
    removed(page)
    other.bring_to_front()
    assert other.locator('a[href="tel:08001111"]').first.is_visible()
    other.click("#leave")
    other.wait_for_url("**/neutral")
    assert shown[0] == "/help"


@pytest.mark.parametrize("asked", ["/sw.js", "/help"])
def test_39_the_header_alone_takes_it_off_whichever_answer_gets_through(
    context: BrowserContext,
    edge: Edge,
    asked: str,
) -> None:
    page = saved(context, edge)
    site = press(edge)
    with_header = dataclasses.replace(site.resources[asked], headers=(*site.resources[asked].headers, CLEAR_SAVED))
    edge.publish(dataclasses.replace(site, resources=MappingProxyType({**site.resources, asked: with_header})))
    if asked == "/sw.js":
        page.evaluate(LOOK)
        removed(page)
    else:
        # What an update under way writes after one answer goes with the next: a person opens one page after another.
        visit = "() => fetch('/help', { cache: 'reload' }).then((answer) => answer.text())"
        wait_until(lambda: page.evaluate(visit) and page.evaluate(KEPT) == [0, []], "a phone with nothing left")
    saves_itself_anew(page, edge)


def test_39_the_switch_sends_what_it_says_and_the_folder_for_nginx_the_same(edge: Edge, tmp_path: Path) -> None:
    assert read_settings({"TELLSOMEONE_KILL_SWITCH": "all"}).kill_switch == "all"
    before = {path: edge.ask(path) for path in ("/", "/sw.js", "/neutral", "/nothing-here", "/leave")}
    assert all(answer.header("Clear-Site-Data") is None for answer in before.values())
    press(edge, kill_switch="worker")
    assert b"unregister" in edge.ask("/sw.js").body
    assert edge.ask("/sw.js").header("Cache-Control") == "no-cache"
    assert edge.ask("/").header("Clear-Site-Data") is None
    site = press(edge, kill_switch="all")
    for page in site.pages:
        answer = edge.ask(page.path)
        assert answer.header("Clear-Site-Data") == '"cache", "storage"', page.path
    assert edge.ask("/nothing-here").header("Clear-Site-Data") == '"cache", "storage"'
    assert edge.ask("/sw.js").header("Clear-Site-Data") == '"cache", "storage"'
    for path in ("/leave", "/leave/app", "/neutral"):
        assert edge.ask(path).header("Clear-Site-Data") is None, "leaving keeps its mark"
        assert (edge.ask(path).header("Set-Cookie") or "").startswith("left=1;")
    left = edge.ask("/help", Cookie="left=1")
    assert (left.status, left.header("Location"), left.header("Clear-Site-Data")) == (303, "/neutral", None)

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
