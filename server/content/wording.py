"""Checks of the wording: words that are never used, exclamation marks, statistics, and long sentences."""

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from server.content.files import Files
from server.content.folder import contact_files, notice_files, page_files
from server.content.model import Library, NeverUse
from server.content.page import Notice, Page
from server.content.problems import Problem
from server.content.reading import Sentence, sentences, without_names

LONGEST_SENTENCE = {"young-people": 20, "professionals": 30}
"""The most words in a sentence for these audiences."""
LONGEST_OTHER = 24
"""The most words in a sentence for all other audiences."""
_CACHED_TEXTS = 4096
"""How many results stay in memory: the server checks all texts again after an edit, and most haven't changed."""

_EXCUSE = re.compile(r"^#\s*excused:\s*([^:]+):\s*\S")
_NUMBERS = re.compile(
    r"\d\s*(?:%|per ?cent)|\b(?:\d+|one|two|three) (?:in|out of) (?:every )?(?:\d+|two|three|four|five|six|ten)\b", re.I
)
_LINK_TARGET = re.compile(r"\]\([^)]*\)")


def check_wording(library: Library, files: Files) -> Iterator[Problem]:
    """Problems with the wording.

    A word that is right in its place is excused in the same file, with a reason: `# excused: the word: the reason`.
    """
    audiences = {text.file: audience_of(text) for text in library.texts}
    audiences[library.root / "situations.toml"] = "young-people"
    for file in _text_files(library, files):
        whole = "\n".join(files.lines(file))
        for line, message in _never_used_in(whole, library.words.never, audiences.get(file, "everyone")):
            yield files.problem(file, line, message)
    names = names_of_services(library)
    for text in library.texts:
        yield from _check_sentence_lengths(text, audiences[text.file], names, files)


def names_of_services(library: Library) -> tuple[str, ...]:
    """The names of contacts, areas and councils. In a sentence, each counts as one short word."""
    areas = [name for area in library.site.areas for name in (area.name, area.council)]
    return (*(contact.name for contact in library.contacts), *areas)


def audience_of(text: Page | Notice) -> str:
    """The audience whose rules apply to a text."""
    return text.meta.audience if isinstance(text, Page) else strictest(text.meta.audiences)


def strictest(audiences: tuple[str, ...]) -> str:
    """The audience whose rules are the strictest. Those for professionals apply only if nobody else reads the text."""
    if "young-people" in audiences:
        return "young-people"
    return audiences[0] if len(set(audiences)) == 1 else "everyone"


@lru_cache(_CACHED_TEXTS)
def _never_used_in(text: str, rules: tuple[NeverUse, ...], audience: str) -> tuple[tuple[int, str], ...]:
    """The line and the message of each problem."""
    lines = text.split("\n")
    excused = {match[1].strip().lower() for line in lines if (match := _EXCUSE.match(line))}
    folded = text.casefold()
    words = [
        (re.compile(rf"(?<![\w-]){re.escape(word)}(?![\w-])", re.IGNORECASE), word, rule.instead)
        for rule in rules
        if not rule.audiences or audience in rule.audiences
        for word in rule.words
        if word.casefold() in folded and word.lower() not in excused
    ]
    problems = []
    for number, line in enumerate(lines, 1):
        if _EXCUSE.match(line) or line.startswith("keywords = "):
            continue
        for pattern, word, instead in words:
            if pattern.search(line):
                problems.append((number, f"'{word}' is never used here. Instead: {instead}"))
        if "!" in _LINK_TARGET.sub("", line) and not line.startswith("#"):
            problems.append((number, "an exclamation mark: end the sentence with a full stop"))
        if audience == "young-people" and (match := _NUMBERS.search(line)):
            problems.append((number, f"'{match[0]}': no statistics where young people read"))
    return tuple(problems)


def _check_sentence_lengths(
    text: Page | Notice, audience: str, names: tuple[str, ...], files: Files
) -> Iterator[Problem]:
    longest = LONGEST_SENTENCE.get(audience, LONGEST_OTHER)
    for block in text.blocks:
        for sentence in _longer_than(longest, block.text, block.line, names) if block.kind == "prose" else ():
            message = f"a sentence of {len(sentence.words)} words, {longest} at most: '{sentence.text}' Make two of it"
            yield files.problem(text.file, sentence.line, message)


@lru_cache(_CACHED_TEXTS)
def _longer_than(longest: int, text: str, first_line: int, names: tuple[str, ...]) -> tuple[Sentence, ...]:
    all_sentences = sentences(without_names(text, names), first_line)
    return tuple(sentence for sentence in all_sentences if len(sentence.words) > longest)


def _text_files(library: Library, files: Files) -> list[Path]:
    return [
        *(library.root / name for name in ("site.toml", "signs.toml", "quiz.toml", "situations.toml")),
        *([library.root / "corrections.toml"] if files.has(library.root / "corrections.toml") else []),
        *contact_files(library.root),
        *page_files(library.root),
        *notice_files(library.root),
    ]
