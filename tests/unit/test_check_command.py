"""The command `tellsomeone check`."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from tests.support.editing import append
from tests.support.running import COMMAND


def test_an_error_is_printed_with_path_and_line_and_the_exit_code_is_1(content: Path) -> None:
    line = append(content / "pages" / "signs.md", "See [this](/what-is-this).")
    ran = subprocess.run([COMMAND, "check", content], capture_output=True, text=True)
    assert ran.returncode == 1
    assert f"content/pages/signs.md:{line}: error: the link to /what-is-this leads nowhere" in ran.stdout
    as_json = subprocess.run([COMMAND, "check", "--json", content], capture_output=True, text=True)
    assert as_json.returncode == 1
    assert json.loads(as_json.stdout)[0]["line"] == line


def test_a_folder_that_does_not_exist_is_reported(tmp_path: Path) -> None:
    ran = subprocess.run([COMMAND, "check", tmp_path / "none"], capture_output=True, text=True)
    assert ran.returncode == 1
    message = "there is no such folder: name the content folder, or set TELLSOMEONE_CONTENT"
    assert ran.stdout == f"{tmp_path / 'none'}:1: error: {message}\n"
