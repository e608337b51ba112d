"""Reads a content folder into a `Library`."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from server.content.contact import Contact
from server.content.file_reader import BRACES, FileReader
from server.content.folder import contact_files, notice_files, page_files
from server.content.model import AreaMap, Library, QuizItem, SignGroup, SignOff, Situation, Where, Words
from server.content.page import Block, Notice, NoticeMeta, Page, PageMeta
from server.content.problems import ContentError, Problem
from server.content.site_text import SiteText
from server.corrections.model import FILE, HISTORY, SIGNED, Corrections, signed_seq

NATIONAL = "national"
LONGEST_ID = 60
"""Characters in a notice's id: with its area, it has to fit into a push message."""
WHERE_PARTS = ("postcodes", "positions", "places")
MAP = "map.json"
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_FRONT_MATTER = re.compile(r"\A\+\+\+[ \t]*\n(.*?)^\+\+\+[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_FENCE = re.compile(r"\+\+\+\s*")
_CONTACTS = re.compile(r"\{\{\s*contacts:([^{}]*)\}\}")

R = TypeVar("R", bound=BaseModel)


def read_library(root: Path) -> Library:
    """Reads the content in `root`. Raises `ContentError` with the problems of all files if any file is invalid."""
    if not root.is_dir():
        missing = "there is no such folder: name the content folder, or set TELLSOMEONE_CONTENT"
        raise ContentError([Problem(str(root), 1, "error", missing)])
    reader = FileReader(root.resolve())
    library = _read(reader)
    if library is None or any(problem.level == "error" for problem in reader.problems):
        raise ContentError(sorted(reader.problems))
    return library


def _read(reader: FileReader) -> Library | None:
    root = reader.root
    contacts: list[Contact] = []
    for file in contact_files(root):
        defaults = {} if file.stem == NATIONAL else {"areas": [file.stem]}
        contacts += reader.records(Contact, "contact", file, defaults=defaults)
    notices = [notice for file in notice_files(root) if (notice := _notice(reader, file))]
    corrections, signed = _corrections(reader, root)
    fields = {
        "site": reader.whole(SiteText, root / "site.toml"),
        "contacts": contacts,
        "signs": reader.records(SignGroup, "group", root / "signs.toml"),
        "quiz": reader.records(QuizItem, "item", root / "quiz.toml"),
        "situations": reader.records(Situation, "situation", root / "situations.toml"),
        "words": reader.whole(Words, root / "words.toml"),
        "signoffs": reader.records(SignOff, "signoff", root / "signoff.toml", least=0),
        "pages": [page for file in page_files(root) if (page := _page(reader, file))],
        "notices": sorted(notices, key=lambda notice: (notice.meta.begins, notice.id), reverse=True),
        "where": _where(reader, root / "where"),
        "corrections": corrections,
        "signed": signed,
    }
    return None if None in fields.values() else Library.model_validate({"root": root} | fields)


def _corrections(reader: FileReader, root: Path) -> tuple[Corrections, str]:
    """The corrections and their signed text. Both files are optional.

    `tellsomeone correct` writes the signed text first. If it was stopped in between, the earlier signed text is used.
    """
    file, signed = root / FILE, root / SIGNED
    corrections = (reader.whole(Corrections, file) if file.exists() else None) or Corrections()
    text = (reader.text(signed) or "").strip() if signed.exists() else ""
    if signed_seq(text) > corrections.seq:
        earlier = root / HISTORY / f"{corrections.seq:04}.json"
        text = (reader.text(earlier) or "").strip() if earlier.exists() else ""
    return corrections, text


def _where(reader: FileReader, folder: Path) -> Where | None:
    """The generated files of `content/where/`. Only the map is read into a record."""
    parts = {name: reader.json(folder / f"{name}.json") for name in WHERE_PARTS}
    map_data = reader.json(folder / MAP)
    area_map = None if map_data is None else reader.record(AreaMap, map_data, folder / MAP, "")
    if area_map is None or None in parts.values():
        return None
    return Where(data=json.dumps(parts, ensure_ascii=False, separators=(",", ":")), map=area_map)


def _page(reader: FileReader, file: Path) -> Page | None:
    parts = file.relative_to(reader.root / "pages").with_suffix("").parts
    if not all(_SLUG.fullmatch(part) for part in parts):
        reader.error(file, 1, "name the file with small letters, digits and hyphens: it becomes the address")
        return None
    path = "/" + "/".join(part for part in parts if part != "index")
    parsed = _markdown(reader, file, PageMeta)
    return Page(path=path, meta=parsed[0], blocks=parsed[1], file=file) if parsed else None


def _notice(reader: FileReader, file: Path) -> Notice | None:
    if not _SLUG.fullmatch(file.stem) or len(file.stem) > LONGEST_ID:
        reader.error(
            file, 1, f"name the file with small letters, digits and hyphens, {LONGEST_ID} at most: it becomes the id"
        )
        return None
    parsed = _markdown(reader, file, NoticeMeta)
    return Notice(id=file.stem, meta=parsed[0], blocks=parsed[1], file=file) if parsed else None


def _markdown(reader: FileReader, file: Path, kind: type[R]) -> tuple[R, tuple[Block, ...]] | None:
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
    return ids if ids and all(_SLUG.fullmatch(contact_id) for contact_id in ids) else None
