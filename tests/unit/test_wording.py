"""Wording that is not allowed is found, and each page says enough to act on."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from server.cache import CacheFolder
from server.content.checks import check_library
from server.content.model import Library
from server.content.page import Page
from server.content.reader import read_library
from server.content.reading import Sentence, sentences
from server.content.reading_age import check_reading_age, reading_age
from tests.support.running import ROOT

YOUNG = "pages/young-people/index.md"
PARENTS = "pages/parents/index.md"
PROFESSIONALS = "pages/professionals/index.md"
LONG = "You can " + "talk and " * 40 + "rest."
HARD = (
    "Multidisciplinary organisational accountability necessitates comprehensive institutional reconsideration.\n\n" * 12
)

BAD = {
    "never-used": (PARENTS, "This was risky behaviour.", "never used"),
    "never-used-in-capitals": (YOUNG, "A Lifestyle Choice.", "never used"),
    "exclamation-mark": (YOUNG, "Tell someone!", "exclamation mark"),
    "statistics-for-young-people": (YOUNG, "It happens to 1 in 3.", "no statistics"),
    "percentage-for-young-people": (YOUNG, "It was 42% last year.", "no statistics"),
    "too-long": (YOUNG, LONG, "a sentence of"),
    "too-long-for-parents": (PARENTS, LONG, "a sentence of"),
    "too-hard": (YOUNG, HARD, "the page reads at age"),
    "too-hard-for-professionals": (PROFESSIONALS, HARD * 20, "the page reads at age"),
    "a-number-in-a-link": (YOUNG, "Ring [them](tel:08001111).", "leaves the site"),
}


def messages(folder: Path, file: str) -> list[str]:
    library = read_library(folder)
    problems = check_library(library) + check_reading_age(library, CacheFolder(folder.parent / "cache"))
    return [problem.message for problem in problems if problem.file == f"content/{file}"]


@pytest.mark.parametrize("kind", BAD)
def test_wording_that_is_not_allowed_is_found(content: Path, kind: str) -> None:
    file, text, words = BAD[kind]
    page = content / file
    page.write_text(page.read_text() + f"\n{text}\n")
    assert any(words in message for message in messages(content, file))


def test_a_word_is_excused_in_the_file_with_a_reason(content: Path) -> None:
    page = content / PARENTS
    text = page.read_text()
    page.write_text(text + "\nThis was risky behaviour.\n")
    assert messages(content, PARENTS)
    page.write_text(text.replace("+++\n", "+++\n# excused: risky behaviour: quoted to say it is wrong\n", 1))
    page.write_text(page.read_text() + "\nThis was risky behaviour.\n")
    assert messages(content, PARENTS) == []
    page.write_text(page.read_text().replace(": quoted to say it is wrong", ":"))
    assert messages(content, PARENTS), "an excuse gives its reason"


def test_statistics_are_allowed_for_professionals(content: Path) -> None:
    page = content / PROFESSIONALS
    page.write_text(page.read_text() + "\nIt was 42% in 2024.\n")
    assert messages(content, PROFESSIONALS) == []


def test_a_page_without_sources_is_refused(content: Path) -> None:
    page = content / YOUNG
    page.write_text(re.sub(r"(?ms)^sources = \[.*?\]\n(?=\w+ =|\+\+\+)", "", page.read_text()))
    assert any("no sources" in message for message in messages(content, YOUNG))


def test_a_fact_that_is_due_is_warned_of(content: Path) -> None:
    page = content / YOUNG
    page.write_text(page.read_text().replace("+++\n", "+++\ncheck_again = 2020-01-01\n", 1))
    assert any("checked again on 2020-01-01" in message for message in messages(content, YOUNG))


def test_the_reading_age_grows_with_longer_words_and_sentences() -> None:
    easy = [Sentence(1, "You can tell us."), Sentence(2, "We will hear you.")]
    hard = [Sentence(1, "Organisational accountability necessitates institutional reconsideration.")]
    assert reading_age(easy) < 9 < 14 < reading_age(hard)


def test_sentences_have_their_lines_in_lists_with_links_and_across_lines() -> None:
    parsed = list(sentences("## A heading\n\nOne [link](/x) and\ntwo. Three\nfour.\n\n- five\n- six\n", 10))
    assert [(sentence.line, sentence.text) for sentence in parsed] == [
        (10, "A heading"),
        (12, "One link and two."),
        (13, "Three four."),
        (16, "five"),
        (17, "six"),
    ]


def prose(page: Page) -> str:
    return "\n".join(block.text for block in page.blocks if block.kind == "prose")


def test_no_page_is_a_stub(library: Library) -> None:
    thin = []
    for page in library.pages:
        text = prose(page)
        if page.meta.kind not in ("page", "help") or page.path.startswith("/print"):
            continue
        words = len(re.findall(r"\w+", text))
        headings = len(re.findall(r"(?m)^## ", text))
        if words < 110 or headings < 2:
            thin.append(f"{page.path}: {words} words, {headings} headings")
    assert thin == []


def test_each_page_has_a_way_to_help_in_its_first_lines_and_at_its_end(library: Library) -> None:
    helps = re.compile(r"\]\(/(?:help|areas)[^)]*\)")
    without = []
    for page in library.pages:
        if page.meta.kind in ("neutral", "area", "areas", "home", "search", "help") or page.meta.audience == "everyone":
            continue
        text = prose(page)
        ends = page.blocks[-1].kind == "contacts" or helps.search(text[-600:]) or page.meta.kind != "page"
        if not helps.search(text[:900]) or not ends:
            without.append(page.path)
    assert without == []


def test_the_content_is_plain_enough_and_the_results_are_cached(library: Library, tmp_path: Path) -> None:
    assert check_reading_age(library, CacheFolder(tmp_path)) == []
    script = (
        "import sys; from pathlib import Path; from server.cache import CacheFolder\n"
        "from server.content.reader import read_library\n"
        "from server.content.reading_age import check_reading_age\n"
        "assert check_reading_age(read_library(Path(sys.argv[1])), CacheFolder(Path(sys.argv[2]))) == []\n"
        "assert 'textstat' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script, library.root, tmp_path], check=True, cwd=ROOT)


def test_serving_and_building_never_load_textstat() -> None:
    script = "import server.cli.main, server.serve.app, server.site.build, sys; assert 'textstat' not in sys.modules"
    subprocess.run([sys.executable, "-c", script], check=True, cwd=ROOT)
