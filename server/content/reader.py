"""From files to a `Library`, or every problem found, each with its file and line."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from server.content.contact import Contact
from server.content.corrections import Corrections
from server.content.model import AreaMap, Library, QuizItem, SignGroup, SignOff, Situation, Where, Words
from server.content.page import Block, Notice, NoticeMeta, Page, PageMeta
from server.content.problems import ContentError, Problem, problems_of
from server.content.site_text import SiteText

NATIONAL = "national"
LONGEST_ID = 60
"""Of a notice: with its area it has to fit into a message."""
WHERE_PARTS = ("postcodes", "positions", "places")
_FRONT_MATTER = re.compile(r"\A\+\+\+\n(.*?)^\+\+\+\n", re.DOTALL | re.MULTILINE)
_CONTACTS = re.compile(r"^\{\{\s*contacts:\s*([a-z0-9, -]+?)\s*\}\}\s*$")
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")

R = TypeVar("R", bound=BaseModel)


@dataclass
class _Reading:
    """What has been read so far, and what was wrong with it."""

    root: Path
    problems: list[Problem] = field(default_factory=list)

    def name(self, file: Path) -> Path:
        return file.relative_to(self.root.parent) if file.is_relative_to(self.root.parent) else file

    def error(self, file: Path, line: int, message: str) -> None:
        self.problems.append(Problem(str(self.name(file)), line, "error", message))

    def text(self, file: Path) -> str | None:
        try:
            return file.read_text(encoding="utf-8")
        except FileNotFoundError:
            self.error(file, 1, "this file is missing: put it back")
        except UnicodeDecodeError as error:
            line = file.read_bytes()[: error.start].count(b"\n") + 1
            self.error(file, line, "this is not UTF-8 text: save the file as UTF-8")
        except OSError as error:
            self.error(file, 1, f"this file can't be read ({error.strerror}): check its rights")
        return None

    def toml(self, file: Path) -> tuple[dict[str, Any], str]:
        """The tables of a TOML file with its text; empty where it is malformed (which is then a problem)."""
        text = self.text(file)
        return ({}, "") if text is None else (self.parse(file, text), text)

    def parse(self, file: Path, text: str, before: int = 0) -> dict[str, Any]:
        try:
            return tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            place = re.search(r"at line (\d+)", str(error))
            line = int(place[1]) if place else text.rstrip("\n").count("\n") + 1
            what = re.sub(r" \(at .*\)$", "", str(error))
            self.error(file, line + before, f"malformed TOML: {what}. Check quotes, brackets and commas here")
            return {}

    def record(
        self, kind: type[R], data: Any, file: Path, text: str, at: tuple[int | str, ...] = (), before: int = 0
    ) -> R | None:
        try:
            return kind.model_validate(data)
        except ValidationError as error:
            self.problems += [
                Problem(p.file, p.line + before, p.level, p.message)
                for p in problems_of(error, self.name(file), text, at)
            ]
            return None

    def records(self, kind: type[R], table: str, file: Path, **extra: Any) -> list[R]:
        """Each `[[table]]` of a file as a record of `kind`, `extra` filling in what the file's name says."""
        data, text = self.toml(file)
        for key in data.keys() - {table}:
            self.error(file, 1, f"'{key}' is not known here: this file holds [[{table}]] tables only")
        items = data.get(table, [])
        if not isinstance(items, list):
            self.error(file, 1, f"write [[{table}]] with two brackets: this file is a list of them")
            return []
        read = [self.record(kind, {**extra, **item}, file, text, (table, i)) for i, item in enumerate(items)]
        return [record for record in read if record is not None]


def read_library(root: Path) -> Library:
    """Reads the folder `root` into a `Library`.

    Raises `ContentError` with every problem of every file when any record is malformed.
    """
    reading = _Reading(root.resolve())
    library = _read(reading)
    if library is None or any(problem.level == "error" for problem in reading.problems):
        raise ContentError(sorted(reading.problems))
    return library


