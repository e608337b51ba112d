"""`/corrections.json` from a running server: never stored, and new as soon as the content holds it."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

from tests.support.running import COMMAND, Served, served, wait_until


def test_with_nothing_to_correct_it_is_a_plain_nothing_that_nobody_stores(server: Served) -> None:
    answer = server.ask("/corrections.json")
    assert answer.status == 200
    assert answer.header("Cache-Control") == "no-store"
    assert answer.header("Content-Type") == "application/json"
    assert answer.header("ETag") is None
    assert json.loads(answer.body) == {"seq": 0, "numbers": {}}


def test_a_correction_reaches_a_running_server_and_its_pages(content: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "TELLSOMEONE_CONTENT": str(content), "TELLSOMEONE_DATA": str(tmp_path / "data")}

    def run(*arguments: str) -> str:
        return subprocess.run([COMMAND, *arguments], env=environment, check=True, capture_output=True, text=True).stdout

    site = content / "site.toml"
    site.write_text(site.read_text().replace("correction_keys = []\n", run("correct", "--make-key")))
    with served(content, "--reload") as server:
        assert b'href="tel:08001111"' in server.ask("/help/talk").body
        run("correct", "childline-phone", "--withdraw")
        wait_until(lambda: json.loads(server.ask("/corrections.json").body)["seq"] == 1, "the correction")
        answer = server.ask("/corrections.json")
        assert answer.body.decode() == (content / "corrections.json").read_text().strip()
        assert answer.header("Cache-Control") == "no-store"
        assert b'href="tel:08001111"' not in server.ask("/help/talk").body
        assert not (content / "corrections.pem").exists(), "the private key is no part of the content"
