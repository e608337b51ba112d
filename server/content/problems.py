"""Problems of the content, with messages for editors: the file, the line, what is wrong, and what to do."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from pydantic import ValidationError


@dataclass(frozen=True, order=True)
class Problem:
    """An error or a warning about one line of a file."""

    file: str
    line: int
    level: Literal["error", "warning"]
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.level}: {self.message}"


class ContentError(Exception):
    """The content has errors and can't be built. `problems` holds all of them, not only the first."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


Location = tuple[int | str, ...]
"""Where a value is in a TOML file, such as `("contact", 2, "channels", 0, "value")`."""

_PLAIN = {
    "missing": "'{key}' is missing: add it",
    "extra_forbidden": "'{key}' is not a field of this kind: check its spelling, or take it out",
    "enum": "'{input}' can't stand for '{key}': {detail}",
    "literal_error": "'{input}' can't stand for '{key}': {detail}",
    "string_type": "'{key}' is {input}, which is not a text: put it between quotes",
    "date_type": "'{key}' is '{input}', which is not a date: write it with no quotes, such as 2026-11-23",
    "int_type": "'{key}' is '{input}', which is not a whole number: write it with no quotes and no point",
    "float_type": "'{key}' is '{input}', which is not a number: write it with no quotes",
    "bool_type": "'{key}' is '{input}': write true or false, with no quotes",
    "tuple_type": "'{key}' is '{input}', which is not a list: put it between [ and ]",
    "dict_type": "'{key}' is '{input}', which is not a table: write its fields by name",
    "model_type": "'{key}' is '{input}', which is not a table: write its fields by name",
}
"""Messages for the commonest errors, by pydantic's name for them."""


def in_plain_words(error: ValidationError, at: Location) -> Iterator[tuple[Location, str]]:
    """The location and a message for each of pydantic's errors. `at` is the location of the record."""
    for detail in error.errors(include_url=False):
        location = at + tuple(detail["loc"])
        key = next((part for part in reversed(location) if isinstance(part, str)), "this record")
        template = _PLAIN.get(detail["type"], "'{key}': {detail}")
        value, reason = str(detail["input"]), detail["msg"].removeprefix("Value error, ")
        shortened = value if len(value) <= 60 else value[:57] + "..."
        yield location, template.format(key=key, input=shortened, detail=reason[:1].lower() + reason[1:])


def line_of(text: str, location: Location) -> int:
    """The line of `location` in a TOML text; for a missing key, that of the header of the innermost table found."""
    wanted: list[tuple[str, int]] = []
    for part in location:
        if isinstance(part, int) and wanted:
            wanted[-1] = (wanted[-1][0], part)
        else:
            wanted.append((str(part), 0))
    current: list[tuple[str, int]] = []
    counts: dict[tuple[tuple[str, int], ...], int] = {}
    best, depth = 1, 0
    for number, line in enumerate(text.splitlines(), 1):
        header = re.match(r"\s*(\[\[?)\s*([\w.\- ]+?)\s*\]", line)
        if header:
            current = _enter([part.strip() for part in header[2].split(".")], header[1] == "[[", counts)
            reached = current
        elif key := re.match(r"\s*([\w-]+)\s*=", line):
            reached = [*current, (key[1], 0)]
        else:
            continue
        if wanted[: len(reached)] == reached:
            if len(reached) > depth:
                best, depth = number, len(reached)
        elif len(reached) == len(wanted) and [*reached[:-1], (reached[-1][0], wanted[-1][1])] == wanted:
            best, depth = number, len(wanted)
    return best


def _enter(names: list[str], is_array: bool, counts: dict[tuple[tuple[str, int], ...], int]) -> list[tuple[str, int]]:
    """The path that a table header enters, with the index of the item in each array of tables; updates `counts`."""
    path: list[tuple[str, int]] = []
    for position, name in enumerate(names):
        slot = (*path, (name, -1))
        if is_array and position == len(names) - 1:
            counts[slot] = counts.get(slot, -1) + 1
        path.append((name, max(counts.get(slot, 0), 0)))
    return path
