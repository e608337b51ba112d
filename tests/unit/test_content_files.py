"""Content files as editors and systems leave them: what is accepted, and what is refused with file and line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.content.checks import check_library, read_checked
from server.content.folder import content_files
from tests.support.editing import errors, insert

PAGE = "pages/help.md"


@pytest.mark.parametrize(
    "text",
    [
        "{{ contact: 999 }}",
        "{{ contacts: Childline }}",
        "{{ contacts: childline nspcc }}",
        "{{ contacts: childline,, nspcc }}",
        "{{ contacts: -childline }}",
        "{{ contacts: }}",
        "{{ contacts }}",
        "{{contacts: childline}",
        "{{ contacts: childline",
        "{{ contacts: childline, ",
        "contacts: childline }}",
        "{ contacts: childline }",
        "Call: {{ contacts: childline }}",
        "{{ contacts: childline }} or wait.",
        "{{ contacts: childline }} {{ contacts: nspcc }}",
        "- {{ contacts: childline }}",
        "> {{ contacts: childline }}",
        "\\{{ contacts: childline }}",
        "{{{ contacts: childline }}}",
        "{% contacts: childline %}",
        "{{ Contacts: childline }}",
        "{{ site.name }}",
    ],
)
def test_malformed_lines_with_braces_are_refused(small: Path, text: str) -> None:
    for file, line in ((PAGE, 10), ("notices/a-preview.md", 8)):
        insert(small / file, text, line)
    messages = errors(small)
    assert len(messages) == 2
    assert all("write it so" in message for message in messages)
    assert messages[0].startswith("content/notices/a-preview.md:8: error: braces are only for {{ contacts: id, id }}")
    assert messages[1].startswith("content/pages/help.md:10: error: ")


@pytest.mark.parametrize("text", ["{{ contacts: childline, nspcc }}", "  {{contacts:childline ,nspcc}}\t"])
def test_a_line_of_contacts_becomes_a_block_of_contacts(small: Path, text: str) -> None:
    file = small / PAGE
    file.write_text(file.read_text().replace("{{ contacts: childline, nspcc }}", text))
    page = next(page for page in read_checked(small).pages if page.path == "/help")
    assert [(block.kind, block.line, block.contacts) for block in page.blocks] == [
        ("prose", 9, ()),
        ("contacts", 11, ("childline", "nspcc")),
        ("prose", 13, ()),
    ]


TEXT_FIELDS = [
    (PAGE, "description"),
    ("site.toml", "tagline"),
    ("contacts/national.toml", "purpose"),
    ("signs.toml", "child"),
    ("quiz.toml", "why"),
    ("situations.toml", "may_be"),
    ("words.toml", "instead"),
]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("Ring {{ contacts: childline }}", "braces are only for"),
        ("Ring }", "braces are only for"),
        ("A \\u007F there", "U+007F (a control character)"),
        ("A \\u0000 there", "U+0000 (a control character)"),
        ("A \\u202E there", "U+202E (RIGHT-TO-LEFT OVERRIDE)"),
        ("A \\uFFFF there", "U+FFFF"),
    ],
)
def test_no_text_field_takes_braces_or_control_characters(small: Path, value: str, words: str) -> None:
    expected = set()
    for name, key in TEXT_FIELDS:
        file = small / name
        before, key_and_quote, after = file.read_text().partition(f'{key} = "')
        assert key_and_quote, f"{key} is not in {name}"
        text = f"{before}{key_and_quote}{value} {after}"
        file.write_text(text)
        line = next(n for n, row in enumerate(text.split("\n"), 1) if value in row)
        expected.add(f"content/{name}:{line}: error: ")
    places = {message[: message.index("error: ") + 7] for message in errors(small) if words in message}
    assert places == expected


def test_files_that_systems_and_editors_create_are_ignored(small: Path) -> None:
    before = read_checked(small)
    files = list(content_files(small))
    for folder in ("", "pages", "contacts", "notices", "where", "pages/.git", "__MACOSX"):
        (small / folder).mkdir(exist_ok=True)
        for name in ("._talk.md", ".#talk.md", ".DS_Store", "Thumbs.db", "desktop.ini", "talk.md~", "#talk.md#"):
            (small / folder / name).write_bytes(b"\0\xff")
        (small / folder / "._national.toml").write_bytes(b"\0\xff")
        (small / folder / ".#lock.md").symlink_to("nobody@nowhere.1234")
        (small / folder / "~$talk.md").write_bytes(b"\0\xff")
    assert read_checked(small) == before
    assert list(content_files(small)) == files, "the watcher ignores them as well"
    assert check_library(before) == check_library(read_checked(small))


def test_links_to_folders_are_followed_and_loops_end(small: Path, tmp_path: Path) -> None:
    before = read_checked(small)
    (small / "pages").rename(tmp_path / "elsewhere")
    (small / "pages").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere" / "round").symlink_to(tmp_path / "elsewhere")
    assert [page.path for page in read_checked(small).pages] == [page.path for page in before.pages]


@pytest.mark.parametrize("change", ["mark", "windows", "old mac", "no last line", "spaces after"])
def test_line_ends_and_a_byte_order_mark_change_nothing(small: Path, change: str) -> None:
    before = read_checked(small)
    for file in content_files(small):
        text = file.read_text()
        if change == "no last line":
            text = text.rstrip("\n")
        elif change == "spaces after":
            text = re.sub(r"(?m)^\+\+\+$", "+++  ", text)
        ends = {"windows": "\r\n", "old mac": "\r"}
        data = text.replace("\n", ends.get(change, "\n")).encode()
        file.write_bytes(b"\xef\xbb\xbf" + data if change == "mark" else data)
    assert read_checked(small) == before


def test_a_page_may_consist_of_front_matter_alone(small: Path) -> None:
    file = small / PAGE
    file.write_text(file.read_text().split("+++\nA line")[0] + "+++")
    assert errors(small) == []
    assert next(page for page in read_checked(small).pages if page.path == "/help").blocks == ()


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("site.toml", "", "'name' is missing"),
        ("words.toml", "# nothing\n", "'never' is missing"),
        ("words.toml", "never = []\ntitle = []\n", "'never'"),
        ("signs.toml", "", "there is no [[group]] in this file"),
        ("quiz.toml", " \n", "there is no [[item]] in this file"),
        ("situations.toml", "", "there is no [[situation]] in this file"),
        ("contacts/national.toml", "", "there is no [[contact]] in this file"),
        ("contacts/national.toml", "contact = [1]\n", "write [[contact]] with two brackets"),
        ("contacts/national.toml", "contact = 1\n", "write [[contact]] with two brackets"),
        ("contacts/national.toml", "[contact]\nid = 'a'\n", "write [[contact]] with two brackets"),
        ("signoff.toml", "signoff = ['/help']\n", "write [[signoff]] with two brackets"),
        ("signs.toml", "group = [[]]\n", "write [[group]] with two brackets"),
        (PAGE, "", "front matter between two +++ lines"),
        (PAGE, "+++\n+++\nWords.\n", "'title' is missing"),
        (PAGE, "+++\n# nothing\n+++\n", "'title' is missing"),
        (PAGE, "+++\ntitle = 'A'\n", "front matter between two +++ lines"),
        ("notices/a-preview.md", "+++\n\n+++\n", "'title' is missing"),
        ("where/map.json", "", "malformed JSON"),
        ("where/places.json", "[]", "not what `tellsomeone where build` writes"),
        ("where/places.json", '{"a": "\\ud800"}', "not what `tellsomeone where build` writes"),
        ("quiz.toml", f"[[item]]\nid = {'9' * 5000}\n", "malformed TOML"),
        ("quiz.toml", f"item = {'[' * 100_000}", "malformed TOML"),
    ],
)
def test_an_empty_or_differently_structured_file_is_refused(small: Path, name: str, text: str, words: str) -> None:
    (small / name).write_text(text)
    messages = errors(small)
    assert any(message.startswith(f"content/{name}:") and words in message for message in messages), messages


def fields(folder: Path) -> Iterator[tuple[Path, int, str, object]]:
    """The file, line number, key and value of each key that is set on one line."""
    for file in content_files(folder):
        lines = file.read_text().split("\n")
        if file.suffix == ".md":
            lines = lines[: lines.index("+++", 1)]
        for number, text in enumerate(lines, 1):
            if file.suffix in (".md", ".toml") and re.match(r"\w+ = ", text):
                try:
                    ((key, value),) = tomllib.loads(text).items()
                except tomllib.TOMLDecodeError:
                    continue  # a list over several lines
                yield file, number, key, value


@pytest.mark.parametrize("wrong", ["7", "2026-11-23", "true", "1.5", "[[1]]", "{ a = 1 }", '"{}"', "09:00:00", "nan"])
def test_a_value_of_the_wrong_type_is_refused_with_file_line_and_field(small: Path, wrong: str) -> None:
    kind = type(tomllib.loads(f"value = {wrong}")["value"])
    expected = {}
    for file, line, key, value in list(fields(small)):
        if type(value) is not kind or wrong == '"{}"':
            lines = file.read_text().split("\n")
            lines[line - 1] = f"{key} = {wrong}"
            file.write_text("\n".join(lines))
            expected[f"content/{file.relative_to(small)}:{line}: error: "] = key
    messages = errors(small)
    for place, key in expected.items():
        here = [message for message in messages if message.startswith(place)]
        assert any(f"'{key}'" in message or "braces" in message for message in here), (place, key, here)
    assert len(expected) > 50


@pytest.mark.parametrize(
    "name",
    [
        "pages/new.txt",
        "pages/new.MD",
        "pages/new.md.bak",
        "notices/old/a.md",
        "contacts/more/a.toml",
        "correction.toml",
    ],
)
def test_a_file_that_nothing_reads_causes_a_warning(small: Path, name: str) -> None:
    (small / name).parent.mkdir(exist_ok=True)
    (small / name).write_text("anything")
    warnings = [str(problem) for problem in check_library(read_checked(small)) if "nothing reads" in problem.message]
    assert warnings == [f"content/{name}:1: warning: nothing reads this file: rename it, move it, or take it out"]


DOUBLED = [("signs.toml", "[[group]]"), ("quiz.toml", "[[item]]"), ("situations.toml", "[[situation]]")]


@pytest.mark.parametrize(("name", "table"), DOUBLED)
def test_a_file_that_was_pasted_twice_is_refused_at_the_second_copy(small: Path, name: str, table: str) -> None:
    text = (small / name).read_text().rstrip("\n") + "\n"
    (small / name).write_text(text + text)
    line = text.count("\n") + 2
    place = f"content/{name}:{line}: error: "
    assert any(message.startswith(place) and "is used twice" in message for message in errors(small))
