"""Reads a content folder into a `Library`."""

import json
from pathlib import Path

from server.content.contact import Contact
from server.content.file_reader import FileReader
from server.content.folder import contact_files, notice_files, page_files
from server.content.markdown import SLUG, read_markdown
from server.content.model import AreaMap, Library, QuizItem, SignGroup, SignOff, Situation, Where, Words
from server.content.page import Notice, NoticeMeta, Page, PageMeta
from server.content.problems import ContentError, Problem
from server.content.site_text import SiteText
from server.corrections.model import FILE, HISTORY, SIGNED, Corrections, signed_seq

NATIONAL = "national"
LONGEST_ID = 60
"""Characters in a notice's id: with its area, it has to fit into a push message."""
WHERE_PARTS = ("postcodes", "positions", "places")
MAP = "map.json"


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
    site = reader.whole(SiteText, root / "site.toml")
    words = reader.whole(Words, root / "words.toml")
    contacts: list[Contact] = []
    for file in contact_files(root):
        defaults = {} if file.stem == NATIONAL else {"areas": [file.stem]}
        contacts += reader.records(Contact, "contact", file, defaults=defaults)
    signs = reader.records(SignGroup, "group", root / "signs.toml")
    quiz = reader.records(QuizItem, "item", root / "quiz.toml")
    situations = reader.records(Situation, "situation", root / "situations.toml")
    signoffs = reader.records(SignOff, "signoff", root / "signoff.toml", least=0)
    corrections, signed = _corrections(reader, root)
    pages = [page for file in page_files(root) if (page := _page(reader, file))]
    notices = [notice for file in notice_files(root) if (notice := _notice(reader, file))]
    where = _where(reader, root / "where")
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
    if not all(SLUG.fullmatch(part) for part in parts):
        reader.error(file, 1, "name the file with small letters, digits and hyphens: it becomes the address")
        return None
    path = "/" + "/".join(part for part in parts if part != "index")
    parsed = read_markdown(reader, file, PageMeta)
    return Page(path=path, meta=parsed[0], blocks=parsed[1], file=file) if parsed else None


def _notice(reader: FileReader, file: Path) -> Notice | None:
    if not SLUG.fullmatch(file.stem) or len(file.stem) > LONGEST_ID:
        reader.error(
            file, 1, f"name the file with small letters, digits and hyphens, {LONGEST_ID} at most: it becomes the id"
        )
        return None
    parsed = read_markdown(reader, file, NoticeMeta)
    return Notice(id=file.stem, meta=parsed[0], blocks=parsed[1], file=file) if parsed else None
