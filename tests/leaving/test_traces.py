"""Checks 23 to 26: what remains in the history, in names, and on the phone."""

from __future__ import annotations

import json
import re
import sqlite3
from collections import Counter
from pathlib import Path
from typing import Any

from server.content.model import Library
from server.settings import read_settings
from server.site.build import build_site
from tests.leaving.matrix import Case, cases
from tests.leaving.visit import BEFORE, CHAIN, GOAL, Visit, sensitive
from tests.support.running import CACHE
from tests.support.sampling import WHOLE

PLAIN = ("/professionals", "/businesses")
"""These may name the subject, as content/words.toml says."""
ON_THE_PHONE = """Promise.all([
  navigator.serviceWorker ? navigator.serviceWorker.getRegistrations() : [],
  window.caches ? caches.keys() : [],
  window.indexedDB && indexedDB.databases ? indexedDB.databases() : [],
]).then(([workers, caches, databases]) =>
  [workers.length, caches.length, databases.length, localStorage.length, sessionStorage.length])"""


@cases(23)
def test_23_the_visit_is_one_history_entry(visit: Visit, case: Case) -> None:
    visit.browse()
    length = visit.tab.length if case.app else visit.enter()
    visit.chain(paths=(*CHAIN, "/help", "/areas"))
    assert visit.tab.length == length
    visit.die()
    visit.leave()
    visit.lands()
    if not case.app:
        assert visit.tab.length == length


HISTORIES = {"C": ("History", "urls"), "F": ("places.sqlite", "moz_places")}
"""The file in the profile, and its table of pages."""


@cases(24)
def test_24_what_the_browsers_own_history_holds(visit: Visit, case: Case, tmp_path: Path) -> None:
    # Chromium's own list is a page, made by scripts; where they are off, and in Firefox, it is read from the profile.
    in_profile = HISTORIES.get(case.engine) if case.engine == "F" or not case.scripts else None
    look: dict[str, Any] = {"folder": tmp_path / "profile"} if in_profile else {}
    tab = visit.browse(**look)
    spare = visit.browser.tab() if case.app else tab
    if case.app:
        tab.front()
    else:
        visit.enter()
    seen = []
    for path in CHAIN:
        visit.chain(paths=(path,))
        seen.append((tab.url, tab.title))
    visit.leave()
    visit.lands()
    if in_profile:
        visit.browser.close()
        name, table = in_profile
        (file,) = (tmp_path / "profile").rglob(name)
        with sqlite3.connect(file) as database:
            seen = database.execute(f"select url, title from {table}").fetchall()
        assert any(visit.goal.url in url for url, _ in seen), "the history was written, so the check is valid"
    elif case.engine == "C":
        spare.goto("chrome://history")
        spare.page.wait_for_function("() => document.querySelector('history-app') !== null")
        items = spare.page.locator("history-item #link")
        items.first.wait_for()
        seen = items.evaluate_all("(links) => links.map((link) => [link.href, link.innerText])")
        if case.scripts and not case.app:
            assert sorted({title.strip() for _, title in seen}) == sorted({BEFORE, GOAL}), seen
    for url, title in seen:
        assert not sensitive(f"{url} {title}"), (url, title)
    visit.note("entries of the site in the history", sum(visit.site.url in url for url, _ in seen))


@cases(25)
def test_25_titles_addresses_and_names(case: Case, library: Library) -> None:
    site = build_site(
        library, read_settings({"TELLSOMEONE_ORIGIN": "http://127.0.0.1", "TELLSOMEONE_CACHE": str(CACHE)})
    )
    names = []
    titles: Counter[str] = Counter()
    for path, resource in site.resources.items():
        if path.startswith(PLAIN):
            continue
        names.append(path)
        if resource.content_type.startswith("text/html"):
            page = resource.body.decode()
            (title,) = re.findall(r"<title>([^<]*)</title>", page)
            titles[title] += path != "/neutral"
            names += [
                title,
                *re.findall(r'<meta (?:name|property)="?(?:og:[^>]*|apple-mobile-web-app-title[^>]*)>', page),
            ]
        elif path.startswith("/manifest"):
            names.append(resource.body.decode())
        elif path.startswith("/pack/"):
            names += [each for each in json.loads(resource.body)["entries"] if not each.startswith(PLAIN)]
    assert len(names) > 100
    for name in names:
        assert not sensitive(name), name
    assert [title for title, times in titles.items() if times > 1] == [], "every title is unique"


def assert_nothing_stored(visit: Visit, tab: Any) -> None:
    if visit.case.scripts:
        tab.until(lambda: tab.script(ON_THE_PHONE) == [0, 0, 0, 0, 0], "nothing is left")
    cookies = tab.driver_cookies() if visit.case.engine == "W" else visit.browser.context.cookies(visit.site.url)
    assert cookies == []


@cases(26)
def test_26_drafts_go_and_removing_leaves_nothing(visit: Visit, case: Case) -> None:
    if not case.app:
        tab = visit.at("/search" if case.scripts else "/help")
        if case.scripts:
            tab.click("#words")
            tab.type("draft")
            tab.script("sessionStorage.setItem('test', 'a state') || 1")
        visit.leave()
        visit.lands()
        if case.scripts and case.state != "first-dead":
            tab.goto(visit.site.url + "/neutral")
            visit.neutral()
            assert tab.script("sessionStorage.length") == 0
            tab.click('a[href="/start"]')
            visit.shows("/")
            tab.goto(visit.site.url + "/search")
            visit.shows("/search")
            assert tab.script("document.getElementById('words').value") == ""
        visit.browser.close()
    tab = visit.browse()
    if case.app:
        tab.script("location.replace('/clear')")
    else:
        if not case.scripts:
            for path in ("/leave", "/start"):
                tab.goto(visit.site.url + path)
        tab.goto(visit.site.url + "/clear")
    visit.shows("/clear")
    if case.worker:
        assert tab.script(ON_THE_PHONE)[:2] != [0, 0], "there is something to remove"
    visit.die()
    tab.click("#clear button")
    tab.wait("document.querySelector('h1').textContent === 'Removed' && document.readyState === 'complete'")
    assert "history" in tab.script("document.body.textContent")
    assert_nothing_stored(visit, tab)
    tab.pause(10 if WHOLE else 1)
    assert_nothing_stored(visit, tab)
    if not case.dies:
        (tab.goto(visit.site.url + "/help") if not case.app else tab.script("location.replace('/help') || 1"))
        visit.shows("/help")
