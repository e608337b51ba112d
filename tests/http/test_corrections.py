"""`/corrections.json` from a running server: never stored, and new as soon as the content holds it."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

from server.content.reader import read_library
from tests.support.running import COMMAND, served, wait_until


def test_without_corrections_it_is_empty_and_not_stored(small: Path) -> None:
    with served(small) as server:
        answer = server.ask("/corrections.json")
    assert answer.status == 200
    assert answer.header("Cache-Control") == "no-store"
    assert answer.header("Content-Type") == "application/json"
    assert answer.header("ETag") is None
    assert json.loads(answer.body) == {"seq": 0, "numbers": {}}


def test_a_correction_reaches_a_running_server_and_its_pages(small: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "TELLSOMEONE_CONTENT": str(small), "TELLSOMEONE_DATA": str(tmp_path / "data")}

    def run(*arguments: str) -> str:
        return subprocess.run([COMMAND, *arguments], env=environment, check=True, capture_output=True, text=True).stdout

    site = small / "site.toml"
    number = f'href="{read_library(small).contact("childline").calls[0].href}"'.encode()
    site.write_text(site.read_text().replace("correction_keys = []\n", run("correct", "--make-key")))
    with served(small, "--reload") as server:
        assert number in server.ask("/help").body
        run("correct", "childline-phone", "--withdraw")
        wait_until(lambda: json.loads(server.ask("/corrections.json").body)["seq"] == 1, "the correction")
        answer = server.ask("/corrections.json")
        assert answer.body.decode() == (small / "corrections.json").read_text().strip()
        assert answer.header("Cache-Control") == "no-store"
        assert number not in server.ask("/help").body
        assert not (small / "corrections.pem").exists(), "the private key is no part of the content"
