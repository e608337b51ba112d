"""Reads files into records, and collects every problem found on the way."""

import json
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from server.content.folder import CACHED_FILES, UnreadableError, odd_character, read_text, shown_path
from server.content.problems import Location, Problem, in_plain_words, line_of

BRACES = "braces are only for {{ contacts: id, id }} on a line of its own, in a page or a notice: write it so"

R = TypeVar("R", bound=BaseModel)
_tables = lru_cache(CACHED_FILES)(tomllib.loads)


@dataclass
class FileReader:
    """Reads files below `root`; `problems` holds what was wrong with those read so far."""

    root: Path
    problems: list[Problem] = field(default_factory=list)

    def error(self, file: Path, line: int, message: str) -> None:
        self.problems.append(Problem(shown_path(self.root, file), line, "error", message))

    def text(self, file: Path) -> str | None:
        """The text of a file. If it can't be read, None, and a problem is recorded."""
        try:
            return read_text(file)
        except UnreadableError as error:
            self.error(file, error.line, str(error))
            return None

    def toml(self, file: Path) -> tuple[dict[str, Any] | None, str]:
        """The tables of a TOML file, and its text. If it is malformed, None, and a problem is recorded."""
        text = self.text(file)
        return (None, "") if text is None else (self.parse(file, text), text)

    def parse(self, file: Path, text: str, before: int = 0) -> dict[str, Any] | None:
        """The tables of a TOML text that follows `before` other lines of `file`. They are cached: don't change them."""
        try:
            return _tables(text)
        except (ValueError, RecursionError) as error:  # ValueError: a number with too many digits
            match = re.search(r"at line (\d+)", str(error))
            line = int(match[1]) if match else text.rstrip("\n").count("\n") + 1
            mistake = re.sub(r" \(at .*\)$", "", str(error))
            self.error(file, line + before, f"malformed TOML: {mistake}. Check quotes, brackets and commas here")
            return None

    def json(self, file: Path) -> dict[str, Any] | None:
        """The object in a generated JSON file. If there is none, None, and a problem is recorded."""
        text = self.text(file)
        if text is None:
            return None
        try:
            data = json.loads(text)
        except (ValueError, RecursionError) as error:
            line = error.lineno if isinstance(error, json.JSONDecodeError) else 1
            self.error(file, line, "malformed JSON: make it again with `tellsomeone where build`")
            return None
        if not isinstance(data, dict) or odd_character(json.dumps(data, ensure_ascii=False)):
            self.error(file, 1, "not what `tellsomeone where build` writes: make it again with that")
            return None
        return data

    def whole(self, kind: type[R], file: Path) -> R | None:
        """Reads a TOML file that is one record. If it is invalid, None, and problems are recorded."""
        data, text = self.toml(file)
        return None if data is None else self.record(kind, data, file, text)

    def record(self, kind: type[R], data: Any, file: Path, text: str, at: Location = (), before: int = 0) -> R | None:
        """`data` as a record of `kind`. If it is invalid, None, and problems are recorded.

        `at` is the location of `data` in `text`, and `text` follows `before` other lines in `file`.
        """
        mistakes = list(_bad_texts(data, at))
        try:
            record = kind.model_validate(_frozen(data), strict=True)
        except ValidationError as error:
            mistakes += in_plain_words(error, at)
        for location, message in mistakes:
            self.error(file, before + line_of(text, location), message)
        return None if mistakes else record

    def records(
        self, kind: type[R], table: str, file: Path, *, least: int = 1, defaults: dict[str, Any] | None = None
    ) -> list[R]:
        """Reads each `[[table]]` of a file as a record of `kind`; `defaults` are fields that a table may leave out.

        Fewer than `least` tables are a problem.
        """
        data, text = self.toml(file)
        if data is None:
            return []
        for key in data.keys() - {table}:
            self.error(file, line_of(text, (key,)), f"'{key}' is not known here: this file holds [[{table}]] only")
        items = data.get(table, [])
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            message = f"write [[{table}]] with two brackets: this file is a list of them"
            self.error(file, line_of(text, (table,)), message)
            return []
        if len(items) < least:
            self.error(file, 1, f"there is no [[{table}]] in this file: put back what was here")
        defaults = defaults or {}
        records = [self.record(kind, defaults | item, file, text, (table, i)) for i, item in enumerate(items)]
        return [record for record in records if record is not None]


def _frozen(data: Any) -> Any:
    """Turns lists into tuples, since pydantic accepts no list for a tuple in strict mode."""
    if isinstance(data, dict):
        return {key: _frozen(value) for key, value in data.items()}
    return tuple(_frozen(value) for value in data) if isinstance(data, list) else data


def _bad_texts(data: Any, at: Location) -> Iterator[tuple[Location, str]]:
    """The location of each text that pages can't show, with what is wrong."""
    if isinstance(data, dict):
        for key, value in data.items():
            yield from _bad_texts(value, (*at, key))
    elif isinstance(data, list):
        for position, value in enumerate(data):
            yield from _bad_texts(value, (*at, position))
    elif isinstance(data, str):
        if message := odd_character(data):
            yield at, message
        if "{" in data or "}" in data:
            yield at, BRACES
