"""Content that changes while the server runs: the site is rebuilt and replaced, or the error is logged."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest

from server.content.reader import read_library
from server.serve.background import supervised
from server.settings import read_settings
from server.site.build import build_site
from tests.support.running import served, wait_until


@pytest.fixture
def content(small: Path) -> Path:
    return small


def test_a_change_is_served_and_a_broken_one_keeps_the_last_good_site(content: Path, tmp_path: Path) -> None:
    log = tmp_path / "log"
    page = content / "pages" / "what-is-it.md"
    good = page.read_text()
    with served(content, "--reload", log=log) as server:
        before = server.ask("/release.json").body
        old_script = next(a for a in server.ask("/").body.decode().split('"') if a.startswith("/assets/save."))

        page.write_text(good + "\nA line that was added.\n")
        wait_until(lambda: server.ask("/release.json").body != before, "the changed release")
        assert b"A line that was added." in server.ask("/what-is-it").body
        assert server.ask(old_script).status == 200, "pages that are still open may request it"
        changed = server.ask("/release.json").body

        page.write_text(good + "\nGo to [nowhere](/nowhere-at-all).\n")
        wait_until(lambda: "/nowhere-at-all" in log.read_text(), "the refusal in the log")
        assert "what-is-it.md" in log.read_text()
        assert "last good release stays" in log.read_text()
        assert "Traceback" not in log.read_text()
        assert server.ask("/release.json").body == changed
        assert b"A line that was added." in server.ask("/what-is-it").body

        page.write_text(good)
        wait_until(lambda: server.ask("/release.json").body == before, "the restored release")


def add_line(content: Path, words: str) -> Path:
    page = content / "pages" / "what-is-it.md"
    page.write_text(page.read_text(encoding="utf-8") + f"\n{words}\n", encoding="utf-8")
    return content


def test_content_is_watched_however_it_is_replaced(content: Path, tmp_path: Path) -> None:
    one, two, three, four = (Path(shutil.copytree(content, tmp_path / name)) for name in ("1", "2", "3", "4"))
    link = tmp_path / "link"
    link.symlink_to(one)
    with served(link, "--reload") as server:

        def shows(words: str) -> None:
            wait_until(lambda: words.encode() in server.ask("/what-is-it").body, words)

        add_line(two, "The link was turned.")
        other = tmp_path / "other"
        other.symlink_to(two)
        other.rename(link)
        shows("The link was turned.")
        add_line(two, "An edit behind the link.")
        shows("An edit behind the link.")
        add_line(three, "A folder was renamed into place.")
        two.rename(tmp_path / "away")
        three.rename(two)
        shows("A folder was renamed into place.")
        add_line(two, "An edit in the renamed folder.")
        shows("An edit in the renamed folder.")
        shutil.rmtree(two)
        assert server.ask("/help").status == 200, "the last good site stays"
        add_line(four, "The folder was put back.").rename(two)
        shows("The folder was put back.")


def test_an_edit_changes_the_bytes_of_no_other_page(content: Path, tmp_path: Path) -> None:
    settings = read_settings({"TELLSOMEONE_CONTENT": str(content), "TELLSOMEONE_DATA": str(tmp_path)})
    before = build_site(read_library(content), settings)
    after = build_site(read_library(add_line(content, "One line more.")), settings)
    changed = {path for path in before.resources if after.resources.get(path) != before.resources[path]}
    packs = {path for path in changed if path.startswith("/pack/en.")}
    assert changed - packs == {"/what-is-it", "/sw.js", "/release.json"}
    assert len(packs) == 1


def test_a_task_that_ends_is_logged_and_restarted(caplog: pytest.LogCaptureFixture) -> None:
    runs: list[str] = []

    async def fails_twice() -> None:
        runs.append("run")
        if len(runs) == 1:
            raise OSError("no more watches")
        if len(runs) == 3:
            again.set()

    async def live() -> None:
        task = asyncio.create_task(supervised("watching", fails_twice, pause=0.01))
        await asyncio.wait_for(again.wait(), 60)
        task.cancel()

    again = asyncio.Event()
    asyncio.run(live())
    assert "watching failed; it restarts" in caplog.text
    assert "watching ended; it restarts" in caplog.text


def test_with_no_last_good_content_serve_does_not_start_on_broken_content(content: Path, tmp_path: Path) -> None:
    (content / "site.toml").write_text("name = [")
    log = tmp_path / "log"
    try:
        with served(content, log=log, TELLSOMEONE_DATA=str(tmp_path / "data")):
            raise RuntimeError("served broken content")
    except AssertionError:
        assert "site.toml:1: error: malformed TOML" in log.read_text()


def test_the_log_holds_no_address_and_no_path(content: Path, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with served(content, log=log) as server:
        server.ask("/help")
        server.ask("/nothing", "POST")
        server.raw(b"nonsense\r\n\r\n")
    text = log.read_text().replace(f"http://127.0.0.1:{server.port}", "")
    assert "127.0.0.1" not in text
    assert "/help" not in text
