"""Whatever happens to a content file, it is refused with an error that names it, or the site can be built."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import get_args

from server.content.checks import read_checked
from server.content.folder import content_files
from server.content.page import Kind
from server.content.problems import ContentError
from server.settings import read_settings
from server.site.build import build_site
from tests.support.editing import errors
from tests.support.running import CACHE
from tests.support.sampling import WHOLE, sample
from tests.support.small import PAGES

PAGE = "pages/help.md"
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
    """Each kind of damage by name, with the damaged bytes."""
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


def test_a_damaged_file_is_refused_by_name_or_can_be_built(small: Path, tmp_path: Path) -> None:
    settings = read_settings({"TELLSOMEONE_CACHE": str(tmp_path / "cache")})
    build_site(undamaged := read_checked(small), settings)
    tried, built = 0, 0
    alike = {small / "pages" / f"{name}.md" for name, kind in PAGES.items() if kind == "page" and name != "help"}
    for number, file in enumerate(file for file in content_files(small) if file not in alike):
        original = file.read_bytes()
        for damage, data in sample(list(damaged(original)), number, 4):
            file.write_bytes(data)
            case = f"{file.relative_to(small)}, {damage}"
            try:
                library = read_checked(small)
            except ContentError as error:
                problems = error.problems
                assert any(file.name in problem.file or "missing" in problem.message for problem in problems), case
                assert all(problem.line >= 1 for problem in problems), case
            except Exception as error:
                raise AssertionError(case) from error
            else:
                if library != undamaged and built % 3 == 0:
                    build_site(library, settings)
                built += library != undamaged
            tried += 1
        file.write_bytes(original)
    assert tried > (600 if WHOLE else 150)
    assert built >= (10 if WHOLE else 3)


def test_every_kind_of_page_is_refused_or_can_be_built(small: Path, tmp_path: Path) -> None:
    settings = read_settings({"TELLSOMEONE_CACHE": str(CACHE), "TELLSOMEONE_DATA": str(tmp_path)})
    file = small / PAGE
    original = file.read_text()
    refused = set()
    for kind in get_args(Kind):
        file.write_text(original.replace('kind = "page"', f'kind = "{kind}"'))
        if errors(small):
            refused.add(kind)
        else:
            build_site(read_checked(small), settings)
    assert refused == {"home", "area", "neutral", "poster", "sheet", "all-areas", "clear"}


def test_the_small_content_can_be_built(small: Path) -> None:
    assert errors(small) == []
    build_site(read_checked(small), read_settings({"TELLSOMEONE_CACHE": str(CACHE)}))
