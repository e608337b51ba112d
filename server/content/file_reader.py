"""Reads files and records one by one, and collects what is wrong with them."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from server.content.folder import REMEMBERED, UnreadableError, odd_character, read_text
from server.content.problems import Location, Problem, line_of, problems_of

BRACES = "braces are only for {{ contacts: id, id }} on a line of its own, in a page or a notice: write it so"

R = TypeVar("R", bound=BaseModel)


@dataclass
class FileReader:
    """What has been read so far, and what was wrong with it."""

    root: Path
    problems: list[Problem] = field(default_factory=list)

    def name(self, file: Path) -> Path:
        return file.relative_to(self.root.parent) if file.is_relative_to(self.root.parent) else file

    def error(self, file: Path, line: int, message: str) -> None:
        self.problems.append(Problem(str(self.name(file)), line, "error", message))

    def text(self, file: Path) -> str | None:
        """The text of a file; None where it has none (which is then a problem)."""
        try:
            return read_text(file)
        except UnreadableError as error:
            self.error(file, error.line, str(error))
            return None

    def toml(self, file: Path) -> tuple[dict[str, Any] | None, str]:
        """The tables of a TOML file with its text; None where there are none (which is then a problem)."""
        text = self.text(file)
        return (None, "") if text is None else (self.parse(file, text), text)

    def parse(self, file: Path, text: str, before: int = 0) -> dict[str, Any] | None:
        """The tables of a TOML text that stands in `file` below `before` other lines: to be read, not to be changed."""
        try:
            return _tables(text)
        except (ValueError, RecursionError) as error:  # a number too long to read is no TOMLDecodeError
            place = re.search(r"at line (\d+)", str(error))
            line = int(place[1]) if place else text.rstrip("\n").count("\n") + 1
            what = re.sub(r" \(at .*\)$", "", str(error))
            self.error(file, line + before, f"malformed TOML: {what}. Check quotes, brackets and commas here")
            return None

    def json(self, file: Path) -> dict[str, Any] | None:
        """The object of a generated JSON file; None where there is none (which is then a problem)."""
        text = self.text(file)
        if text is None:
            return None
        try:
            data = json.loads(text)
        except (ValueError, RecursionError) as error:
            line = error.lineno if isinstance(error, json.JSONDecodeError) else 1
            self.error(file, line, "malformed JSON: make it anew with `tellsomeone where build`")
            return None
        if not isinstance(data, dict) or odd_character(json.dumps(data, ensure_ascii=False)):
            self.error(file, 1, "not what `tellsomeone where build` writes: make it anew with that")
            return None
        return data

    def whole(self, kind: type[R], file: Path) -> R | None:
        """A TOML file that is one record."""
        data, text = self.toml(file)
        return None if data is None else self.record(kind, data, file, text)

    def record(self, kind: type[R], data: Any, file: Path, text: str, at: Location = (), before: int = 0) -> R | None:
        """`data` as a record of `kind`; `at` is where in `text` it stands, `before` the lines of the file above."""
        found = [
            Problem(str(self.name(file)), line_of(text, where), "error", message)
            for where, message in _bad_texts(data, at)
        ]
        try:
            made = kind.model_validate(_frozen(data), strict=True)
        except ValidationError as error:
            found += problems_of(error, self.name(file), text, at)
        self.problems += [Problem(p.file, p.line + before, p.level, p.message) for p in found]
        return None if found else made

    def records(
        self,
        kind: type[R],
        table: str,
        file: Path,
        *,
        least: int = 1,
        defaults: Mapping[str, Any] = MappingProxyType({}),
    ) -> list[R]:
        """Each `[[table]]` of a file as a record of `kind`, `defaults` filling in what the file's name says."""
        data, text = self.toml(file)
        if data is None:
            return []
        for key in data.keys() - {table}:
            self.error(file, line_of(text, (key,)), f"'{key}' is not known here: this file holds [[{table}]] only")
        items = data.get(table, [])
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            self.error(
                file, line_of(text, (table,)), f"write [[{table}]] with two brackets: this file is a list of them"
            )
            return []
        if len(items) < least:
            self.error(file, 1, f"no [[{table}]] stands in this file: put back what was here")
        read = [self.record(kind, {**defaults, **item}, file, text, (table, i)) for i, item in enumerate(items)]
        return [record for record in read if record is not None]


@lru_cache(REMEMBERED)
def _tables(text: str) -> dict[str, Any]:
    return tomllib.loads(text)


def _frozen(data: Any) -> Any:
    """TOML's lists as tuples, which is what records hold: so they can be read strictly, a number being no text."""
    if isinstance(data, dict):
        return {key: _frozen(value) for key, value in data.items()}
    return tuple(_frozen(value) for value in data) if isinstance(data, list) else data


def _bad_texts(data: Any, at: Location) -> Iterator[tuple[Location, str]]:
    """Where a text stands that no page can show, and what is wrong with it."""
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
