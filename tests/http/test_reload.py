"""Content that changes under a running server: pressed again and swapped in whole, or refused and said so."""

from __future__ import annotations

from pathlib import Path

from tests.support.running import served, wait_until


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
        assert server.ask(old_script).status == 200, "a page still open may ask for it"
        changed = server.ask("/release.json").body

        page.write_text(good + "\nGo to [nowhere](/nowhere-at-all).\n")
        wait_until(lambda: "/nowhere-at-all" in log.read_text(), "the refusal in the log")
        assert "what-is-it.md" in log.read_text()
        assert "last good release stays" in log.read_text()
        assert server.ask("/release.json").body == changed
        assert b"A line that was added." in server.ask("/what-is-it").body

        page.write_text(good)
        wait_until(lambda: server.ask("/release.json").body == before, "the mended release")


def test_serve_does_not_start_on_broken_content(content: Path, tmp_path: Path) -> None:
    (content / "site.toml").write_text("name = [")
    log = tmp_path / "log"
    try:
        with served(content, log=log):
            raise RuntimeError("served broken content")
    except AssertionError:
        assert "site.toml:1: error: malformed TOML" in log.read_text()


def test_the_log_holds_no_address_and_no_path(content: Path, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with served(content, log=log) as server:
        server.ask("/help")
        server.ask("/nothing", "POST")
        server.raw(b"nonsense\r\n\r\n")
    said = log.read_text().replace(f"http://127.0.0.1:{server.port}", "")
    assert "127.0.0.1" not in said
    assert "/help" not in said
