"""Keeps what the tests found; `python -m tests.leaving.table` writes it down as docs/leaving.md after a whole run."""

from __future__ import annotations

from collections import Counter
from typing import Any

from tests.leaving.matrix import CHECKS, COLUMNS, REASONS, STATES, Cell, every_cell, left_out
from tests.support.engines import NAMES
from tests.support.found import MARKS, keep, kept, said, worst
from tests.support.running import ROOT

PAGE = ROOT / "docs" / "leaving.md"
TABLE = "leaving"
LEGEND = (
    "✔ passed in the last whole run, ✘ failed, ? not run, · left out. Columns: C Chromium, "
    "F Firefox ESR, W WebKitGTK. In a cell, in this order: "
)


def outcome(item: Any, report: Any) -> dict[str, Any] | None:
    """What a test of a cell says for the table, or None where it is no test of a cell."""
    cell = getattr(item, "callspec", None) and item.callspec.params.get("cell")
    if not isinstance(cell, Cell):
        return None
    return {"check": cell.check, "cell": str(cell), "outcome": said(report), "notes": dict(item.user_properties)}


def remember(item: Any, report: Any) -> None:
    """Keeps the outcome of a test that has just ended."""
    if found := outcome(item, report):
        keep(TABLE, item, found)


def write() -> None:
    """The table of all that is remembered."""
    found = kept(TABLE)
    outcomes: dict[tuple[int, str], list[str]] = {}
    for each in found:
        outcomes.setdefault((each["check"], each["cell"]), []).append(each["outcome"])
    results = {key: worst(several) for key, several in outcomes.items()}
    PAGE.write_text("\n".join([*_head(results), *_rows(results), *_left_out(), *_measured(found), ""]))


def _of(cell: Cell, results: dict[tuple[int, str], str]) -> str:
    return results.get((cell.check, str(cell)), "waiting")


def _head(results: dict[tuple[int, str], str]) -> list[str]:
    cells = every_cell()
    out = Counter(reason for cell in cells if (reason := left_out(cell)))
    run = Counter(_of(cell, results) for cell in cells if not left_out(cell))
    counted = ", ".join(f"{number} {said}" for said, number in sorted(run.items()))
    return [
        "# Leaving: the thirty checks",
        "",
        "Written by `make prove`; the cells and the reasons stand in `tests/leaving/matrix.py`.",
        "",
        f"**{sum(run.values())} cells are tested: {counted}.** {sum(out.values())} more are left out, for the reasons"
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
            built = next(cell for cell in every_cell() if cell.state == "built")
            marks = [MARKS[_of(built, results)], *[""] * (len(columns) - 1)]
        else:
            marks = [
                " ".join(_mark(Cell(check, engine, window, state), results) for state in STATES)
                for engine, window in columns
            ]
        lines.append(f"| {check}. {name} | " + " | ".join(marks) + " |")
    return lines


def _mark(cell: Cell, results: dict[tuple[int, str], str]) -> str:
    return "·" if left_out(cell) else MARKS[_of(cell, results)]


def _left_out() -> list[str]:
    out: dict[str, list[Cell]] = {}
    for cell in every_cell():
        if reason := left_out(cell):
            out.setdefault(reason, []).append(cell)
    lines = ["", "## Left out, and why", "", "| cells | in checks | why |", "|---|---|---|"]
    for reason, cells in out.items():
        checks = ", ".join(map(str, sorted({cell.check for cell in cells})))
        lines.append(
            f"| {len(cells)} | {'all' if len({c.check for c in cells}) > 28 else checks} | {REASONS[reason]} |"
        )
    return lines


def _measured(found: list[dict[str, Any]]) -> list[str]:
    lines = ["", "## Measured in the same run", "", "| check | where | what | figure |", "|---|---|---|---|"]
    for each in sorted(found, key=lambda each: (each["check"], each["cell"])):
        engine, _, where = each["cell"].partition("-")
        for name, figure in each["notes"].items():
            lines.append(f"| {each['check']} | {NAMES.get(engine, engine)}, {where} | {name} | {figure} |")
    return lines


if __name__ == "__main__":
    write()
