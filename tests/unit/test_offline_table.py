"""The table of offline before any browser runs: every case is a test somewhere."""

from __future__ import annotations

import re

from tests.offline.table import CASES, DEVICE, cases_of
from tests.support.running import ROOT


def test_every_case_is_a_test_somewhere() -> None:
    files = (ROOT / "tests" / "offline").glob("test_*.py")
    names = [name for file in files for name in re.findall(r"^def (test_\w+)", file.read_text(), re.MULTILINE)]
    assert sorted(CASES) == list(range(1, 46))
    assert set(CASES) - {case for name in names for case in cases_of(name)} == set()


def test_what_needs_a_real_iphone_says_what_to_do_with_it() -> None:
    page = (ROOT / "docs" / "device-checks.md").read_text()
    for case in DEVICE:
        assert f"Case {case}:" in page, case
