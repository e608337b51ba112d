"""A start while the content has an error: the last good content is served, and the kill switch works."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from server.content.folder import fingerprint
from server.content.last_good import LastGood
from server.content.problems import ContentError
from server.content.reader import read_library
from server.serve.app import create_app
from server.serve.pages import SiteApp
from server.serve.publisher import Publisher
from server.serve.start import first_site
from server.settings import read_settings
from server.site.resource import Site
from tests.http.test_reload import add_line
from tests.support.running import COMMAND, served, wait_until
from tests.support.small import small_content

COPY = "last-good/content.zip"


@dataclass(frozen=True)
class SavedCopy:
    """A data folder with a copy of the content, and the site built from it."""

    data: Path
    site: Site

    def copy_to(self, data: Path) -> Path:
        shutil.copytree(self.data / "last-good", data / "last-good")
        return data


@pytest.fixture
def content(small: Path) -> Path:
    return small


@pytest.fixture(scope="module")
def saved_copy(tmp_path_factory: pytest.TempPathFactory) -> SavedCopy:
    data = tmp_path_factory.mktemp("saved_copy")
    own = small_content(data / "content")
    _, site = first_site(read_settings(environment(own, data, data / "cache")))
    return SavedCopy(data, site)


@pytest.fixture
def cache(saved_copy: SavedCopy) -> Path:
    return saved_copy.data / "cache"


def environment(content: Path, data: Path, cache: Path, **more: str) -> dict[str, str]:
    return {
        "TELLSOMEONE_CONTENT": str(content),
        "TELLSOMEONE_DATA": str(data),
        "TELLSOMEONE_CACHE": str(cache),
        **more,
    }


def malformed(content: Path) -> None:
    (content / "site.toml").write_text("name = [")


def dead_link(content: Path) -> None:
    with (content / "pages" / "what-is-it.md").open("a") as page:
        page.write("\n[nowhere](/nowhere-at-all)\n")


def not_text(content: Path) -> None:
    (content / "signs.toml").write_bytes(b"\xff\xfe")


def missing_page(content: Path) -> None:
    (content / "pages" / "areas.md").unlink()


def gone(content: Path) -> None:
    shutil.rmtree(content)


BREAK: list[Callable[[Path], None]] = [malformed, dead_link, not_text, missing_page, gone]


def cut(copy: bytes) -> bytes:
    return copy[: len(copy) // 2]


def flipped_bit(copy: bytes) -> bytes:
    return copy[:1000] + bytes([copy[1000] ^ 1]) + copy[1001:]


@pytest.mark.parametrize("break_", BREAK)
def test_a_start_with_an_error_serves_the_last_good_content(
    content: Path,
    tmp_path: Path,
    saved_copy: SavedCopy,
    break_: Callable[[Path], None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    break_(content)
    variables = environment(content, saved_copy.copy_to(tmp_path / "data"), saved_copy.data / "cache")
    library, site = first_site(read_settings(variables))
    assert library
    assert site == saved_copy.site
    assert "the content has " in caplog.text and ": error: " in caplog.text
    assert "THE LAST GOOD CONTENT IS SERVED INSTEAD" in caplog.text


@pytest.mark.parametrize("damage", [cut, flipped_bit, lambda copy: b""])
def test_a_damaged_copy_is_ignored(
    content: Path, tmp_path: Path, saved_copy: SavedCopy, damage: Callable[[bytes], bytes]
) -> None:
    copy = saved_copy.copy_to(tmp_path) / COPY
    copy.write_bytes(damage(copy.read_bytes()))
    malformed(content)
    variables = environment(content, tmp_path, saved_copy.data / "cache")
    with pytest.raises(ContentError):
        first_site(read_settings(variables))
    assert first_site(read_settings({**variables, "TELLSOMEONE_KILL_SWITCH": "worker"}))[0] is None


def test_content_that_changed_while_it_was_read_is_not_copied(content: Path, tmp_path: Path) -> None:
    last_good = LastGood(tmp_path)
    content_fingerprint = fingerprint(content)
    dead_link(content)
    last_good.keep(content, content_fingerprint)
    assert not (tmp_path / COPY).exists()


def test_the_site_is_served_even_if_no_copy_can_be_written(
    content: Path, tmp_path: Path, cache: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "last-good").write_text("a file where the folder should be")
    library, _site = first_site(read_settings(environment(content, tmp_path, cache)))
    assert library
    assert "no copy of the content is kept" in caplog.text


def test_the_kill_switch_works_over_broken_content_until_it_is_fixed(
    content: Path, tmp_path: Path, saved_copy: SavedCopy
) -> None:
    log, good = tmp_path / "log", (content / "site.toml").read_text()
    malformed(content)
    variables = environment(
        content, saved_copy.copy_to(tmp_path / "data"), saved_copy.data / "cache", TELLSOMEONE_KILL_SWITCH="all"
    )
    with served(content, "--reload", log=log, **variables) as server:
        assert server.ask("/help").header("Clear-Site-Data") == '"cache", "storage"'
        assert b"unregister" in server.ask("/sw.js").body
        assert server.ask("/healthz").status == 200
        text = log.read_text()
        assert " ERROR tellsomeone: content/site.toml:1: error: malformed TOML" in text
        assert " ERROR tellsomeone: THE LAST GOOD CONTENT IS SERVED INSTEAD" in text
        add_line(content, "Fixed.")
        (content / "site.toml").write_text(good)
        wait_until(lambda: b"Fixed." in server.ask("/what-is-it").body, "the fixed content")


def test_a_running_server_copies_what_it_publishes_and_nothing_else(
    content: Path, tmp_path: Path, saved_copy: SavedCopy
) -> None:
    variables = read_settings(environment(content, saved_copy.copy_to(tmp_path), saved_copy.data / "cache"))
    publisher = Publisher(SiteApp(saved_copy.site), read_library(content), variables)

    def shown() -> str:
        library = LastGood(tmp_path).read()
        assert library
        page = next(page for page in library.pages if page.path == "/what-is-it")
        return "".join(block.text for block in page.blocks)

    add_line(content, "The newest good words.")
    asyncio.run(publisher.publish(fingerprint(content)))
    assert "The newest good words." in shown()
    add_line(content, "Go to [nowhere](/nowhere-at-all).")
    asyncio.run(publisher.publish(fingerprint(content)))
    assert "nowhere" not in shown()
    assert "The newest good words." in shown()


@pytest.mark.parametrize("origin", ["https://example.org", "http://127.0.0.1:8000"])
@pytest.mark.parametrize("switch", ["worker", "all"])
def test_the_remover_needs_no_content(content: Path, tmp_path: Path, switch: str, origin: str) -> None:
    malformed(content)
    variables = environment(content, tmp_path, tmp_path, TELLSOMEONE_KILL_SWITCH=switch, TELLSOMEONE_ORIGIN=origin)
    settings = read_settings(variables)
    library, site = first_site(settings)
    assert library is None
    clears = '"cache", "storage"' if switch == "all" else None
    cookie = site.leaving.cookie
    with TestClient(create_app(settings, site), base_url=origin, follow_redirects=False) as client:
        worker = client.get("/sw.js")
        assert (worker.status_code, worker.headers["cache-control"]) == (200, "no-cache")
        assert b"unregister" in worker.content
        assert worker.headers.get("clear-site-data") == clears
        for path in ("/", "/help", "/nothing-here"):
            page = client.get(path)
            assert (page.status_code, page.headers.get("clear-site-data")) == (503, clears)
            assert b'href="tel:999"' in page.content
            assert page.headers["cache-control"] == "no-store"
        assert client.get("/healthz").status_code == 200
        leave = client.get("/leave")
        assert (leave.status_code, leave.headers["location"], leave.headers["set-cookie"]) == (303, "/neutral", cookie)
        assert client.get("/help").headers["location"] == "/neutral"
        neutral = client.get("/neutral")
        assert neutral.status_code == 200
        assert b"999" not in neutral.content
        assert client.post("/clear").headers["clear-site-data"] == '"cache", "cookies", "storage"'


def test_content_that_appears_later_replaces_the_remover(content: Path, tmp_path: Path, cache: Path) -> None:
    away = content.rename(tmp_path / "away")
    variables = environment(content, tmp_path, cache, TELLSOMEONE_KILL_SWITCH="worker")
    with served(content, "--reload", **variables) as server:
        assert server.ask("/help").status == 503
        away.rename(content)
        wait_until(lambda: server.ask("/help").status == 200, "the site")
        assert b"unregister" in server.ask("/sw.js").body


def test_with_the_kill_switch_on_the_last_good_content_is_exported(
    content: Path, tmp_path: Path, saved_copy: SavedCopy
) -> None:
    malformed(content)
    variables = environment(content, saved_copy.copy_to(tmp_path / "data"), saved_copy.data / "cache")

    def build(kill_switch: str) -> subprocess.CompletedProcess[str]:
        env = {**os.environ, **variables, "TELLSOMEONE_KILL_SWITCH": kill_switch}
        return subprocess.run([COMMAND, "build", tmp_path / "out"], env=env, capture_output=True, text=True)

    refused = build("off")
    assert refused.returncode == 1
    assert "nothing was written" in refused.stderr
    assert not (tmp_path / "out").exists()
    built = build("all")
    assert "site.toml:1: error: malformed TOML" in built.stdout
    assert "THE LAST GOOD CONTENT IS BUILT INSTEAD" in built.stdout
    sitemap = (tmp_path / "out" / "sitemap.xml").read_bytes()
    assert sitemap == saved_copy.site.resources["/sitemap.xml"].body, "every page of the last good content"
    (tmp_path / "data" / COPY).unlink()
    assert "nothing was written" in build("all").stderr
