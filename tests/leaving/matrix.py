"""The matrix of the thirty checks: which cases are tested, and why the others are left out.

A case is one check in one engine, in a tab or an installed window, in one state of server and scripts. Every case is
a test, unless there is a reason to leave it out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import pytest

STATES = {
    "online": "server up, scripts on, the worker in charge",
    "first": "server up, scripts on, a first visit: no worker",
    "dead": "server killed, scripts on, the worker in charge",
    "first-dead": "server killed, scripts on, a first visit: no worker",
    "off": "server up, scripts off",
    "off-dead": "server killed, scripts off",
}
COLUMNS = (("C", "tab"), ("C", "app"), ("F", "tab"), ("F", "app"), ("W", "tab"), ("W", "app"))
CHECKS = {
    1: "Leave lies open to the finger at every size, scroll and zoom",
    2: "Leave is big enough, clear of its neighbours, and hides no focus",
    3: "Leave stays in sight over the on-screen keyboard 📱",
    4: "first Tab stop; Enter, click and tap; a link with a plain name",
    5: "one action: nothing asks back",
    6: "works before the page is whole, and when scripts broke or blocked",
    7: "covered in the same task; title, icon and colour are neutral",
    8: "nothing for a screen reader to say",
    9: "sound and speech stop",
    10: "the cover has no animation, and follows dark and forced colours",
    11: "how soon /neutral is there",
    12: "destination up: shown; refused, unknown, hanging: neutral stays",
    13: "no worker, no network: the page itself becomes neutral",
    14: "Esc or Shift ten times, or Stop, undo nothing",
    15: "no tab more, no tab fewer (installed: one fewer)",
    16: "no Referer at the destination",
    17: "nobody outside is asked before, nobody told after",
    18: "Back and Forward five times show nothing; the first Back is the page before",
    19: "scripts off, HTTPS: every Back asks the server, and is neutral",
    20: "a page out of bfcache is covered already; without leaving it works",
    21: "reload, typed, reopened, restored, relaunched: neutral until Start page",
    22: "the other tabs leave too",
    23: "the visit is one history entry",
    24: "what the browser's own history holds",
    25: "titles, addresses, names: neutral, and each its own",
    26: "drafts go on leaving; /clear leaves nothing",
    27: "an installed window closes, or shows neutral 📱",
    28: "what lies under an outside site is neutral 📱",
    29: "start pages are plain; hidden, left and blurred pages are covered 📱",
    30: "Esc three times, its limits, and the honest sentence",
}
REASONS = {
    "no app": "only Chromium opens an installed window on this system",
    "nothing": "no script and a dead server together leave nothing that could run",
    "same": "the same document, byte for byte, as in the cases beside it: where it came from makes no difference here",
    "link": "without scripts Leave is a plain link: no cover, no shortcut, no worker, no message to other tabs",
    "closes": "an installed window closes on leaving (27): there is no page to look at afterwards",
    "worker": "is about the worker's answer, and there is no worker (13 and 17 are about that)",
    "13": "no worker and no network is check 13, and only there",
    "18": "with scripts this is check 18",
    "19": "without scripts this is check 19",
    "unreached": "with no worker and no server the phone stays where it is (13): nothing goes to the destination",
    "not kept": "Firefox keeps no `no-store` page in bfcache: there is nothing to restore",
    "nobody": "no worker and no server: nobody is there to answer a new load",
    "alike": "window and tab are alike here: the same page, the same answer of the server",
    "entries": "without scripts each link makes an entry, as on any site",
    "installed": "is about the installed window",
    "crawl": "needs no browser: it reads the site as it is built, once",
}
ALL = tuple(STATES)
WITH_SCRIPTS = ("online", "first", "dead", "first-dead")
DEVICE = (3, 27, 28, 29)
"""The checks that also need a person with a real phone: docs/device-checks.md."""


@dataclass(frozen=True)
class Case:
    check: int
    engine: str
    window: str
    state: str

    def __str__(self) -> str:
        return f"{self.engine}-{self.window}-{self.state}"

    @property
    def app(self) -> bool:
        return self.window == "app"

    @property
    def scripts(self) -> bool:
        return not self.state.startswith("off")

    @property
    def worker(self) -> bool:
        return self.state in ("online", "dead")

    @property
    def dies(self) -> bool:
        return self.state.endswith("dead")


BUILT = Case(25, "-", "-", "built")


def _in(*states: str) -> Callable[[Case], bool]:
    return lambda case: case.state in states


def _tab(*states: str) -> Callable[[Case], bool]:
    return lambda case: not case.app and (not states or case.state in states)


def _app(*states: str) -> Callable[[Case], bool]:
    return lambda case: case.app and (not states or case.state in states)


Rule = tuple[Callable[[Case], bool], str]
EVERYWHERE: tuple[Rule, ...] = (
    (lambda case: case.app and case.engine != "C", "no app"),
    (_in("off-dead"), "nothing"),
)
STILL: tuple[Rule, ...] = ((_in("first", "first-dead"), "same"), (_app("dead", "off"), "alike"))
RULES: dict[int, tuple[Rule, ...]] = {
    1: STILL,
    2: STILL,
    3: ((_in("first", "first-dead", "dead"), "same"), (_app(), "alike")),
    4: STILL,
    5: ((_app("off"), "alike"),),
    6: ((_in("first-dead"), "same"), (_app("first", "off"), "alike")),
    7: ((_in("off"), "link"), (_app("first", "first-dead"), "alike")),
    8: ((_in("off"), "link"), (_app("first", "first-dead"), "alike")),
    9: ((_in("off"), "link"), (_app("first", "first-dead"), "alike")),
    10: ((_in("off"), "link"), (_in("first", "first-dead", "dead"), "same"), (_app(), "alike")),
    11: ((_in("first", "first-dead"), "worker"), (_in("off"), "link"), (_app(), "closes")),
    12: ((_in("first-dead"), "13"), (_in("off"), "link"), (_app(), "closes")),
    13: ((lambda case: case.state != "first-dead", "13"),),
    14: ((_in("off"), "link"), (_app("first", "first-dead"), "alike")),
    15: ((_app("first-dead", "off"), "alike"),),
    16: ((_in("first-dead"), "unreached"), (_app("off"), "alike"), (_app(), "closes")),
    17: ((_app("first", "first-dead", "off"), "alike"),),
    18: ((_in("off"), "19"), (_app(), "closes")),
    19: ((_in(*WITH_SCRIPTS), "18"), (_app(), "alike")),
    20: (
        (_in("off"), "19"),
        (lambda case: case.engine == "F" and case.state.startswith("first"), "not kept"),
        (_app(), "closes"),
    ),
    21: ((_in("first-dead"), "nobody"), (_app("first", "off"), "alike")),
    22: ((_in("off"), "link"), (_app("first", "first-dead"), "alike")),
    23: ((_in("off"), "entries"), (_app("first", "first-dead"), "alike")),
    24: ((_in("first", "first-dead", "dead"), "same"), (_app("off"), "alike")),
    25: ((lambda case: True, "crawl"),),
    26: ((_app("first", "first-dead", "off"), "alike"),),
    27: ((_tab(), "installed"),),
    28: ((_tab(), "installed"), (_app("first", "first-dead", "off"), "alike")),
    29: ((_in("off"), "link"), (_in("first", "first-dead"), "same")),
    30: ((_in("off"), "link"), (_app("first", "dead", "first-dead"), "alike")),
}
ALSO_IN_TEST = (
    "13 W-tab-first-dead",
    "17 F-tab-online",
    "19 W-tab-off",
    "20 F-tab-online",
)
"""`make test` runs the first case of every check, and these cases."""


def every_case() -> list[Case]:
    """The whole matrix, row by row, with the cases that are left out."""
    return [Case(check, *column, state) for check in CHECKS for column in COLUMNS for state in STATES] + [BUILT]


def left_out(case: Case) -> str | None:
    """The key of the reason why a case isn't tested; None if it is."""
    if case == BUILT:
        return None
    return next((reason for holds, reason in (*EVERYWHERE, *RULES[case.check]) if holds(case)), None)


def tested(check: int) -> list[Case]:
    return [case for case in every_case() if case.check == check and not left_out(case)]


def params(cases: Iterable[Any], sampled: Callable[[Any], bool]) -> list[Any]:
    """Parameters for pytest. Only `make prove` runs those outside the sample."""
    return [pytest.param(case, id=str(case), marks=() if sampled(case) else pytest.mark.prove) for case in cases]


def cases(check: int) -> Any:
    """Parametrizes a test with all cases of a check."""
    every = tested(check)

    def sampled(case: Case) -> bool:
        return case == every[0] or f"{check} {case}" in ALSO_IN_TEST

    return pytest.mark.parametrize("case", params(every, sampled))
