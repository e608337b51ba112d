"""Hooks of pytest: pictures of failed tests, and a second try for a test whose browser crashed."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections.abc import Iterator
from typing import Any

import pytest
from _pytest.runner import runtestprotocol

from tests.support import crashes
from tests.support.running import ROOT

_again: dict[str, str] = {}
"""The tests that ran again, and what had crashed."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Shuffles the modules, the same way in each run, so that waiting tests run beside computing ones."""
    if config.getoption("numprocesses", None) or hasattr(config, "workerinput"):
        items.sort(key=lambda item: hashlib.sha256(item.path.relative_to(ROOT).as_posix().encode()).digest())


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool:
    """Runs a test, once more with new fixtures if its browser crashed."""
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    crashes.ENDED.clear()
    reports = runtestprotocol(item, nextitem=nextitem, log=False)
    crash = next((report.crash for report in reports if getattr(report, "crash", None)), None)
    if crash:
        with contextlib.suppress(Exception):  # a crashed browser may fail to close
            item.session._setupstate.teardown_exact(None)
        asyncio._set_running_loop(None)  # a Playwright that crashed leaves its own behind
        item._initrequest()  # type: ignore[attr-defined]
        crashes.ENDED.clear()
        reports = runtestprotocol(item, nextitem=nextitem, log=False)
        for report in reports:
            report.crashed_before = crash
    for report in reports:
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Lets a test without a browser run its own event loop: Playwright's is there for the whole session."""
    loop = None if "playwright" in getattr(item, "fixturenames", ()) else asyncio._get_running_loop()
    if loop:
        asyncio._set_running_loop(None)
    try:
        return (yield)
    finally:
        if loop:
            asyncio._set_running_loop(loop)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    outcome: Any = yield
    report = outcome.get_result()
    if report.failed and call.excinfo and call.when != "teardown":
        report.crash = crashes.crash_in(call.excinfo.value)
        if pictures := crashes.take_pictures(getattr(item, "funcargs", {}).values()):
            report.sections.append(("pictures of the pages", "\n".join(pictures)))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if crash := getattr(report, "crashed_before", None):
        _again[report.nodeid] = crash


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if _again:
        terminalreporter.section(f"{len(_again)} run again after a crash")
        for test, crash in _again.items():
            terminalreporter.line(f"{test}: {crash}")
