"""The table of leaving before any browser runs: nothing is left out without a reason."""

from __future__ import annotations

from tests.leaving import matrix
from tests.leaving.matrix import ALSO_IN_TEST, CHECKS, DEVICE, REASONS, every_case, left_out
from tests.support.running import ROOT


def test_every_check_is_a_test_somewhere() -> None:
    assert sorted(CHECKS) == list(range(1, 31))
    for check in CHECKS:
        assert matrix.tested(check), check


def test_every_case_is_tested_or_left_out_for_a_documented_reason() -> None:
    reasons = {reason for case in every_case() if (reason := left_out(case))}
    assert reasons == set(REASONS)


def test_what_the_sample_names_is_tested() -> None:
    named = {f"{case.check} {case}" for case in every_case() if not left_out(case)}
    assert set(ALSO_IN_TEST) <= named


def test_what_needs_a_real_phone_says_what_to_do_with_it() -> None:
    page = (ROOT / "docs" / "device-checks.md").read_text()
    for check in DEVICE:
        assert f"\n## Check {check}: " in page
