"""Saves the outcomes of the tests; `python -m tests.leaving.table` writes docs/leaving.md after a whole run."""

from __future__ import annotations

from collections import Counter
from typing import Any

from tests.leaving.matrix import CHECKS, COLUMNS, REASONS, STATES, Case, every_case, left_out
from tests.support.engines import NAMES
from tests.support.found import MARKS, outcome_of, save_outcome, saved_outcomes, worst
from tests.support.running import ROOT

PAGE = ROOT / "docs" / "leaving.md"
TABLE = "leaving"
LEGEND = (
    "✔ passed in the last whole run, ✘ failed, ? not run, · left out. Columns: C Chromium, "
    "F Firefox ESR, W WebKitGTK. In a cell, in this order: "
)


def outcome(item: Any, report: Any) -> dict[str, Any] | None:
    """The entry of a test in the table, or None if it isn't a test of a case."""
    case = getattr(item, "callspec", None) and item.callspec.params.get("case")
    if not isinstance(case, Case):
        return None
    return {"check": case.check, "case": str(case), "outcome": outcome_of(report), "notes": dict(item.user_properties)}


def remember(item: Any, report: Any) -> None:
    """Saves the outcome of a test that has just ended."""
    if found := outcome(item, report):
        save_outcome(TABLE, item, found)


def write() -> None:
    """Writes the table of all saved outcomes."""
    found = saved_outcomes(TABLE)
    outcomes: dict[tuple[int, str], list[str]] = {}
    for each in found:
        outcomes.setdefault((each["check"], each["case"]), []).append(each["outcome"])
    results = {key: worst(several) for key, several in outcomes.items()}
    PAGE.write_text("\n".join([*_head(results), *_rows(results), *_left_out(), *_measured(found), ""]))


def _of(case: Case, results: dict[tuple[int, str], str]) -> str:
    return results.get((case.check, str(case)), "waiting")


def _head(results: dict[tuple[int, str], str]) -> list[str]:
    cases = every_case()
    out = Counter(reason for case in cases if (reason := left_out(case)))
    run = Counter(_of(case, results) for case in cases if not left_out(case))
    counted = ", ".join(f"{number} {result}" for result, number in sorted(run.items()))
    return [
        "# Leaving: the thirty checks",
        "",
        "Written by `make prove`; the cases and the reasons are in `tests/leaving/matrix.py`.",
        "",
        f"**{sum(run.values())} cases are tested: {counted}.** {sum(out.values())} more are left out, for the reasons"
        " below.",
        "",
        LEGEND + "; ".join(f"{text}" for text in STATES.values()) + ".",
        "",
    ]


def _rows(results: dict[tuple[int, str], str]) -> list[str]:
    columns = [column for column in COLUMNS if column[1] == "tab" or column[0] == "C"]
    lines = ["| check | " + " | ".join(f"{engine} {window}" for engine, window in columns) + " |"]
    lines.append("|---|" + "---|" * len(columns))
    for check, name in CHECKS.items():
        if check == 25:
            built = next(case for case in every_case() if case.state == "built")
            marks = [MARKS[_of(built, results)], *[""] * (len(columns) - 1)]
        else:
            marks = [
                " ".join(_mark(Case(check, engine, window, state), results) for state in STATES)
                for engine, window in columns
            ]
        lines.append(f"| {check}. {name} | " + " | ".join(marks) + " |")
    return lines


def _mark(case: Case, results: dict[tuple[int, str], str]) -> str:
    return "·" if left_out(case) else MARKS[_of(case, results)]


def _left_out() -> list[str]:
    out: dict[str, list[Case]] = {}
    for case in every_case():
        if reason := left_out(case):
            out.setdefault(reason, []).append(case)
    lines = ["", "## Left out, and why", "", "| cases | in checks | why |", "|---|---|---|"]
    for reason, cases in out.items():
        checks = ", ".join(map(str, sorted({case.check for case in cases})))
        lines.append(
            f"| {len(cases)} | {'all' if len({c.check for c in cases}) > 28 else checks} | {REASONS[reason]} |"
        )
    return lines


def _measured(found: list[dict[str, Any]]) -> list[str]:
    lines = ["", "## Measured in the same run", "", "| check | where | what | figure |", "|---|---|---|---|"]
    for each in sorted(found, key=lambda each: (each["check"], each["case"])):
        engine, _, where = each["case"].partition("-")
        for name, figure in each["notes"].items():
            lines.append(f"| {each['check']} | {NAMES.get(engine, engine)}, {where} | {name} | {figure} |")
    return lines


if __name__ == "__main__":
    write()
