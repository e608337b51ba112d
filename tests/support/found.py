"""The outcomes of a whole run's tests, saved until a command writes them into a page of docs/."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from tests.support.running import ROOT

FOUND = ROOT / ".tools" / "found"
"""One file per test, so that several processes may write at once. `make prove` empties it."""
MARKS = {"passed": "✔", "failed": "✘", "waiting": "?"}
WORST = ("failed", "waiting", "passed")


def outcome_of(report: Any) -> str:
    """The outcome in a report of pytest: `passed`, `failed`, or `waiting` for a skipped test."""
    return "waiting" if report.skipped else str(report.outcome)


def save_outcome(table: str, item: Any, found: dict[str, Any]) -> None:
    """Saves the outcome of a test, for the table of that name."""
    folder = FOUND / table
    folder.mkdir(parents=True, exist_ok=True)
    name = "".join(letter if letter.isalnum() else "-" for letter in item.name)
    (folder / f"{name}.json").write_text(json.dumps(found))


def saved_outcomes(table: str) -> list[dict[str, Any]]:
    """Every saved outcome for a table."""
    return [json.loads(file.read_text()) for file in sorted((FOUND / table).glob("*.json"))]


def worst(outcomes: Iterable[str]) -> str:
    """The worst of several outcomes; `waiting` if there are none."""
    return min(outcomes, key=WORST.index, default="waiting")
