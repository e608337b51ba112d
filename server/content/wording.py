"""Checks that guard the words: what is never said, how long a sentence is, how hard a page is to read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from server.content.files import Files
from server.content.model import Library, NeverUse, Notice, Page
from server.content.problems import Problem
from server.content.reading import hardest, reading_age, sentences, without_names

OLDEST_READER = {"young-people": 9, "professionals": 14}
"""The highest reading age of a page by its audience; 11 for all others (`voice.md`, house rules)."""
LONGEST_SENTENCE = {"young-people": 20, "professionals": 30}
"""In words; 24 for all others."""

_EXCUSE = re.compile(r"^#\s*excused:\s*([^:]+):\s*\S")
_NUMBERS = re.compile(
    r"\d\s*(?:%|per ?cent)|\b(?:\d+|one|two|three) (?:in|out of) (?:every )?(?:\d+|two|three|four|five|six|ten)\b", re.I
)
_LINK_TARGET = re.compile(r"\]\([^)]*\)")


def check_wording(library: Library, files: Files) -> Iterator[Problem]:
    """Every sentence that may not stand as it does.

    A false alarm is excused in the file itself, with a reason: `# excused: the word: why it may stand here`.
    """
    audiences: dict[Path, str] = {page.file: page.meta.audience for page in library.pages}
    audiences[library.root / "situations.toml"] = "young-people"
    audiences |= {notice.file: strictest(notice.meta.audiences) for notice in library.notices}
    for file in _text_files(library):
        yield from _never_used(library.words.never, file, audiences.get(file, "everyone"), files)
    names = [contact.name for contact in library.contacts]
    names += [name for area in library.site.areas for name in (area.name, area.council)]
    for text in library.texts:
        yield from _readable(text, audiences[text.file], names, files)


def strictest(audiences: tuple[str, ...]) -> str:
    """Of those who read a text, the one whose rules bind it: professionals alone may be written for as such."""
    if "young-people" in audiences:
        return "young-people"
    return audiences[0] if len(set(audiences)) == 1 else "everyone"


def _never_used(rules: tuple[NeverUse, ...], file: Path, audience: str, files: Files) -> Iterator[Problem]:
    lines = files.lines(file)
    excused = {match[1].strip().lower() for line in lines if (match := _EXCUSE.match(line))}
    words = [
        (re.compile(rf"(?<![\w-]){re.escape(word)}(?![\w-])", re.IGNORECASE), word, rule.instead)
        for rule in rules
        if not rule.audiences or audience in rule.audiences
        for word in rule.words
        if word.lower() not in excused
    ]
    for number, text in enumerate(lines, 1):
        if _EXCUSE.match(text) or text.startswith("keywords = "):
            continue
        for pattern, word, instead in words:
            if pattern.search(text):
                yield files.problem(file, number, f"'{word}' is never used here. Instead: {instead}")
        if "!" in _LINK_TARGET.sub("", text) and not text.startswith("#"):
            yield files.problem(file, number, "an exclamation mark: end the sentence with a full stop")
        if audience == "young-people" and (match := _NUMBERS.search(text)):
            yield files.problem(file, number, f"'{match[0]}': no statistics where young people read")


def _readable(page: Page | Notice, audience: str, names: list[str], files: Files) -> Iterator[Problem]:
    prose = [block for block in page.blocks if block.kind == "prose"]
    found = [sentence for block in prose for sentence in sentences(without_names(block.text, names), block.line)]
    longest = LONGEST_SENTENCE.get(audience, 24)
    for sentence in found:
        if len(sentence.words) > longest:
            message = f"a sentence of {len(sentence.words)} words, {longest} at most: '{sentence.text}' Make two of it"
            yield files.problem(page.file, sentence.line, message)
    oldest = OLDEST_READER.get(audience, 11)
    if (age := reading_age(found)) > oldest:
        worst = hardest(found)
        message = (
            f"the page reads at age {age:.1f}, {oldest} at most. Its hardest sentence: '{worst.text}' Make it plainer"
        )
        yield files.problem(page.file, worst.line, message)


def _text_files(library: Library) -> list[Path]:
    return [
        *(library.root / name for name in ("site.toml", "signs.toml", "quiz.toml", "situations.toml")),
        *([library.root / "corrections.toml"] if (library.root / "corrections.toml").exists() else []),
        *sorted((library.root / "contacts").glob("*.toml")),
        *sorted((library.root / "pages").rglob("*.md")),
        *(notice.file for notice in library.notices),
    ]
