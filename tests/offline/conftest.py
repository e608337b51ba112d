"""Fills the table of the forty-five cases in a whole run."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.offline import table
from tests.support.sampling import WHOLE


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    outcome = yield
    report = outcome.get_result()
    if WHOLE and (report.when == "call" or (report.when == "setup" and not report.passed)):
        table.remember(item, report)
