"""What is wrong with the content, said so that an editor can mend it: file, line, what, and what to do."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError


@dataclass(frozen=True, order=True)
class Problem:
    file: str
    line: int
    level: Literal["error", "warning"]
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.level}: {self.message}"


class ContentError(Exception):
    """The content cannot be pressed. `problems` holds every error found, not only the first."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


Location = tuple[int | str, ...]

# pydantic's words for the commonest mistakes, in an editor's words and with what to do.
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


def problems_of(error: ValidationError, file: Path, text: str, at: Location = ()) -> list[Problem]:
    """One problem for each thing pydantic found, `at` being where in the file the record stands."""
    found = []
    for detail in error.errors(include_url=False):
        location = at + tuple(detail["loc"])
        key = next((part for part in reversed(location) if isinstance(part, str)), "this record")
        template = _PLAIN.get(detail["type"], "'{key}': {detail}")
        message = template.format(key=key, input=_short(detail["input"]), detail=_detail(detail["msg"]))
        found.append(Problem(str(file), line_of(text, location), "error", message))
    return found


def _detail(message: str) -> str:
    message = message.removeprefix("Value error, ")
    return message[:1].lower() + message[1:]


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 60 else text[:57] + "..."


def line_of(text: str, location: Location) -> int:
    """The line of a TOML text where `location` stands, such as `("contact", 2, "channels", 0, "value")`.

    The nearest thing that is there: a missing key is reported at the head of its table.
    """
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
        same = _common(reached, wanted)
        if same == len(reached) and same > depth:
            best, depth = number, same
        elif same == len(reached) - 1 == len(wanted) - 1 and reached[-1][0] == wanted[-1][0]:
            best, depth = number, len(wanted)
    return best


def _enter(names: list[str], is_array: bool, counts: dict[tuple[tuple[str, int], ...], int]) -> list[tuple[str, int]]:
    """The path of a table header, each array of tables with the number of its item."""
    path: list[tuple[str, int]] = []
    for position, name in enumerate(names):
        slot = (*path, (name, -1))
        last = position == len(names) - 1
        if last and is_array:
            counts[slot] = counts.get(slot, -1) + 1
        path.append((name, max(counts.get(slot, 0), 0)))
    return path


def _common(one: list[tuple[str, int]], other: list[tuple[str, int]]) -> int:
    same = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        same += 1
    return same
