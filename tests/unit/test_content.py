"""Content with a mistake in it is refused, with the file, the line, what is wrong and what to do."""

from __future__ import annotations

import datetime
import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from server.content.checks import check_library
from server.content.launch import as_table, missing_for_launch
from server.content.model import Library
from server.content.problems import ContentError, Problem
from server.content.reader import read_library
from tests.support.running import COMMAND


def problems_of(folder: Path) -> list[Problem]:
    try:
        return [problem for problem in check_library(read_library(folder)) if problem.level == "error"]
    except ContentError as error:
        return error.problems


def edited(file: Path, pattern: str, replacement: str) -> int:
    """Changes the first match of `pattern`, and gives the line it stands on."""
    text = file.read_text()
    match = re.search(pattern, text, re.MULTILINE)
    assert match, f"{pattern} is not in {file.name}"
    file.write_text(text[: match.start()] + match.expand(replacement) + text[match.end() :])
    return text[: match.start()].count("\n") + 1


def append(file: Path, line: str) -> int:
    text = file.read_text().rstrip("\n")
    file.write_text(f"{text}\n{line}\n")
    return text.count("\n") + 2


Break = Callable[[Path], tuple[str, int, str]]


def bad_number(folder: Path) -> tuple[str, int, str]:
    file = folder / "contacts" / "worcestershire.toml"
    return "contacts/worcestershire.toml", edited(file, r'"01905 822666"', '"01905 8226"'), "not a UK phone number"


def letters_in_number(folder: Path) -> tuple[str, int, str]:
    file = folder / "contacts" / "national.toml"
    return "contacts/national.toml", edited(file, r'"0800 1111"', '"0800 ASKME"'), "not a phone number"


def unknown_area(folder: Path) -> tuple[str, int, str]:
    file = folder / "contacts" / "national.toml"
    return "contacts/national.toml", edited(file, r'^areas = \["herefordshire"', 'areas = ["hereford"'), "'hereford'"


def missing_date(folder: Path) -> tuple[str, int, str]:
    file = folder / "contacts" / "shropshire.toml"
    line = edited(file, r"^found = .*\n", "")
    header = file.read_text()[:].splitlines()
    start = next(n for n in range(line - 1, 0, -1) if header[n - 1] == "[[contact]]")
    return "contacts/shropshire.toml", start, "'found' is missing"


def impossible_date(folder: Path) -> tuple[str, int, str]:
    file = folder / "contacts" / "shropshire.toml"
    return "contacts/shropshire.toml", edited(file, r"^found = .*$", 'found = "2026-13-01"'), "'found'"


def date_to_come(folder: Path) -> tuple[str, int, str]:
    file = folder / "contacts" / "shropshire.toml"
    edited(file, r"^found = .*$", "found = 2999-01-01")
    line = next(n for n, text in enumerate(file.read_text().splitlines(), 1) if text.startswith("found"))
    return "contacts/shropshire.toml", line, "still to come"


def dead_link(folder: Path) -> tuple[str, int, str]:
    line = append(folder / "pages" / "what-is-it.md", "See [this](/what-is-this).")
    return "pages/what-is-it.md", line, "/what-is-this leads nowhere"


def link_outside(folder: Path) -> tuple[str, int, str]:
    line = append(folder / "pages" / "what-is-it.md", "See [this](https://example.org/).")
    return "pages/what-is-it.md", line, "leaves the site"


def word_never_used(folder: Path) -> tuple[str, int, str]:
    line = append(folder / "pages" / "parents" / "index.md", "It was a Lifestyle Choice.")
    return "pages/parents/index.md", line, "never used"


def exclamation(folder: Path) -> tuple[str, int, str]:
    return "pages/index.md", append(folder / "pages" / "index.md", "Tell someone!"), "exclamation mark"


def malformed_toml(folder: Path) -> tuple[str, int, str]:
    return "contacts/national.toml", append(folder / "contacts" / "national.toml", "name = 'open"), "malformed TOML"


def malformed_front_matter(folder: Path) -> tuple[str, int, str]:
    file = folder / "pages" / "signs.md"
    return "pages/signs.md", edited(file, r"^kind = .*$", "kind = signs"), "malformed TOML"


def no_front_matter(folder: Path) -> tuple[str, int, str]:
    (folder / "pages" / "new.md").write_text("# Hello\n")
    return "pages/new.md", 1, "front matter"


def unknown_contact(folder: Path) -> tuple[str, int, str]:
    line = append(folder / "pages" / "what-is-it.md", "{{ contacts: nobody-at-all }}")
    return "pages/what-is-it.md", line, "'nobody-at-all'"


def misspelt_field(folder: Path) -> tuple[str, int, str]:
    file = folder / "contacts" / "telford-and-wrekin.toml"
    return "contacts/telford-and-wrekin.toml", edited(file, r"^purpose = ", "purpos = "), "'purpos' is not a field"


def unreadable_hours(folder: Path) -> tuple[str, int, str]:
    file = folder / "contacts" / "telford-and-wrekin.toml"
    return (
        "contacts/telford-and-wrekin.toml",
        edited(file, r"Mo-Fr 09:00-17:00", "Mo-Fr 9-5"),
        "is not OSM opening_hours",
    )


