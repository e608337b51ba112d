"""Splits Markdown into sentences."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_MARKS = re.compile(r"^\s*(?:#+\s+|[-*]\s+|\d+\.\s+|>\s*)")
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
_END = re.compile(r"(?<=[.?:;])[\"'\u201d\u2019)]*\s+")
_WORD = re.compile(r"[A-Za-z][A-Za-z'\u2019-]*")


@dataclass(frozen=True)
class Sentence:
    """A sentence, and the line on which it begins."""

    line: int
    text: str

    @property
    def words(self) -> list[str]:
        return _WORD.findall(self.text)


def sentences(markdown: str, first_line: int = 1) -> Iterator[Sentence]:
    """The sentences of a Markdown text. Headings and list items count as sentences, even without a full stop."""
    paragraph: list[tuple[int, str]] = []
    for number, raw in enumerate([*markdown.splitlines(), ""], first_line):
        text = _LINK.sub(r"\1", raw).replace("**", "").replace("_", " ")
        marked = _MARKS.match(text)
        if (marked or not text.strip()) and paragraph:
            yield from _split(paragraph)
            paragraph = []
        if text.strip():
            paragraph.append((number, _MARKS.sub("", text).strip()))
            if text.lstrip().startswith("#"):
                yield from _split(paragraph)
                paragraph = []


def _split(paragraph: list[tuple[int, str]]) -> Iterator[Sentence]:
    starts: list[tuple[int, int]] = []
    joined = ""
    for number, text in paragraph:
        starts.append((len(joined), number))
        joined += text + " "
    position = 0
    for part in _END.split(joined):
        at = joined.index(part, position)
        position = at + len(part)
        if _WORD.search(part):
            yield Sentence(max(number for start, number in starts if start <= at), part.strip())


def without_names(text: str, names: Iterable[str]) -> str:
    """The text with each of the names replaced by a short word, since nobody can choose plainer words for a name."""
    for name in sorted((name for name in names if name in text), key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", "Jo", text)
    return text
