"""The forty-five failure cases of docs/offline.md, which `python -m tests.offline.table` writes.

A test says by its name which cases it proves: `test_01_02_…`.
"""

from __future__ import annotations

import re
from typing import Any

from tests.support.found import MARKS, outcome_of, save_outcome, saved_outcomes, worst
from tests.support.running import ROOT

PAGE = ROOT / "docs" / "offline.md"
TABLE = "offline"
CASES = {
    1: "A file is missing or broken while a release is saved",
    2: "Saving is cut off halfway",
    3: "Saving is tried again after it failed",
    4: "An old or damaged copy comes out of a cache on the way",
    5: "A captive portal answers 200 with its own page",
    6: "The server says 5xx when a newer release is looked for",
    7: "An address of a pack leads somewhere else",
    8: "An engine spoils preloaded answers",
    9: "No room on the phone for an update",
    10: "No room on the phone at the first visit",
    11: "Opaque answers of other origins fill the room",
    12: "All that was saved is thrown away by the browser",
    13: "The pages are gone, the worker lives",
    14: "Safari takes away what a tab saved after seven days",
    15: "An icon on an iPhone starts with nothing saved, and no signal",
    16: "Lockdown Mode: no worker, no caches",
    17: "A private window, or a worker that may not register",
    18: "A reload after a new release",
    19: "Many tabs, of an old and a new release",
    20: "A new worker takes over while somebody reads",
    21: "An old page with new files, or a new page with old ones",
    22: "An installed app that is never closed",
    23: "A cache on the way keeps the worker's file",
    24: "News of an update comes before anybody listens",
    25: "An urgent correction, online, with an old worker",
    26: "A correction seen once, then no signal",
    27: "An older copy of the corrections comes after a newer one",
    28: "The corrections are gone, broken, garbage or slow",
    29: "A number is withdrawn and has no successor",
    30: "The phone's clock is wrong",
    31: "Nothing new for 30, 90, 180 days",
    32: "The worker is killed while it works behind a page",
    33: "The worker throws",
    34: "The phone says it is online, and is not",
    35: "A network that is there and brings nothing",
    36: "A request for a part of a file",
    37: "A POST, or another origin",
    38: "An address with a query, or a slash at its end",
    39: "A bad worker was shipped",
    40: "Removed from the phone, then Back, then no signal",
    41: "A build without its worker or its manifest",
    42: "Leaving after three pages, then Back",
    43: "Leaving with no signal",
    44: "Back into a page that the browser saved_outcomes, after leaving",
    45: "Leaving with scripts off",
}
DEVICE = (14, 15, 16, 22)
"""What an iPhone does of its own: simulated here, and in docs/device-checks.md for a real one."""


def cases_of(name: str) -> list[int]:
    """The cases in the name of a test."""
    match = re.match(r"test_((?:\d\d_)+)", name)
    return [int(number) for number in match[1].strip("_").split("_")] if match else []


def remember(item: Any, report: Any) -> None:
    """Saves the outcome of a test that has just ended."""
    if cases := cases_of(item.name):
        save_outcome(TABLE, item, {"cases": cases, "test": item.nodeid.split("[")[0], "outcome": outcome_of(report)})


def write() -> None:
    """Writes the table of all saved outcomes."""
    found = saved_outcomes(TABLE)
    rows = []
    for case, failure in CASES.items():
        tests = [each for each in found if case in each["cases"]]
        names = sorted({each["test"].split("::")[0].rpartition("/")[2] for each in tests})
        mark = MARKS[worst(each["outcome"] for each in tests)]
        phone = "📱" if case in DEVICE else ""
        rows.append(
            f"| {case} | {failure} | {mark} {phone} | {len(tests)} | {', '.join(f'`{name}`' for name in names)} |"
        )
    passed = sum(bool(re.search("✔", row)) for row in rows)
    PAGE.write_text(
        "\n".join(
            [
                "# Offline: the forty-five cases",
                "",
                "Written by `make prove` from `tests/offline/`, where a test is named by the numbers of its cases.",
                "",
                f"**{passed} of {len(CASES)} cases hold.** ✔ every test of the case passed in the last whole run, ✘ one"
                " failed, ? not run. 📱: a real iPhone has to show the rest (`docs/device-checks.md`).",
                "",
                "| case | what goes wrong | result | tests | in |",
                "|---|---|---|---|---|",
                *rows,
                "",
            ]
        )
    )


if __name__ == "__main__":
    write()