def hours_outside_nothing(folder: Path) -> tuple[str, int, str]:
    file = folder / "contacts" / "telford-and-wrekin.toml"
    line = edited(file, r'outside = "telford-front-door"', 'outside = "telford-cate"')
    return "contacts/telford-and-wrekin.toml", line, "no contact 'telford-cate' has opening_hours"


def double_id(folder: Path) -> tuple[str, int, str]:
    file = folder / "contacts" / "herefordshire.toml"
    text = file.read_text()
    file.write_text(text + "\n" + text)
    line = next(n for n, words in enumerate(text.splitlines(), 1) if words.startswith("id = "))
    return "contacts/herefordshire.toml", line, "stands twice"


def telling_title(folder: Path) -> tuple[str, int, str]:
    file = folder / "pages" / "young-people" / "index.md"
    return (
        "pages/young-people/index.md",
        edited(file, r"^title = .*$", 'title = "Sexual exploitation"'),
        "neutral words",
    )


def telling_address(folder: Path) -> tuple[str, int, str]:
    source = (folder / "pages" / "tracks.md").read_text()
    (folder / "pages" / "sexual-exploitation.md").write_text(re.sub("(?m)^title = .*", 'title = "A page"', source))
    return "pages/sexual-exploitation.md", 1, "the address says"


def needed_page_missing(folder: Path) -> tuple[str, int, str]:
    (folder / "pages" / "tracks.md").unlink()
    return "pages", 1, "the page /tracks is missing"


def number_everyone_needs_missing(folder: Path) -> tuple[str, int, str]:
    file = folder / "contacts" / "national.toml"
    edited(file, r'^id = "nspcc"$', 'id = "nspcc-2"')
    return "contacts", 1, "the contact 'nspcc'"


def front_door_missing(folder: Path) -> tuple[str, int, str]:
    line = edited(folder / "site.toml", '"telford-front-door"', '"telford-back-door"')
    return "site.toml", line, "'telford-back-door'"


def large_number_missing(folder: Path) -> tuple[str, int, str]:
    line = edited(folder / "pages" / "print" / "hotels.md", "^childline = ", "shout = ")
    return "pages/print/hotels.md", line, "no contact with a phone has the id 'shout'"


def sheet_of_no_area(folder: Path) -> tuple[str, int, str]:
    sheets = folder / "pages" / "print"
    (sheets / "shropshire.md").rename(sheets / "staffordshire.md")
    return "pages/print/staffordshire.md", 1, "is named after its area"


def notice(folder: Path, name: str = "a-preview", body: str = "This site is a preview.", **fields: str) -> str:
    """Writes a notice, true of this very site, with `fields` of its front matter written otherwise."""
    front = {
        "title": '"A preview"',
        "areas": '["herefordshire"]',
        "audiences": '["everyone"]',
        "from": "2026-11-25",
        "until": "2999-01-01",
        "sources": '["This site itself"]',
        **fields,
    }
    (folder / "notices").mkdir(exist_ok=True)
    lines = [f"{key} = {value}" for key, value in front.items() if value]
    (folder / "notices" / f"{name}.md").write_text("\n".join(["+++", *lines, "+++", body, ""]))
    return f"notices/{name}.md"


def notice_of_unknown_area(folder: Path) -> tuple[str, int, str]:
    return notice(folder, areas='["hereford"]'), 3, "'hereford'"


def notice_without_title(folder: Path) -> tuple[str, int, str]:
    return notice(folder, title=""), 2, "'title' is missing"


def notice_for_nobody(folder: Path) -> tuple[str, int, str]:
    return notice(folder, audiences="[]"), 4, "'audiences'"


def notice_ending_first(folder: Path) -> tuple[str, int, str]:
    return notice(folder, until="2026-11-24"), 6, "ends before it begins"


def notice_with_telling_title(folder: Path) -> tuple[str, int, str]:
    return notice(folder, title='"Sexual exploitation"'), 2, "neutral words"


def notice_with_telling_name(folder: Path) -> tuple[str, int, str]:
    return notice(folder, "grooming-warning"), 1, "the id says"


def notice_with_link_outside(folder: Path) -> tuple[str, int, str]:
    return notice(folder, body="\nSee [this](https://example.org/)."), 10, "leaves the site"


def notice_with_unknown_contact(folder: Path) -> tuple[str, int, str]:
    return notice(folder, body="{{ contacts: nobody-at-all }}"), 9, "'nobody-at-all'"


def notice_with_word_never_used(folder: Path) -> tuple[str, int, str]:
    return notice(folder, body="It was a lifestyle choice."), 9, "never used"


def notice_without_sources(folder: Path) -> tuple[str, int, str]:
    return notice(folder, sources=""), 1, "no sources"


def notice_with_long_name(folder: Path) -> tuple[str, int, str]:
    return notice(folder, "a" * 61), 1, "60 at most"


def not_utf8(folder: Path) -> tuple[str, int, str]:
    file = folder / "signs.toml"
    file.write_bytes(b"# one\n# two \xff\n" + file.read_bytes())
    return "signs.toml", 2, "UTF-8"


