"""Whatever is done to a content file: it is refused, with the file's name and what to do, or it can be built."""

from __future__ import annotations

import re
import shutil
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
from starlette.routing import Route

from server.addresses import is_reserved
from server.content.checks import check_library, read_checked
from server.content.folder import content_files
from server.content.page import Kind
from server.content.problems import ContentError
from server.content.reader import read_library
from server.content.site_text import AppName
from server.serve.app import create_app
from server.settings import read_settings
from server.site.build import build_site
from server.site.export import export_site
from tests.support.running import CACHE, ROOT
from tests.support.small import PAGES, small_content

PAGE = "pages/help.md"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_content(tmp_path_factory.mktemp("small") / "content")


@pytest.fixture
def own(small: Path, tmp_path: Path) -> Path:
    """A copy of the small content that a test may break."""
    return Path(shutil.copytree(small, tmp_path / "content"))


def errors(folder: Path) -> list[str]:
    try:
        read_checked(folder)
    except ContentError as error:
        return [str(problem) for problem in error.problems if problem.level == "error"]
    return []


def insert(file: Path, text: str, line: int) -> None:
    lines = file.read_text().split("\n")
    file.write_text("\n".join([*lines[: line - 1], text, *lines[line - 1 :]]))


def test_the_small_content_can_be_built(small: Path) -> None:
    assert errors(small) == []
    build_site(read_checked(small), read_settings({"TELLSOMEONE_CACHE": str(CACHE)}))


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
def test_braces_that_are_not_understood_are_an_error(own: Path, text: str) -> None:
    for file, line in ((PAGE, 10), ("notices/a-preview.md", 8)):
        insert(own / file, text, line)
    found = errors(own)
    assert len(found) == 2
    assert all("write it so" in each for each in found)
    assert found[0].startswith("content/notices/a-preview.md:8: error: braces are only for {{ contacts: id, id }}")
    assert found[1].startswith("content/pages/help.md:10: error: ")


@pytest.mark.parametrize("text", ["{{ contacts: childline, nspcc }}", "  {{contacts:childline ,nspcc}}\t"])
def test_contacts_that_are_understood_become_contacts(own: Path, text: str) -> None:
    file = own / PAGE
    file.write_text(file.read_text().replace("{{ contacts: childline, nspcc }}", text))
    page = next(page for page in read_checked(own).pages if page.path == "/help")
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
    ("written", "said"),
    [
        ("Ring {{ contacts: childline }}", "braces are only for"),
        ("Ring }", "braces are only for"),
        ("A \\u007F there", "U+007F (a control character)"),
        ("A \\u0000 there", "U+0000 (a control character)"),
        ("A \\u202E there", "U+202E (RIGHT-TO-LEFT OVERRIDE)"),
        ("A \\uFFFF there", "U+FFFF"),
    ],
)
def test_no_text_field_takes_braces_or_what_cannot_be_shown(own: Path, written: str, said: str) -> None:
    wanted = set()
    for name, key in TEXT_FIELDS:
        file = own / name
        before, key_and_quote, after = file.read_text().partition(f'{key} = "')
        assert key_and_quote, f"{key} is not in {name}"
        text = f"{before}{key_and_quote}{written} {after}"
        file.write_text(text)
        line = next(n for n, each in enumerate(text.split("\n"), 1) if written in each)
        wanted.add(f"content/{name}:{line}: error: ")
    found = {each[: each.index("error: ") + 7] for each in errors(own) if said in each}
    assert found == wanted


def test_what_systems_and_editors_leave_behind_is_passed_over(own: Path) -> None:
    before = read_checked(own)
    seen = list(content_files(own))
    for folder in ("", "pages", "contacts", "notices", "where", "pages/.git", "__MACOSX"):
        (own / folder).mkdir(exist_ok=True)
        for name in ("._talk.md", ".#talk.md", ".DS_Store", "Thumbs.db", "desktop.ini", "talk.md~", "#talk.md#"):
            (own / folder / name).write_bytes(b"\0\xff")
        (own / folder / "._national.toml").write_bytes(b"\0\xff")
        (own / folder / ".#lock.md").symlink_to("nobody@nowhere.1234")
        (own / folder / "~$talk.md").write_bytes(b"\0\xff")
    assert read_checked(own) == before
    assert list(content_files(own)) == seen, "the watcher doesn't see them either"
    assert check_library(before) == check_library(read_checked(own))


