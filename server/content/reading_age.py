"""Checks the reading age of pages and notices, for editors: `tellsomeone check` with requirements-editor.txt.

Counting the syllables of all pages takes seconds, so the result for each text is cached.
"""

import json
from collections.abc import Sequence
from functools import partial
from importlib.metadata import PackageNotFoundError, version

from server.cache import CacheFolder, digest
from server.content.files import Files
from server.content.model import Library
from server.content.problems import Problem
from server.content.reading import Sentence, sentences, without_names
from server.content.wording import audience_of, names_of_services

OLDEST_READER = {"young-people": 9, "professionals": 14}
"""The highest reading age for these audiences."""
OLDEST_OTHER = 11
"""The highest reading age for all other audiences."""


class NotInstalledError(Exception):
    """The library that counts syllables isn't installed."""


def check_reading_age(library: Library, cache: CacheFolder) -> list[Problem]:
    """A problem for each page and notice that is too hard to read. Raises `NotInstalledError`."""
    try:
        counter = version("textstat")
    except PackageNotFoundError:
        raise NotInstalledError from None
    files, services = Files(library), names_of_services(library)
    problems = []
    for text in library.texts:
        oldest = OLDEST_READER.get(audience_of(text), OLDEST_OTHER)
        prose = [(block.line, without_names(block.text, services)) for block in text.blocks if block.kind == "prose"]
        name = digest(json.dumps([counter, oldest, prose]))
        if hardest_line := json.loads(cache.get_or_make(name, partial(_judge, prose, oldest))):
            problems.append(files.problem(text.file, *hardest_line))
    cache.forget_unused()
    return sorted(problems)


def _judge(prose: list[tuple[int, str]], oldest: int) -> bytes:
    """As JSON, the line and message of the problem, or null if the text isn't too hard."""
    all_sentences = [sentence for line, text in prose for sentence in sentences(text, line)]
    if (age := reading_age(all_sentences)) <= oldest:
        return b"null"
    worst = hardest(all_sentences)
    message = f"the page reads at age {age:.1f}, {oldest} at most. Its hardest sentence: '{worst.text}' Make it plainer"
    return json.dumps([worst.line, message]).encode()


def reading_age(texts: Sequence[Sentence]) -> float:
    """The age in years at which most people can read the text: the Flesch-Kincaid grade (Kincaid 1975) plus five."""
    import textstat  # slow to load, and needed only for texts that aren't cached

    words = [word for sentence in texts for word in sentence.words]
    if not words:
        return 5.0
    syllables: int = sum(textstat.syllable_count(word) for word in words)
    grade = 0.39 * len(words) / len(texts) + 11.8 * syllables / len(words) - 15.59
    return max(grade, 0.0) + 5


def hardest(texts: Sequence[Sentence]) -> Sentence:
    """The sentence that is hardest to read."""
    return max(texts, key=lambda sentence: reading_age([sentence]) + len(sentence.words) / 10)