def no_such_file(folder: Path) -> tuple[str, int, str]:
    (folder / "words.toml").unlink()
    return "words.toml", 1, "missing"


BREAKS: list[Break] = [
    bad_number,
    letters_in_number,
    unknown_area,
    missing_date,
    impossible_date,
    date_to_come,
    dead_link,
    link_outside,
    word_never_used,
    exclamation,
    malformed_toml,
    malformed_front_matter,
    no_front_matter,
    unknown_contact,
    misspelt_field,
    unreadable_hours,
    hours_outside_nothing,
    double_id,
    telling_title,
    telling_address,
    needed_page_missing,
    number_everyone_needs_missing,
    front_door_missing,
    large_number_missing,
    sheet_of_no_area,
    notice_of_unknown_area,
    notice_without_title,
    notice_for_nobody,
    notice_ending_first,
    notice_with_telling_title,
    notice_with_telling_name,
    notice_with_link_outside,
    notice_with_unknown_contact,
    notice_with_word_never_used,
    notice_without_sources,
    notice_with_long_name,
    not_utf8,
    no_such_file,
]


@pytest.mark.parametrize("broken", BREAKS, ids=lambda each: each.__name__)
def test_a_mistake_is_refused_with_file_and_line(content: Path, broken: Break) -> None:
    file, line, words = broken(content)
    found = problems_of(content)
    assert any(
        problem.file == f"content/{file}" and problem.line == line and words in problem.message for problem in found
    ), "\n".join([f"wanted content/{file}:{line}: …{words}…", *map(str, found)])


def test_every_problem_is_reported_at_once(content: Path) -> None:
    for broken in (bad_number, missing_date, misspelt_field, malformed_front_matter):
        broken(content)
    assert len({problem.file for problem in problems_of(content)}) == 4


def test_the_content_as_it_is_has_no_error_and_no_warning(library: Library) -> None:
    assert [str(problem) for problem in check_library(library, datetime.date(2026, 12, 1))] == []


def test_notices_are_read_newest_first(content: Path) -> None:
    notice(content, "the-first", **{"from": "2026-11-01"})
    notice(content, "the-second", areas="[]")
    library = read_library(content)
    assert [each.id for each in library.notices] == ["the-second", "the-first"]
    assert library.notices[1].meta.areas == ("herefordshire",)
    assert library.notices[0].blocks[0].text == "This site is a preview."
    assert [str(problem) for problem in check_library(library, datetime.date(2026, 12, 1))] == []


def test_a_notice_that_is_over_is_warned_of(content: Path) -> None:
    name = notice(content, until="2026-11-30")
    found = check_library(read_library(content), datetime.date(2026, 12, 1))
    assert [(p.file, p.line, p.level) for p in found] == [(f"content/{name}", 6, "warning")]


def test_facts_nobody_has_looked_at_for_three_months_are_warned_of(library: Library) -> None:
    late = [p for p in check_library(library, datetime.date(2027, 3, 1)) if "three months" in p.message]
    assert {problem.level for problem in late} == {"warning"}
    assert len(late) == len(library.contacts)


def test_check_prints_path_and_line_and_exits_with_1(content: Path) -> None:
    file, line, words = dead_link(content)
    ran = subprocess.run([COMMAND, "check", content], capture_output=True, text=True)
    assert ran.returncode == 1
    assert f"content/{file}:{line}: error: " in ran.stdout
    assert words in ran.stdout
    as_json = subprocess.run([COMMAND, "check", "--json", content], capture_output=True, text=True)
    assert as_json.returncode == 1
    assert json.loads(as_json.stdout)[0]["line"] == line


def test_check_of_a_folder_that_is_not_there_says_so(tmp_path: Path) -> None:
    ran = subprocess.run([COMMAND, "check", tmp_path / "none"], capture_output=True, text=True)
    assert ran.returncode == 1
    said = "there is no such folder: name the content folder, or set TELLSOMEONE_CONTENT"
    assert ran.stdout == f"{tmp_path / 'none'}:1: error: {said}\n"


def test_launch_lists_all_that_is_not_signed_yet(library: Library) -> None:
    missing = list(missing_for_launch(library, datetime.date(2026, 12, 1)))
    assert missing[0] == ("site.toml", "name the operator", "nobody is named")
    for contact in library.contacts:
        assert (f"contact {contact.id}", "confirm by phone", f"found 2026-11-23, {contact.confidence}") in missing
        for channel in contact.channels:
            assert (f"number {channel.id}", "sign", channel.value) in missing
    assert {(f"page {page.path}", "sign") for page in library.pages} <= {row[:2] for row in missing}
    assert f"{len(missing)} things stand between" in as_table(missing)


def test_a_public_origin_is_refused_until_somebody_signs() -> None:
    environment = {"TELLSOMEONE_ORIGIN": "https://tell.example.org", "PATH": "/usr/bin:/bin"}
    ran = subprocess.run([COMMAND, "serve"], capture_output=True, text=True, env=environment)
    assert ran.returncode == 1
    assert "not signed" in ran.stderr
    assert "--preview" in ran.stderr