def test_folders_behind_links_are_read_and_a_link_to_itself_ends(own: Path, tmp_path: Path) -> None:
    before = read_checked(own)
    (own / "pages").rename(tmp_path / "elsewhere")
    (own / "pages").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere" / "round").symlink_to(tmp_path / "elsewhere")
    assert [page.path for page in read_checked(own).pages] == [page.path for page in before.pages]


@pytest.mark.parametrize("change", ["mark", "windows", "old mac", "no last line", "spaces after"])
def test_how_an_editor_saves_a_file_changes_nothing(own: Path, change: str) -> None:
    before = read_checked(own)
    for file in content_files(own):
        text = file.read_text()
        if change == "no last line":
            text = text.rstrip("\n")
        elif change == "spaces after":
            text = re.sub(r"(?m)^\+\+\+$", "+++  ", text)
        ends = {"windows": "\r\n", "old mac": "\r"}
        data = text.replace("\n", ends.get(change, "\n")).encode()
        file.write_bytes(b"\xef\xbb\xbf" + data if change == "mark" else data)
    assert read_checked(own) == before


def test_front_matter_may_be_all_there_is(own: Path) -> None:
    file = own / PAGE
    file.write_text(file.read_text().split("+++\nA line")[0] + "+++")
    assert errors(own) == []
    assert next(page for page in read_checked(own).pages if page.path == "/help").blocks == ()


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("site.toml", "", "'name' is missing"),
        ("words.toml", "# nothing\n", "'never' is missing"),
        ("words.toml", "never = []\ntitle = []\n", "'never'"),
        ("signs.toml", "", "no [[group]] stands in this file"),
        ("quiz.toml", " \n", "no [[item]] stands in this file"),
        ("situations.toml", "", "no [[situation]] stands in this file"),
        ("contacts/national.toml", "", "no [[contact]] stands in this file"),
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
def test_a_file_that_was_emptied_or_holds_another_shape_is_refused(own: Path, name: str, text: str, said: str) -> None:
    (own / name).write_text(text)
    assert any(each.startswith(f"content/{name}:") and said in each for each in errors(own)), errors(own)


def fields(folder: Path) -> Iterator[tuple[Path, int, str, object]]:
    """Each line of a TOML text that gives a key a value."""
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
def test_a_value_of_the_wrong_type_is_refused_with_file_line_and_field(own: Path, wrong: str) -> None:
    kind = type(tomllib.loads(f"value = {wrong}")["value"])
    wanted = {}
    for file, line, key, value in list(fields(own)):
        if type(value) is not kind or wrong == '"{}"':
            lines = file.read_text().split("\n")
            lines[line - 1] = f"{key} = {wrong}"
            file.write_text("\n".join(lines))
            wanted[f"content/{file.relative_to(own)}:{line}: error: "] = key
    found = errors(own)
    for place, key in wanted.items():
        said = [each.removeprefix(place) for each in found if each.startswith(place)]
        assert any(f"'{key}'" in each or "braces" in each for each in said), (place, key, said)
    assert len(wanted) > 50


def page(folder: Path, name: str, text: str = "") -> str:
    file = folder / "pages" / f"{name}.md"
    file.parent.mkdir(parents=True, exist_ok=True)
    written = text or (folder / PAGE).read_text()
    file.write_text(re.sub("(?m)^title = .*", f'title = "Of {name}"', written))
    return f"content/pages/{name}.md"


OWNED = ["404", "405", "assets", "cleared", "empty", "healthz", "leave", "leave/app", "pack", "start", "start/again"]


