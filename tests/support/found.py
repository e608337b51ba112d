"""What the tests of a whole run found, kept until a command writes it down as a page of docs/."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from tests.support.running import ROOT

FOUND = ROOT / ".tools" / "found"
"""One file a test, so that any number of processes may write at once. `make prove` empties it."""
MARKS = {"passed": "✔", "failed": "✘", "waiting": "?"}
WORST = ("failed", "waiting", "passed")


def said(report: Any) -> str:
    """What a report of pytest says of a test: `passed`, `failed`, or `waiting` for one that was skipped."""
    return "waiting" if report.skipped else str(report.outcome)


def keep(table: str, item: Any, found: dict[str, Any]) -> None:
    """Keeps what a test found, for the table of that name."""
    folder = FOUND / table
    folder.mkdir(parents=True, exist_ok=True)
    name = "".join(letter if letter.isalnum() else "-" for letter in item.name)
    (folder / f"{name}.json").write_text(json.dumps(found))


def kept(table: str) -> list[dict[str, Any]]:
    """All that was kept for a table."""
    return [json.loads(file.read_text()) for file in sorted((FOUND / table).glob("*.json"))]


def worst(outcomes: Iterable[str]) -> str:
    """One outcome of several: the worst; of none, that it is still waited for."""
    return min(outcomes, key=WORST.index, default="waiting")
