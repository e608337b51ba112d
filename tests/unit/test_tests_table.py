"""The table of `docs/tests.md` names files that exist, and the parts that `make test` knows."""

from __future__ import annotations

import re
import subprocess

import pytest

from tests.support.running import ROOT

NAMED = re.findall(r"`(tests/[\w/]+\.py)`", (ROOT / "docs" / "tests.md").read_text())
PARTS = ("unit", "http", "browser", "offline", "leaving", "alerts")


def test_every_file_of_the_table_exists() -> None:
    assert len(NAMED) > 20
    assert [name for name in NAMED if not (ROOT / name).is_file()] == []


@pytest.mark.parametrize("part", PARTS)
def test_each_part_of_make_test_is_a_folder_and_in_the_table(part: str) -> None:
    assert any(name.startswith(f"tests/{part}/") for name in NAMED)
    assert subprocess.run(["make", "-s", "known-part", f"ONLY={part}"], cwd=ROOT).returncode == 0


def test_an_unknown_part_is_refused_in_one_line() -> None:
    asked = subprocess.run(["make", "-s", "known-part", "ONLY=nope"], cwd=ROOT, capture_output=True, text=True)
    assert asked.returncode != 0
    first, *rest = asked.stderr.splitlines()
    assert first == f"ONLY is 'nope': name one of {' '.join(PARTS)}."
    assert len(rest) <= 1, "make's own word, and no more"