@pytest.mark.parametrize("name", [*OWNED, "alerts", "alerts/key", "assets/index"])
def test_no_page_takes_an_address_of_the_servers(own: Path, name: str) -> None:
    page(own, name.split("/")[0])
    file = page(own, name)
    address = f"/{name}".removesuffix("/index")
    assert f"{file}:1: error: the address {address} belongs to the server: rename the file or its folder" in errors(own)


def test_the_addresses_that_no_page_takes_are_all_that_are_answered(small: Path, tmp_path: Path) -> None:
    settings = read_settings({"TELLSOMEONE_CACHE": str(CACHE), "TELLSOMEONE_DATA": str(tmp_path / "data")})
    library = read_checked(small)
    site = build_site(library, settings)
    export_site(site, tmp_path / "out")
    answered = {*site.resources, *site.leaving.moves}
    answered |= {each.path for each in (site.not_found, site.not_allowed, site.cleared)}
    answered |= set(re.findall(r"location = (\S+)", (tmp_path / "out" / "nginx.conf").read_text()))
    answered |= {f"/{file.name}" for file in (tmp_path / "out").iterdir()}
    answered |= {route.path for route in create_app(settings, site).alerts.routes if isinstance(route, Route)}
    own = {path.rstrip("/") or "/" for path in answered} - {each.path for each in library.pages}
    assert {path for path in own if "." not in path and not is_reserved(path)} == set()
    assert not any(is_reserved(each.path) for each in read_library(ROOT / "content").pages)


@pytest.mark.parametrize(
    ("name", "other"), [("help/index", "help"), ("index/index", "index"), ("help/index/index", "help")]
)
def test_two_files_with_one_address_are_an_error(own: Path, name: str, other: str) -> None:
    file = page(own, name)
    path = "/" if other == "index" else "/help"
    found = [each for each in errors(own) if "too: rename one of them" in each]
    assert len(found) == 1
    assert f"its address, {path}, is that of content/pages/" in found[0]
    assert {file, f"content/pages/{other}.md"} == set(re.findall(r"content/pages/[\w/]+\.md", found[0]))


@pytest.mark.parametrize("name", ["Help", "Help/index", "HELP", "héłp", "new page", "new_page"])
def test_a_name_that_differs_by_capitals_is_an_error(own: Path, name: str) -> None:
    file = page(own, name)
    assert any(each.startswith(f"{file}:1: error: name the file with small letters") for each in errors(own))


@pytest.mark.parametrize(
    ("name", "kind"), [("help", "neutral"), ("help", "home"), ("neutral", "page"), ("index", "page")]
)
def test_a_page_that_is_known_by_its_address_has_its_kind(own: Path, name: str, kind: str) -> None:
    file = own / "pages" / f"{name}.md"
    file.write_text(re.sub("(?m)^kind = .*", f'kind = "{kind}"', file.read_text()))
    assert any(each.startswith(f"content/pages/{name}.md:5: error: the page /") for each in errors(own))


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
def test_a_file_that_nothing_reads_is_warned_of(own: Path, name: str) -> None:
    (own / name).parent.mkdir(exist_ok=True)
    (own / name).write_text("anything")
    found = [str(problem) for problem in check_library(read_checked(own)) if "nothing reads" in problem.message]
    assert found == [f"content/{name}:1: warning: nothing reads this file: rename it, move it, or take it out"]


DOUBLED = [("signs.toml", "[[group]]"), ("quiz.toml", "[[item]]"), ("situations.toml", "[[situation]]")]


