"""Fixtures for leaving: engines, a built site, the pages before and after. In a whole run, saves the outcomes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Playwright

from tests.leaving import table
from tests.leaving.matrix import Case
from tests.leaving.outside import Outside
from tests.leaving.serving import SiteProcess, certificate
from tests.leaving.visit import BEFORE, GOAL, Visit, visiting
from tests.support import engines as support
from tests.support.engines import Engines
from tests.support.missing import lacking
from tests.support.sampling import WHOLE

Note = Callable[[str, Any], None]


@pytest.fixture(scope="package")
def engines(playwright: Playwright) -> Iterator[Engines]:
    with support.engines(playwright) as running:
        yield running


@pytest.fixture(scope="session")
def goal() -> Iterator[Outside]:
    outside = Outside(GOAL)
    yield outside
    outside.close()


@pytest.fixture(scope="session")
def before() -> Iterator[Outside]:
    outside = Outside(BEFORE)
    yield outside
    outside.close()


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("leaving")


@pytest.fixture(scope="session")
def site(goal: Outside, folder: Path) -> Iterator[SiteProcess]:
    site_process = SiteProcess(goal.url + "/", folder)
    yield site_process
    site_process.close()


@pytest.fixture(scope="session")
def secure_site(goal: Outside, folder: Path) -> Iterator[SiteProcess]:
    site_process = SiteProcess(goal.url + "/", folder, certificate=certificate(folder))
    yield site_process
    site_process.close()


@pytest.fixture(scope="session")
def nowhere_site(folder: Path) -> Iterator[SiteProcess]:
    """A site whose destination has an unknown host name."""
    site_process = SiteProcess("http://weather.invalid/", folder)
    yield site_process
    site_process.close()


@pytest.fixture
def note(record_property: Callable[[str, object], None]) -> Note:
    """Records a measurement for the table."""

    def write(name: str, value: Any) -> None:
        print(f"{name}: {value}")
        record_property(name, str(value))

    return write


@pytest.fixture
def engine_there(request: pytest.FixtureRequest) -> None:
    letter = getattr(request.getfixturevalue("case"), "engine", request.getfixturevalue("case"))
    if problem := support.missing(letter):
        lacking(problem)


@pytest.fixture
def visit(
    case: Case, engine_there: None, engines: Engines, site: SiteProcess, goal: Outside, before: Outside, note: Note
) -> Iterator[Visit]:
    with visiting(case, engines, site, goal, before, note) as running:
        yield running


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    outcome = yield
    report = outcome.get_result()
    if WHOLE and (report.when == "call" or (report.when == "setup" and not report.passed)):
        table.remember(item, report)
