"""Imports run one way, as docs/architecture.md says: what a folder may import, and who may know the alerts."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from tests.support.running import ROOT

SERVER = ROOT / "server"
MAY_IMPORT = {
    "content": {"addresses", "origin", "cache", "clock", "new_file", "corrections"},
    "corrections": {"content", "p256", "new_file"},
    "site": {"addresses", "content", "corrections", "settings", "cache", "clock", "new_file"},
    "serve": {"addresses", "content", "site", "alerts", "settings", "cache", "clock"},
    "alerts": {"addresses", "p256", "clock", "new_file"},
    "addresses": set(),
    "cache": set(),
    "clock": set(),
    "new_file": set(),
    "where": {"settings"},
    "settings": {"clock", "origin"},
    "origin": set(),
    "p256": set(),
    "cli": {
        "content",
        "corrections",
        "site",
        "serve",
        "alerts",
        "where",
        "settings",
        "origin",
        "cache",
        "clock",
        "new_file",
    },
}
"""What each room imports of the others. Content and corrections are read and checked together: no module of either
imports in a circle (`test_no_module_imports_itself_through_others`)."""
LONGEST = 300


def room(module: str) -> str:
    return module.split(".")[1] if "." in module else module


def imported(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


MODULES = sorted(SERVER.rglob("*.py"))


@pytest.mark.parametrize("file", MODULES, ids=lambda file: str(file.relative_to(SERVER)))
def test_imports_run_one_way(file: Path) -> None:
    own = room(".".join(("server", *file.relative_to(SERVER).with_suffix("").parts)))
    if own == "__init__":
        return
    others = {room(name) for name in imported(file) if name.startswith("server.")} - {own, "server"}
    assert others <= MAY_IMPORT[own], f"{file.name} may not lean on {others - MAY_IMPORT[own]}"


def test_no_module_imports_itself_through_others() -> None:
    imports: dict[str, set[str]] = {}
    for file in MODULES:
        name = ".".join(("server", *file.relative_to(SERVER).with_suffix("").parts)).removesuffix(".__init__")
        imports[name] = {each for each in imported(file) if each.startswith("server.")}
    graph = {name: {each for each in found if each in imports} for name, found in imports.items()}
    assert list(TopologicalSorter(graph).static_order())


def test_only_the_app_and_the_command_know_the_alerts() -> None:
    knowing = {
        file.relative_to(SERVER).as_posix()
        for file in MODULES
        if any(n.startswith("server.alerts") for n in imported(file))
    }
    assert {name for name in knowing if not name.startswith("alerts/")} == {
        "serve/app.py",
        "cli/alerts.py",
    }


def test_content_knows_nothing_of_pages_and_requests() -> None:
    for file in (SERVER / "content").glob("*.py"):
        assert not {name.split(".")[0] for name in imported(file)} & {"starlette", "jinja2", "sqlalchemy"}


@pytest.mark.parametrize("file", MODULES, ids=lambda file: str(file.relative_to(SERVER)))
def test_no_module_is_too_long_to_read(file: Path) -> None:
    assert len(file.read_text().splitlines()) <= LONGEST
