"""Writes a correction safely: what was there stays readable, what is new is checked and signed before it counts."""

from __future__ import annotations

import datetime
import json
import os
import tempfile
from pathlib import Path

from server.content.checks import check_library
from server.content.corrected import FILE, SIGNED, as_text, owner, told
from server.content.corrections import Banner, Correction, Corrections
from server.content.model import Library
from server.content.problems import ContentError
from server.content.signing import public_key, sign

HISTORY = "corrections-before"
"""The folder with every text of `corrections.toml` that was signed before, by its sequence."""
_HEAD = "# Numbers withdrawn or replaced, and an urgent banner. `tellsomeone correct` writes this file and signs it.\n"


class RefusedError(Exception):
    """The correction can't be made. The message says why and what to do."""


def change(
    corrections: Corrections, new: Correction | None = None, banner: Banner | None = None, drop: tuple[str, ...] = ()
) -> Corrections:
    """The corrections with `new` in the place of what was said of that number, and the sequence raised.

    `drop` names the numbers whose corrections go, and `"banner"` for the banner.
    """
    gone = {*drop, *([new.number] if new else [])}
    kept = tuple(each for each in corrections.correction if each.number not in gone)
    return corrections.model_copy(
        update={
            "seq": corrections.seq + 1,
            "correction": (*kept, *([new] if new else [])),
            "banner": banner or (None if "banner" in drop else corrections.banner),
        }
    )


def write(library: Library, new: Corrections, key: Path) -> Library:
    """Signs `new` with the private key in `key` and writes it into the content folder, with the text before kept.

    Nothing is written unless the content with it is without an error. Raises `RefusedError`, `KeyTrouble`, or
    `ContentError` with what the content would have had wrong.
    """
    if (public := public_key(key)) not in library.site.correction_keys:
        raise RefusedError(f'no phone knows this key: put correction_keys = ["{public}"] into site.toml first')
    library = library.model_copy(update={"corrections": new})
    library = library.model_copy(update={"signed": sign(as_text(told(library)), key)})
    file = library.root / FILE
    before = file.read_text(encoding="utf-8") if file.exists() else None
    _replace(file, as_toml(new))
    problems = [problem for problem in check_library(library) if problem.level == "error"]
    if problems:
        _replace(file, before) if before is not None else file.unlink()
        raise ContentError(problems)
    if before is not None:
        old = library.root / HISTORY / f"{new.seq - 1:04}.toml"
        old.parent.mkdir(exist_ok=True)
        _replace(old, before)
    _replace(library.root / SIGNED, library.signed + "\n")
    return library


def as_toml(corrections: Corrections) -> str:
    """`corrections.toml` with these corrections in it."""
    parts = [f"{_HEAD}seq = {corrections.seq}\n"]
    records = [("[[correction]]", each) for each in corrections.correction]
    for title, record in (*records, *([("[banner]", corrections.banner)] if corrections.banner else [])):
        fields = record.model_dump(by_alias=True, exclude_defaults=True)
        lines = [f"{name} = {_value(value)}" for name, value in fields.items()]
        parts.append("\n".join([title, *lines]) + "\n")
    return "\n".join(parts)


def _value(value: object) -> str:
    """A value as TOML: a JSON string is a basic string there."""
    return str(value) if isinstance(value, datetime.date) else json.dumps(value, ensure_ascii=False)


def _replace(file: Path, text: str) -> None:
    """Puts the whole text in the file's place at once: whoever reads it meanwhile reads the old or the new."""
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}-")
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        out.write(text)
    Path(name).chmod(0o644)
    Path(name).replace(file)


def seen(library: Library, number: str) -> list[str]:
    """What people will see of a corrected number, a line each."""
    found, now = owner(library, number), told(library)["numbers"].get(number)
    if now is None:
        return [f"{number}: as the content has it."]
    name = f"{number} ({found[0].name}, {found[1].value})" if found else number
    lines = [f"{name}: " + (f"now {now['shown']}" if "shown" in now else "stays" if now.get("stays") else "withdrawn")]
    if "instead" in now:
        _, other, _, shown = now["instead"]
        lines.append(f"  instead: {other}, {shown}")
    elif "href" not in now and not now.get("stays"):
        lines.append("  instead: nothing is left to offer")
    lines += [f"  {key}: {now[key]}" for key in ("note", "from") if key in now]
    return lines
