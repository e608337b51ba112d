"""New files are written atomically and overwrite nothing, also on file systems without hard links."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from server.new_file import write_new
from tests.support.no_links import NUMBERS
from tests.support.running import COMMAND, ROOT

pytestmark = pytest.mark.skipif(platform.machine() not in NUMBERS, reason="its system calls aren't known here")
CODE = """
import os, pathlib, sys
from tests.support.no_links import forbid_links
from server.new_file import write_new
forbid_links()
try:
    os.link(sys.executable, sys.argv[1])
except PermissionError:
    pass
else:
    sys.exit("there are links after all")
for data in (b"first", b"second"):
    try:
        write_new(pathlib.Path(sys.argv[1]), data)
    except FileExistsError:
        print("is there")
"""


def without_links(*command: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tests.support.no_links", *command],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
    )


def test_no_file_is_overwritten_with_or_without_hard_links(tmp_path: Path) -> None:
    file = tmp_path / "file"
    ran = subprocess.run([sys.executable, "-c", CODE, file], cwd=ROOT, capture_output=True, text=True)
    assert (ran.returncode, ran.stdout) == (0, "is there\n"), ran.stderr
    assert file.read_bytes() == b"first"
    with pytest.raises(FileExistsError):
        write_new(file, b"third")
    write_new(tmp_path / "other", b"new")
    assert {file.name: file.stat().st_mode & 0o777 for file in tmp_path.iterdir()} == {"file": 0o600, "other": 0o600}


def test_keys_and_backups_are_made_without_hard_links(tmp_path: Path) -> None:
    data, backup = {"TELLSOMEONE_DATA": str(tmp_path / "data")}, tmp_path / "backup.sqlite"
    for words in (["keys", "make"], ["keys", "rotate"], ["backup", str(backup)]):
        ran = without_links(COMMAND, "alerts", *words, **data)
        assert ran.returncode == 0, ran.stderr
    ran = without_links(COMMAND, "correct", "--make-key", **data)
    assert ran.returncode == 0, ran.stderr
    keys = sorted(file.name for file in (tmp_path / "data" / "keys").iterdir())
    assert keys == ["vapid-0001.pem", "vapid-0002.pem"]
    assert backup.read_bytes().startswith(b"SQLite format 3")
    again = without_links(COMMAND, "alerts", "backup", str(backup), **data)
    assert "already exists" in again.stderr
    assert [file.name for file in tmp_path.glob("*backup*")] == [backup.name]
