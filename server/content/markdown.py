"""Reads a Markdown file: its front matter, and the blocks of prose and contacts in its body."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from server.content.file_reader import BRACES, FileReader
from server.content.page import Block

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_FRONT_MATTER = re.compile(r"\A\+\+\+[ \t]*\n(.*?)^\+\+\+[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_FENCE = re.compile(r"\+\+\+\s*")
_CONTACTS = re.compile(r"\{\{\s*contacts:([^{}]*)\}\}")

R = TypeVar("R", bound=BaseModel)


def read_markdown(reader: FileReader, file: Path, kind: type[R]) -> tuple[R, tuple[Block, ...]] | None:
    """The front matter of a file as a record of `kind`, and the blocks of its body. If it is invalid, None."""
    text = reader.text(file)
    if text is None:
        return None
    front = _FRONT_MATTER.match(text)
    if front is None:
        reader.error(file, 1, "a page starts with front matter between two +++ lines: add it")
        return None
    data = reader.parse(file, front[1], before=1)
    meta = None if data is None else reader.record(kind, data, file, front[1], before=1)
    blocks = tuple(_blocks(reader, file, text[front.end() :], first_line=text[: front.end()].count("\n") + 1))
    return None if meta is None else (meta, blocks)


def _blocks(reader: FileReader, file: Path, body: str, first_line: int) -> Iterator[Block]:
    """The blocks of a body, which is split at its `{{ contacts: … }}` lines."""
    prose: list[tuple[int, str]] = []

    def prose_block() -> Iterator[Block]:
        while prose and not prose[0][1].strip():  # a record strips its text, so the block's line is its first word's
            del prose[0]
        if prose:
            yield Block(kind="prose", line=prose[0][0], text="\n".join(text for _, text in prose))
        prose.clear()

    for line, text in enumerate(body.split("\n"), first_line):
        if "{" in text or "}" in text:
            if ids := _contacts(text):
                yield from prose_block()
                yield Block(kind="contacts", line=line, contacts=ids)
            else:
                reader.error(file, line, BRACES)
        elif _FENCE.fullmatch(text):
            reader.error(file, line, "a third +++ line: front matter stands once, at the top of the file")
        else:
            prose.append((line, text))
    yield from prose_block()


def _contacts(text: str) -> tuple[str, ...] | None:
    """The ids in a `{{ contacts: … }}` line; None if it isn't one."""
    match = _CONTACTS.fullmatch(text.strip())
    ids = tuple(part.strip() for part in match[1].split(",")) if match else ()
    return ids if ids and all(SLUG.fullmatch(contact_id) for contact_id in ids) else None
