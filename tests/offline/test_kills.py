"""Kills the worker or the server two hundred times while a phone saves a release (a few times in `make test`)."""

from __future__ import annotations

import random
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Error, Page

from tests.conftest import CONTENT
from tests.leaving.serving import SiteProcess
from tests.offline import phones
from tests.offline.phones import RELEASE
from tests.support.browsers import save_offline, until
from tests.support.running import wait_until
from tests.support.sampling import WHOLE

KILLS = 200 if WHOLE else 2
SOME = ("/help", "/what-is-it", "/outreach")
"""Pages from several sections."""
READY = """async () => {
  const whole = {};
  for (const name of await caches.keys())
    if (name.startsWith('pages-') && (await caches.match('/ready', { cacheName: name }))) {
      const paths = (await (await caches.open(name)).keys()).map((entry) => new URL(entry.url).pathname);
      if (paths.includes('/ready')) whole[name.slice(6)] = paths.length;
    }
  return whole; }"""
"""The number of entries of each release that is marked complete. A worker may be saving it again at this moment."""
QUIET = """async () => {
  const registration = await navigator.serviceWorker.getRegistration();
  return !registration || !(registration.installing || registration.waiting); }"""
LOOK = "() => { navigator.serviceWorker.ready.then((registration) => registration.update()).catch(() => {}); }"


@pytest.fixture(scope="module")
def releases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[SiteProcess, SiteProcess]]:
    """Two releases at one address, whose servers can be killed. Every page differs between them."""
    folder = tmp_path_factory.mktemp("kills")
    content = Path(shutil.copytree(CONTENT, folder / "content"))
    for file in (content / "pages").rglob("*.md"):
        head, words = file.read_text().split("\n+++\n", 1)
        if words.strip():
            file.write_text(f"{head}\n+++\n{words.rstrip()}\n\nThis is the other release.\n")
    one = SiteProcess("none", folder)
    other = SiteProcess("none", folder, content=content, port=one.port)
    yield one, other
    one.close()
    other.close()


class Phone:
    """A phone, and two servers of which one runs at a time."""

    def __init__(self, page: Page, releases: tuple[SiteProcess, SiteProcess]) -> None:
        self.page, self.servers = page, releases
        self.session = page.context.new_cdp_session(page)
        self.session.send("ServiceWorker.enable")
        self.names: dict[int, str] = {}
        self.entries: dict[str, int] = {}
        self.span = 0.0
        """Seconds that undisturbed saving took. Kills happen within this time."""

    def serve(self, which: int) -> None:
        for server in self.servers:
            server.stop()
        self.servers[which].start()
        self.url = self.servers[which].url

    def forget(self) -> None:
        self.page.goto("about:blank")
        self.session.send("Storage.clearDataForOrigin", {"origin": self.url, "storageTypes": "all"})

    def measure(self, which: int) -> None:
        """Records the name and the entries of a complete release, and how long saving takes."""
        self.serve(which)
        self.forget()
        began = time.monotonic()
        save_offline(self.page, self.url + "/")
        self.span = max(self.span, time.monotonic() - began)
        self.names[which] = self.page.evaluate(RELEASE)
        self.entries |= self.page.evaluate(READY)

    def kill(self, victim: str) -> None:
        """Kills the worker or just the server. There is no server in either case."""
        if victim == "worker":
            self.session.send("ServiceWorker.stopAllWorkers")
        for server in self.servers:
            server.stop()

    def shown(self) -> list[str]:
        """What each page shows without a server: a release, "numbers" for the emergency page, or "none"."""
        found = []
        for path in SOME:
            try:
                self.page.goto(self.url + path)
            except Error as error:
                if "ERR_CONNECTION_REFUSED" not in str(error):
                    raise
                found.append("none")
                continue
            assert self.page.locator('a[href="/help"], a[href="tel:999"]').count(), f"{path} is blank"
            found.append(self.page.evaluate(RELEASE) or "numbers")
        return found

    def whole(self) -> dict[str, int]:
        ready = dict(self.page.evaluate(READY))
        assert all(self.entries[name] == count for name, count in ready.items()), (
            "an incomplete release is marked complete"
        )
        return ready

    def recovers(self, which: int) -> None:
        self.serve(which)
        self.page.goto(self.url + "/")
        until(self.page, "async () => (await navigator.serviceWorker.getRegistration()) !== undefined")
        # Wait for the check to end: a worker may have been killed after it saved the release, before it took over.
        self.page.evaluate(phones.LOOK)
        wait_until(lambda: self.names[which] in self.whole() and self.page.evaluate(QUIET), "the newest release")
        self.page.goto(self.url + "/help")
        assert self.page.evaluate(RELEASE) == self.names[which]


def test_02_and_32_after_any_kill_one_complete_release_is_there_and_the_newest_follows(
    disk: BrowserContext, releases: tuple[SiteProcess, SiteProcess]
) -> None:
    phone = Phone(disk.new_page(), releases)
    phone.measure(1)
    phone.measure(0)
    assert phone.names[0] != phone.names[1]
    there, met = 0, {"installed": 0, "none": 0, "old": 0, "new": 0}
    for kill in range(KILLS):
        chance = random.Random(kill)
        victim, moment = chance.choice(["worker", "server"]), chance.random() * phone.span
        if kill % 4 == 0:  # an install; otherwise an update
            phone.serve(there)
            phone.forget()
            phone.page.goto(phone.url + "/", wait_until="commit")
            time.sleep(moment)
            phone.kill(victim)
            until(phone.page, QUIET)
            shown = phone.shown()
            releases_shown = {each for each in shown if each not in ("none", "numbers")}
            assert releases_shown <= {phone.names[there]}, (kill, victim, moment, shown)
            assert len(set(shown)) == 1, (kill, victim, moment, shown)
            met["installed" if releases_shown else "none"] += 1
        else:
            old, new = phone.names[there], phone.names[1 - there]
            there = 1 - there
            phone.serve(there)
            phone.page.evaluate(LOOK)
            time.sleep(moment)
            phone.kill(victim)
            until(phone.page, QUIET)
            shown = phone.shown()
            assert set(shown) in ({old}, {new}), (kill, victim, moment, shown)
            assert shown[0] in phone.whole(), (kill, victim, moment)
            met["old" if shown[0] == old else "new"] += 1
        phone.recovers(there)
    print(f"{KILLS} kills: {met}")
