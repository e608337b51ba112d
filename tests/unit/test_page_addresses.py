"""Addresses of pages: reserved ones, two of the same, and those that go with a kind."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from starlette.routing import Route

from server.addresses import is_reserved
from server.content.checks import read_checked
from server.content.reader import read_library
from server.serve.app import create_app
from server.settings import read_settings
from server.site.build import build_site
from server.site.export import export_site
from tests.support.editing import errors
from tests.support.running import CACHE, ROOT

PAGE = "pages/help.md"


def page(folder: Path, name: str) -> str:
    """Adds a page, and returns its file."""
    file = folder / "pages" / f"{name}.md"
    file.parent.mkdir(parents=True, exist_ok=True)
    text = (folder / PAGE).read_text()
    file.write_text(re.sub("(?m)^title = .*", f'title = "Of {name}"', text))
    return f"content/pages/{name}.md"


RESERVED = ["404", "405", "assets", "cleared", "empty", "healthz", "leave", "leave/app", "pack", "start", "start/again"]


@pytest.mark.parametrize("name", [*RESERVED, "alerts", "alerts/key", "assets/index"])
def test_a_page_with_a_reserved_address_is_refused(small: Path, name: str) -> None:
    page(small, name.split("/")[0])
    file = page(small, name)
    address = f"/{name}".removesuffix("/index")
    message = f"the address {address} belongs to the server: rename the file or its folder"
    assert f"{file}:1: error: {message}" in errors(small)


def test_every_address_that_is_answered_is_reserved_or_a_page(small: Path, tmp_path: Path) -> None:
    settings = read_settings({"TELLSOMEONE_CACHE": str(CACHE), "TELLSOMEONE_DATA": str(tmp_path / "data")})
    library = read_checked(small)
    site = build_site(library, settings)
    export_site(site, tmp_path / "out")
    answered = {*site.resources, *site.leaving.moves}
    answered |= {resource.path for resource in (site.not_found, site.not_allowed, site.cleared)}
    answered |= set(re.findall(r"location = (\S+)", (tmp_path / "out" / "nginx.conf").read_text()))
    answered |= {f"/{file.name}" for file in (tmp_path / "out").iterdir()}
    answered |= {route.path for route in create_app(settings, site).alerts.routes if isinstance(route, Route)}
    others = {path.rstrip("/") or "/" for path in answered} - {page.path for page in library.pages}
    assert {path for path in others if "." not in path and not is_reserved(path)} == set()
    assert not any(is_reserved(page.path) for page in read_library(ROOT / "content").pages)


@pytest.mark.parametrize(
    ("name", "other"), [("help/index", "help"), ("index/index", "index"), ("help/index/index", "help")]
)
def test_two_files_with_the_same_address_are_refused(small: Path, name: str, other: str) -> None:
    file = page(small, name)
    path = "/" if other == "index" else "/help"
    [message] = [message for message in errors(small) if "too: rename one of them" in message]
    assert f"its address, {path}, is that of content/pages/" in message
    assert {file, f"content/pages/{other}.md"} == set(re.findall(r"content/pages/[\w/]+\.md", message))


@pytest.mark.parametrize("name", ["Help", "Help/index", "HELP", "héłp", "new page", "new_page"])
def test_a_file_name_that_cannot_be_an_address_is_refused(small: Path, name: str) -> None:
    file = page(small, name)
    expected = f"{file}:1: error: name the file with small letters"
    assert any(message.startswith(expected) for message in errors(small))


@pytest.mark.parametrize(
    ("name", "kind"), [("help", "neutral"), ("help", "home"), ("neutral", "page"), ("index", "page")]
)
def test_a_kind_of_page_with_a_fixed_address_is_refused_elsewhere(small: Path, name: str, kind: str) -> None:
    file = small / "pages" / f"{name}.md"
    file.write_text(re.sub("(?m)^kind = .*", f'kind = "{kind}"', file.read_text()))
    expected = f"content/pages/{name}.md:5: error: the page /"
    assert any(message.startswith(expected) for message in errors(small))
