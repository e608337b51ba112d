"""Fixtures for all tests: the content, a copy to break, the built Site, a running server, a browser."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Playwright, sync_playwright

from server.content.model import Library
from server.content.reader import read_library
from server.settings import read_settings
from server.site.build import build_site
from server.site.compress import compress_best
from server.site.resource import Site
from tests.support import hooks
from tests.support.browsers import PHONE, launch, profile
from tests.support.day import machines_clock, stop_clock
from tests.support.edge import Edge
from tests.support.own import OwnServer
from tests.support.running import CACHE, ROOT, Destination, Served, free_port, served
from tests.support.sampling import WHOLE
from tests.support.small import small_content

CONTENT = ROOT / "content"


def pytest_configure(config: pytest.Config) -> None:
    stop_clock()
    os.environ["TELLSOMEONE_CACHE"] = str(
        CACHE
    )  # for the commands that tests run, so that none compresses the site again
    config.pluginmanager.register(hooks)


@pytest.fixture(scope="session")
def library() -> Library:
    return read_library(CONTENT)


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """A copy of the content that a test may break."""
    return Path(shutil.copytree(CONTENT, tmp_path / "content"))


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """Small content without corrections: quick to build, and no editor changes it."""
    return small_content(tmp_path / "content")


@pytest.fixture(scope="session")
def destination() -> Iterator[Destination]:
    """The destination of leaving, for every test that leaves."""
    page = Destination()
    yield page
    page.close()


@pytest.fixture(scope="session")
def nowhere() -> str:
    """A destination where nothing listens."""
    return f"http://127.0.0.1:{free_port()}/"


@pytest.fixture(scope="session")
def server(destination: Destination) -> Iterator[Served]:
    """A server shared by all tests that don't change it."""
    with served(CONTENT, TELLSOMEONE_EXIT_URL=destination.url + "/") as running:
        yield running


@pytest.fixture(scope="session")
def site(library: Library, server: Served) -> Site:
    """The site that `server` serves, fully compressed."""
    settings = read_settings({"TELLSOMEONE_ORIGIN": server.url, "TELLSOMEONE_CACHE": str(CACHE), **server.environment})
    return compress_best(build_site(library, settings), CACHE)


@pytest.fixture(scope="session")
def one_own_server(library: Library, destination: Destination) -> Iterator[OwnServer]:
    running = OwnServer(library, destination.url + "/")
    yield running
    running.stop()


@pytest.fixture
def own_server(one_own_server: OwnServer) -> OwnServer:
    """A server for one test alone, which may stop it."""
    one_own_server.reset()
    return one_own_server


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with contextlib.ExitStack() as stack:
        with machines_clock():
            running = stack.enter_context(sync_playwright())
        yield running


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    running = launch(playwright)
    yield running
    running.close()


@pytest.fixture
def context(playwright: Playwright, browser: Browser) -> Iterator[BrowserContext]:
    """A phone for one test. In `make prove` it has a profile on disk, else a private window, which starts faster."""
    with contextlib.ExitStack() as stack:
        if WHOLE:
            yield stack.enter_context(profile(playwright, viewport=PHONE))
        else:
            yield stack.enter_context(contextlib.closing(browser.new_context(viewport=PHONE)))


@pytest.fixture
def disk(playwright: Playwright) -> Iterator[BrowserContext]:
    """A phone for one test, with a profile on disk."""
    with profile(playwright, viewport=PHONE) as running:
        yield running


@pytest.fixture(scope="session")
def one_edge(library: Library, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edge]:
    running = Edge(library, tmp_path_factory.mktemp("edge"))
    yield running
    running.stop()


@pytest.fixture
def edge(one_edge: Edge) -> Iterator[Edge]:
    """A server that one test may stop, give another release or corrections, and have answer wrongly."""
    yield one_edge
    one_edge.reset()
