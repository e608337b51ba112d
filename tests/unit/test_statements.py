"""What the papers and the pages say of the program, held against the program."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from server.settings import VARIABLES
from server.site.policy import CLEAR_SAVED, exit_cookie
from tests.support.running import ROOT

DOCS = ROOT / "docs"
PAPERS = [DOCS / "security.md", DOCS / "operating.md", *sorted((DOCS / "safety").glob("*.md"))]
SCRIPTS = {
    file.relative_to(ROOT / "web").as_posix(): file.read_text(encoding="utf-8")
    for folder in ("scripts", "worker")
    for file in (ROOT / "web" / folder).rglob("*.js")
}
TESTS = {file.relative_to(ROOT / "tests").as_posix(): file.read_text() for file in (ROOT / "tests").rglob("test_*.py")}
DPIA = (DOCS / "safety" / "dpia.md").read_text()
HAZARDS = (DOCS / "safety" / "hazard-log.md").read_text()


def text(page: str) -> str:
    return (ROOT / "content" / "pages" / f"{page}.md").read_text()


def stored() -> set[str]:
    """Every name under which a script keeps something on the phone; those of releases apart."""
    found = set()
    for script in SCRIPTS.values():
        named = dict(re.findall(r"^const (\w+) = '([\w-]+)';", script, re.M))
        found |= set(re.findall(r"(?:local|session)Storage'?(?:\.\w+\(|, )'([\w-]+)'", script))
        found |= set(re.findall(r"caches\s*\.open\('([\w-]+)'\)", script))
        found |= {named[name] for name in re.findall(r"caches\s*\.open\((\w+)\)", script) if name in named}
    return found


def test_the_assessment_lists_everything_that_is_stored() -> None:
    assert {"left", "area", "own-back", "corrections", "alerts", "trail"} <= stored(), "this test reads the scripts"
    table = DPIA[DPIA.index("### On the phone") : DPIA.index("### On the server")]
    assert {name for name in stored() if f"`{name}`" not in table} == set()
    for secure in (False, True):
        assert f"`{exit_cookie(secure=secure).partition(';')[0]}`" in table


def test_where_a_position_is_asked_for_the_papers_say_so() -> None:
    asks = any("geolocation" in script for script in SCRIPTS.values())
    table = DPIA[DPIA.index("### On the phone") : DPIA.index("### On the server")]
    code = (DOCS / "safety" / "childrens-code.md").read_text()
    assert asks == ("or a position on `/areas`" in table)
    assert asks != ("no script asks for a position" in code)
    assert "osition" not in DPIA[DPIA.index("### Not there yet") : DPIA.index("## 3.")]
    assert "orrections" not in DPIA[DPIA.index("### Not there yet") : DPIA.index("## 3.")]


@pytest.mark.parametrize(("paper", "row"), [(DPIA, "R10"), (HAZARDS, "H51")])
def test_the_kill_switch_is_known_where_a_bad_worker_is_weighed(paper: str, row: str) -> None:
    line = next(line for line in paper.splitlines() if line.startswith(f"| {row} |"))
    assert any(variable.name == "TELLSOMEONE_KILL_SWITCH" for variable in VARIABLES)
    assert "offline/test_kill_switch.py" in line
    assert not re.search(r"not built|no rehearsed|not rehearsed", line)


def test_what_the_kill_switch_costs_is_what_it_does() -> None:
    security = (DOCS / "security.md").read_text()
    costs = security[security.index("What it costs:") :]
    remover = SCRIPTS["worker/remover.js"]
    # A push subscription belongs to its registration, and ends with it (https://www.w3.org/TR/push-api/).
    subscribes = any("pushManager" in script for script in SCRIPTS.values())
    assert (subscribes and "registration.unregister()" in remover) == ("Subscribers lose their alerts" in costs)
    assert ("caches.delete(name)" in remover) == ("Corrections stored on phones are lost" in costs)
    assert ('"storage"' in CLEAR_SAVED[1]) == ("an area or a setting that somebody chose is lost" in costs)
    assert ('"cookies"' not in CLEAR_SAVED[1]) == ("The cookie still records" in costs)


def test_tracks_tells_of_messages_as_long_as_any_are_shown() -> None:
    line = next(line for line in text("tracks").splitlines() if "locked screen" in line)
    shows = any("showNotification(" in script for script in SCRIPTS.values())
    assert shows == ("(/settings)" in line)


def test_what_is_kept_to_the_millisecond_is_called_no_day() -> None:
    on_phone = text("privacy")
    on_phone = on_phone[on_phone.index("## What is kept on my phone") : on_phone.index("## How do I remove it")]
    keeps = {name for name, script in SCRIPTS.items() if re.search(r"Date\.now\(\)", script)}
    assert {"scripts/shared/subscribe.js", "scripts/shared/signed.js"} <= keeps
    assert not re.search(r"\bday you\b|\bthe day\b", on_phone)
    for name in ("corrections", "alerts"):
        line = next(line for line in DPIA.splitlines() if f"Cache Storage (`{name}`)" in line)
        assert "to the millisecond" in line


@pytest.mark.parametrize("paper", PAPERS, ids=lambda file: file.name)
def test_every_test_and_file_that_a_paper_names_exists(paper: Path) -> None:
    said = re.findall(r"`([^`\n]+)`", paper.read_text())
    functions = set(re.findall(r"^(?:async )?def (test_\w+)", "\n".join(TESTS.values()), re.M))
    missing = [name for name in said if re.fullmatch(r"test_\w+", name) and name not in functions]
    for name in said:
        if re.fullmatch(r"(tests/)?\w+/test_\w+\.py", name):
            missing += [name] if name.removeprefix("tests/") not in TESTS else []
        elif re.fullmatch(r"(server|web|docs|content)/[\w/.-]+\.(py|js|md|toml|html|css)", name):
            missing += [name] if not (ROOT / name).is_file() else []
    assert missing == []
