"""The command without a UTF-8 locale, and without space on the disk."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from server.content.last_good import LastGood
from tests.conftest import CONTENT
from tests.support.running import CACHE, COMMAND, ROOT

PLAIN = {
    **os.environ,
    "TELLSOMEONE_CONTENT": str(CONTENT),
    "TELLSOMEONE_CACHE": str(CACHE),
    "LC_ALL": "C",
    "PYTHONUTF8": "0",
    "PYTHONCOERCECLOCALE": "0",
}


def test_every_file_is_opened_with_an_encoding() -> None:
    ruff = Path(sys.executable).with_name("ruff")
    ran = subprocess.run(
        [ruff, "check", "--isolated", "--preview", "--select", "PLW1514", ROOT / "server"],
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stdout


@pytest.mark.parametrize("arguments", [["check"], ["check", "--launch"], ["check", "--due", "--on", "2028-01-01"]])
def test_the_command_works_without_a_utf_8_locale(arguments: list[str]) -> None:
    ran = subprocess.run([COMMAND, *arguments], env=PLAIN, capture_output=True)
    assert ran.returncode == 0, ran.stderr
    assert b"Traceback" not in ran.stderr


def test_the_built_site_is_the_same_in_every_locale(tmp_path: Path) -> None:
    data = {"TELLSOMEONE_DATA": str(tmp_path / "data")}
    for name, environment in (("one", PLAIN), ("two", {**PLAIN, "LC_ALL": "C.UTF-8", "PYTHONUTF8": "1"})):
        command = [COMMAND, "build", tmp_path / name]
        subprocess.run(command, env={**environment, **data}, check=True, stdout=subprocess.DEVNULL)
    assert LastGood(tmp_path / "data").read(), "the built content is stored"
    assert not subprocess.run(["diff", "-r", tmp_path / "one", tmp_path / "two"], capture_output=True).stdout


def test_a_build_on_a_full_disk_leaves_the_old_site_unchanged(tmp_path: Path) -> None:
    """A limit of 100 KB on the size of files stands for the full disk."""
    out = tmp_path / "site"
    out.mkdir()
    (out / ".tellsomeone").write_text("an older build")
    code = (
        "import os, resource; resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000)); "
        f"os.execv({str(COMMAND)!r}, ['tellsomeone', 'build', {str(out)!r}])"
    )
    for _ in range(2):
        ran = subprocess.run([sys.executable, "-c", code], env=PLAIN, capture_output=True, text=True)
        assert ran.returncode == 1
        assert ran.stderr.startswith(f"Error: {out} can't be written: ") and "Traceback" not in ran.stderr
        assert [file.name for file in tmp_path.iterdir()] == ["site"]
        assert (out / ".tellsomeone").read_text() == "an older build"