def _read(reading: _Reading) -> Library | None:
    root = reading.root
    site_data, site_source = reading.toml(root / "site.toml")
    site = reading.record(SiteText, site_data, root / "site.toml", site_source) if site_data else None
    words_data, words_source = reading.toml(root / "words.toml")
    words = reading.record(Words, words_data, root / "words.toml", words_source) if words_data else None
    contacts: list[Contact] = []
    for file in sorted((root / "contacts").glob("*.toml")):
        extra = {} if file.stem == NATIONAL else {"areas": [file.stem]}
        contacts += reading.records(Contact, "contact", file, **extra)
    signs = reading.records(SignGroup, "group", root / "signs.toml")
    quiz = reading.records(QuizItem, "item", root / "quiz.toml")
    situations = reading.records(Situation, "situation", root / "situations.toml")
    signoffs = reading.records(SignOff, "signoff", root / "signoff.toml")
    corrections, signed = _corrections(reading, root)
    pages = [page for file in sorted((root / "pages").rglob("*.md")) if (page := _page(reading, file))]
    notices = [notice for file in sorted((root / "notices").glob("*.md")) if (notice := _notice(reading, file))]
    where = _where(reading, root / "where")
    if site is None or words is None or where is None:
        return None
    return Library(
        root=root,
        site=site,
        contacts=tuple(contacts),
        signs=tuple(signs),
        quiz=tuple(quiz),
        situations=tuple(situations),
        words=words,
        signoffs=tuple(signoffs),
        pages=tuple(pages),
        notices=tuple(sorted(notices, key=lambda notice: (notice.meta.begins, notice.id), reverse=True)),
        where=where,
        corrections=corrections,
        signed=signed,
    )


def _corrections(reading: _Reading, root: Path) -> tuple[Corrections, str]:
    """The corrections with what was signed of them; a content folder may be without either file."""
    file, signed = root / "corrections.toml", root / "corrections.json"
    data, text = reading.toml(file) if file.exists() else ({}, "")
    found = reading.record(Corrections, data, file, text)
    return found or Corrections(), ((reading.text(signed) or "").strip() if signed.exists() else "")


def _where(reading: _Reading, folder: Path) -> Where | None:
    """The generated files of `content/where/`: the data as it is, the map as a record."""
    parts = {}
    for name in (*WHERE_PARTS, "map"):
        file = folder / f"{name}.json"
        text = reading.text(file)
        try:
            parts[name] = json.loads(text or "")
        except json.JSONDecodeError as error:
            if text is not None:
                reading.error(file, error.lineno, "malformed JSON: make it anew with `tellsomeone where build`")
            return None
    drawn = reading.record(AreaMap, parts.pop("map"), folder / "map.json", "")
    text = json.dumps(parts, ensure_ascii=False, separators=(",", ":"))
    return Where(data=text, map=drawn) if drawn else None


def _page(reading: _Reading, file: Path) -> Page | None:
    parts = file.relative_to(reading.root / "pages").with_suffix("").parts
    if not all(_SLUG.fullmatch(part) for part in parts):
        reading.error(file, 1, "name the file with small letters, digits and hyphens: it becomes the address")
        return None
    path = "/" + "/".join(part for part in parts if part != "index")
    read = _text_with_front(reading, file, PageMeta)
    return Page(path=path, meta=read[0], blocks=read[1], file=file) if read else None


def _notice(reading: _Reading, file: Path) -> Notice | None:
    if not _SLUG.fullmatch(file.stem) or len(file.stem) > LONGEST_ID:
        reading.error(
            file, 1, f"name the file with small letters, digits and hyphens, {LONGEST_ID} at most: it becomes the id"
        )
        return None
    read = _text_with_front(reading, file, NoticeMeta)
    return Notice(id=file.stem, meta=read[0], blocks=read[1], file=file) if read else None


def _text_with_front(reading: _Reading, file: Path, kind: type[R]) -> tuple[R, tuple[Block, ...]] | None:
    """A Markdown file's front matter as a record of `kind`, and its body."""
    text = reading.text(file)
    if text is None:
        return None
    front = _FRONT_MATTER.match(text)
    if front is None:
        reading.error(file, 1, "a page starts with front matter between two +++ lines: add it")
        return None
    data = reading.parse(file, front[1], before=1)
    meta = reading.record(kind, data, file, front[1], before=1) if data else None
    if meta is None:
        return None
    return meta, _blocks(text[front.end() :], first_line=text[: front.end()].count("\n") + 1)


def _blocks(body: str, first_line: int) -> tuple[Block, ...]:
    """Splits a page's body at its `{{ contacts: … }}` lines."""
    blocks: list[Block] = []
    prose: list[str] = []
    started = first_line

    def close() -> None:
        blank = next((number for number, text in enumerate(prose) if text.strip()), None)
        if blank is not None:  # a record strips its text: the block starts where its words do
            blocks.append(Block(kind="prose", line=started + blank, text="\n".join(prose)))
        prose.clear()

    for line, text in enumerate(body.splitlines(), first_line):
        if contacts := _CONTACTS.match(text):
            close()
            ids = tuple(part.strip() for part in contacts[1].split(",") if part.strip())
            blocks.append(Block(kind="contacts", line=line, contacts=ids))
            started = line + 1
        else:
            prose.append(text)
    close()
    return tuple(blocks)