@pytest.mark.parametrize(("name", "table"), DOUBLED)
def test_a_file_that_was_pasted_twice_is_an_error_where_the_second_begins(own: Path, name: str, table: str) -> None:
    text = (own / name).read_text().rstrip("\n") + "\n"
    (own / name).write_text(text + text)
    line = text.count("\n") + 2
    assert any(each.startswith(f"content/{name}:{line}: error: ") and "stands twice" in each for each in errors(own))


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("site.toml", 'slug = "local-info"', 'slug = "my-area"', "'my-area' stands twice"),
        ("site.toml", 'slug = "app"', 'slug = "local-info"', 'the first of the [[names]] is "app"'),
        ("site.toml", 'slug = "my-area"', 'slug = "weather"', "'weather' can't stand for 'slug'"),
        ("site.toml", 'start = "/areas"', 'start = "/area"', "no page has the address '/area'"),
        (PAGE, 'kind = "page"', 'kind = "page"\napp = "weather"', "no name has the slug 'weather'"),
    ],
)
def test_the_names_of_the_app_fit_together(own: Path, name: str, old: str, new: str, said: str) -> None:
    text = (own / name).read_text()
    assert old in text
    (own / name).write_text(text.replace(old, new, 1))
    assert any(each.startswith(f"content/{name}:") and said in each for each in errors(own)), errors(own)


def test_each_name_of_the_app_has_its_drawings() -> None:
    drawn = {file.stem for file in (ROOT / "web" / "icons").glob("*.svg")}
    for slug in get_args(AppName.model_fields["slug"].annotation):
        assert {slug, f"{slug}-maskable"} <= drawn


ODD_BYTES = {
    "mark": b"\xef\xbb\xbf",
    "nul": b"\0",
    "delete": b"\x7f",
    "carriage return": b"\r",
    "form feed": b"\f",
    "no UTF-8": b"\xff",
    "half a character": b"\xc3",
    "surrogate": b"\xed\xa0\x80",
    "overlong": b"\xc0\xae",
    "next line": "\x85".encode(),
    "line separator": "\u2028".encode(),
    "override": "\u202e".encode(),
    "no character": "\uffff".encode(),
    "emoji": "\U0001f642".encode(),
    "quote": b'"',
    "brace": b"{",
    "fence": b"\n+++\n",
    "bracket": b"[[",
}


def damaged(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Everything that is done to each file, with what it is called."""
    size = len(data)
    yield "emptied", b""
    yield "doubled", data + data
    yield "doubled with a line between", data + b"\n" + data
    for part in (1, 31, 50, 99):
        yield f"cut at {part} %", data[: size * part // 100]
        yield f"without its first {part} %", data[size * part // 100 :]
    for name, odd in ODD_BYTES.items():
        for place in (0, size // 2):
            yield f"{name} at {place}", data[:place] + odd + data[place:]


def test_whatever_is_done_to_a_file_is_an_error_that_names_it_or_can_be_built(own: Path, tmp_path: Path) -> None:
    settings = read_settings({"TELLSOMEONE_CACHE": str(tmp_path / "cache")})
    build_site(whole := read_checked(own), settings)
    tried, built = 0, 0
    alike = {own / "pages" / f"{name}.md" for name, kind in PAGES.items() if kind == "page" and name != "help"}
    for file in [each for each in content_files(own) if each not in alike]:
        good = file.read_bytes()
        for what, bytes_ in damaged(good):
            file.write_bytes(bytes_)
            told = f"{file.relative_to(own)}, {what}"
            try:
                library = read_checked(own)
            except ContentError as error:
                assert error.problems, told
                assert any(file.name in problem.file or "missing" in problem.message for problem in error.problems), (
                    told
                )
                assert all(problem.line >= 1 for problem in error.problems), told
            except Exception as error:
                raise AssertionError(told) from error
            else:
                if library != whole and built % 3 == 0:
                    build_site(library, settings)
                built += library != whole
            tried += 1
        file.write_bytes(good)
    assert tried > 600
    assert built >= 10


def test_every_kind_of_page_is_refused_or_can_be_built(own: Path, tmp_path: Path) -> None:
    settings = read_settings({"TELLSOMEONE_CACHE": str(CACHE), "TELLSOMEONE_DATA": str(tmp_path)})
    file = own / PAGE
    good = file.read_text()
    refused = set()
    for kind in get_args(Kind):
        file.write_text(good.replace('kind = "page"', f'kind = "{kind}"'))
        if errors(own):
            refused.add(kind)
        else:
            build_site(read_checked(own), settings)
    assert refused == {"home", "area", "neutral", "poster", "sheet", "all-areas", "clear"}
