"""A mistake in the content is refused with the file, the line, what is wrong and what to do."""

from __future__ import annotations

import datetime
import re
from pathlib import Path

import pytest

from server.content.checks import check_library
from server.content.model import Library
from tests.support.editing import Mistake, append, errors, refuses, replace


def bad_number(folder: Path) -> tuple[str, int, str]:
    file = folder / "contacts" / "worcestershire.toml"
    return "contacts/worcestershire.toml", replace(file, r'"01905 822666"', '"01905 8226"'), "not a UK phone number"


def letters_in_number(folder: Path) -> tuple[str, int, str]:
    file = folder / "contacts" / "national.toml"
    return "contacts/national.toml", replace(file, r'"0800 1111"', '"0800 ASKME"'), "not a phone number"


def unknown_area(folder: Path) -> tuple[str, int, str]:
    file = folder / "contacts" / "national.toml"
    return "contacts/national.toml", replace(file, r'^areas = \["herefordshire"', 'areas = ["hereford"'), "'hereford'"


def missing_date(folder: Path) -> tuple[str, int, str]:
    file = folder / "contacts" / "shropshire.toml"
    line = replace(file, r"^found = .*\n", "")
    header = file.read_text()[:].splitlines()
    start = next(n for n in range(line - 1, 0, -1) if header[n - 1] == "[[contact]]")
    return "contacts/shropshire.toml", start, "'found' is missing"


def impossible_date(folder: Path) -> tuple[str, int, str]:
    file = folder / "contacts" / "shropshire.toml"
    return "contacts/shropshire.toml", replace(file, r"^found = .*$", 'found = "2026-13-01"'), "'found'"


def date_to_come(folder: Path) -> tuple[str, int, str]:
    file = folder / "contacts" / "shropshire.toml"
    replace(file, r"^found = .*$", "found = 2999-01-01")
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
    return "pages/signs.md", replace(file, r"^kind = .*$", "kind = signs"), "malformed TOML"


def no_front_matter(folder: Path) -> tuple[str, int, str]:
    (folder / "pages" / "new.md").write_text("# Hello\n")
    return "pages/new.md", 1, "front matter"


def unknown_contact(folder: Path) -> tuple[str, int, str]:
    line = append(folder / "pages" / "what-is-it.md", "{{ contacts: nobody-at-all }}")
    return "pages/what-is-it.md", line, "'nobody-at-all'"


def misspelt_field(folder: Path) -> tuple[str, int, str]:
    file = folder / "contacts" / "telford-and-wrekin.toml"
    return "contacts/telford-and-wrekin.toml", replace(file, r"^purpose = ", "purpos = "), "'purpos' is not a field"


def unreadable_hours(folder: Path) -> tuple[str, int, str]:
    file = folder / "contacts" / "telford-and-wrekin.toml"
    return (
        "contacts/telford-and-wrekin.toml",
        replace(file, r"Mo-Fr 09:00-17:00", "Mo-Fr 9-5"),
        "is not OSM opening_hours",
    )


def hours_outside_nothing(folder: Path) -> tuple[str, int, str]:
    file = folder / "contacts" / "telford-and-wrekin.toml"
    line = replace(file, r'outside = "telford-front-door"', 'outside = "telford-cate"')
    return "contacts/telford-and-wrekin.toml", line, "no contact 'telford-cate' has opening_hours"


def double_id(folder: Path) -> tuple[str, int, str]:
    file = folder / "contacts" / "herefordshire.toml"
    text = file.read_text()
    file.write_text(text + "\n" + text)
    line = next(n for n, words in enumerate(text.splitlines(), 1) if words.startswith("id = "))
    return "contacts/herefordshire.toml", line, "is used twice"


def telling_title(folder: Path) -> tuple[str, int, str]:
    file = folder / "pages" / "young-people" / "index.md"
    return (
        "pages/young-people/index.md",
        replace(file, r"^title = .*$", 'title = "Sexual exploitation"'),
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
    replace(file, r'^id = "nspcc"$', 'id = "nspcc-2"')
    return "contacts", 1, "the contact 'nspcc'"


def front_door_missing(folder: Path) -> tuple[str, int, str]:
    line = replace(folder / "site.toml", '"telford-front-door"', '"telford-back-door"')
    return "site.toml", line, "'telford-back-door'"


def large_number_missing(folder: Path) -> tuple[str, int, str]:
    line = replace(folder / "pages" / "print" / "hotels.md", "^childline = ", "shout = ")
    return "pages/print/hotels.md", line, "no contact with a phone has the id 'shout'"


def sheet_of_no_area(folder: Path) -> tuple[str, int, str]:
    sheets = folder / "pages" / "print"
    (sheets / "shropshire.md").rename(sheets / "staffordshire.md")
    return "pages/print/staffordshire.md", 1, "is named after its area"


def not_utf8(folder: Path) -> tuple[str, int, str]:
    file = folder / "signs.toml"
    file.write_bytes(b"# one\n# two \xff\n" + file.read_bytes())
    return "signs.toml", 2, "UTF-8"


def no_such_file(folder: Path) -> tuple[str, int, str]:
    (folder / "words.toml").unlink()
    return "words.toml", 1, "missing"


MISTAKES: list[Mistake] = [
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
    not_utf8,
    no_such_file,
]


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.__name__)
def test_a_mistake_is_refused_with_file_and_line(content: Path, mistake: Mistake) -> None:
    refuses(content, mistake)


def test_every_problem_is_reported_at_once(content: Path) -> None:
    for broken in (bad_number, missing_date, misspelt_field, malformed_front_matter):
        broken(content)
    assert len({message.split(":")[0] for message in errors(content)}) == 4


def test_the_content_as_it_is_has_no_error_and_no_warning(library: Library) -> None:
    assert [str(problem) for problem in check_library(library, datetime.date(2026, 12, 1))] == []


def test_contacts_not_looked_at_for_three_months_cause_warnings(library: Library) -> None:
    late = [p for p in check_library(library, datetime.date(2027, 3, 1)) if "three months" in p.message]
    assert {problem.level for problem in late} == {"warning"}
    assert len(late) == len(library.contacts)
