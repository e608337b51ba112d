"""Edits of content files that tests make, and the errors that they cause."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from server.content.checks import read_checked
from server.content.problems import ContentError

Mistake = Callable[[Path], tuple[str, int, str]]
"""Makes a mistake in the content folder, and returns the file, the line and some words of the error it causes."""


def errors(folder: Path) -> list[str]:
    """The errors of the content, as `tellsomeone check` prints them."""
    try:
        read_checked(folder)
    except ContentError as error:
        return [str(problem) for problem in error.problems if problem.level == "error"]
    return []


def refuses(folder: Path, mistake: Mistake) -> None:
    """Asserts that a mistake is refused with its file, its line and its words."""
    file, line, words = mistake(folder)
    place = f"content/{file}:{line}: error: "
    messages = errors(folder)
    assert any(message.startswith(place) and words in message for message in messages), (place, words, messages)


def replace(file: Path, pattern: str, replacement: str) -> int:
    """Replaces the first match of `pattern`, and returns its line."""
    text = file.read_text()
    match = re.search(pattern, text, re.MULTILINE)
    assert match, f"{pattern} is not in {file.name}"
    file.write_text(text[: match.start()] + match.expand(replacement) + text[match.end() :])
    return text[: match.start()].count("\n") + 1


def append(file: Path, line: str) -> int:
    """Adds a line at the end of the file, and returns its number."""
    text = file.read_text().rstrip("\n")
    file.write_text(f"{text}\n{line}\n")
    return text.count("\n") + 2


def insert(file: Path, text: str, line: int) -> None:
    """Inserts `text` so that it becomes the line with the number `line`."""
    lines = file.read_text().split("\n")
    file.write_text("\n".join([*lines[: line - 1], text, *lines[line - 1 :]]))


def notice(folder: Path, name: str = "a-preview", body: str = "This site is a preview.", **fields: str) -> str:
    """Writes a notice whose front matter has these `fields` in place of its own, and returns its file."""
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
