"""Writes a correction safely: what was there stays readable, what is new is checked and signed before it counts."""

from __future__ import annotations

import contextlib
import datetime
import json
import os
from collections.abc import Iterator
from pathlib import Path

from server.content.checks import check_library
from server.content.model import Library
from server.content.problems import ContentError
from server.corrections.model import (
    FILE,
    HIGHEST_SEQ,
    HISTORY,
    SIGNED,
    Banner,
    Correction,
    Corrections,
    signed_seq,
)
from server.corrections.signing import public_key, sign, signed_body
from server.corrections.state import correction_state, find_channel, to_json
from server.new_file import locked

_HEAD = "# Numbers withdrawn or replaced, and an urgent banner. `tellsomeone correct` writes this file and signs it.\n"


class RefusedError(Exception):
    """The correction can't be made. The message says why and what to do."""


@contextlib.contextmanager
def one_at_a_time(root: Path) -> Iterator[None]:
    """Lets one process at a time correct the content in `root`; the others wait. Raises `RefusedError`."""
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(locked(root))
        except OSError as error:
            raise RefusedError(f"{root} can't be opened: {error.strerror}") from None
        yield


def change(
    corrections: Corrections, new: Correction | None = None, banner: Banner | None = None, drop: tuple[str, ...] = ()
) -> Corrections:
    """The corrections with `new` in the place of what was said of that number, and the sequence raised.

    `drop` names the numbers whose corrections go, and `"banner"` for the banner. Raises `RefusedError` where one isn't
    there, or where the sequence can't be raised.
    """
    there = [each.number for each in corrections.correction] + (["banner"] if corrections.banner else [])
    for name in drop:
        if name not in there:
            have = f"you can drop {', '.join(there)}" if there else "there is nothing to drop"
            raise RefusedError(f"there is no correction of '{name}': {have}")
    gone = {*drop, *([new.number] if new else [])}
    kept = tuple(each for each in corrections.correction if each.number not in gone)
    return _with_seq(
        corrections.model_copy(
            update={
                "correction": (*kept, *([new] if new else [])),
                "banner": banner or (None if "banner" in drop else corrections.banner),
            }
        ),
        corrections.seq + 1,
    )


def _with_seq(corrections: Corrections, seq: int) -> Corrections:
    if seq > HIGHEST_SEQ:
        raise RefusedError(
            f"seq is {seq - 1} and can't go higher, since phones can't count further. Change the content instead"
        )
    return corrections.model_copy(update={"seq": seq})


def write(library: Library, new: Corrections, key: Path) -> Library:
    """Signs `new` with the private key in `key` and writes it into the content folder, with what was there kept.

    Nothing is written unless the content with it is without an error. All is written beside its place first, and put
    there file by file, `FILE` last: until then the reader goes by what was there before. Raises `RefusedError`,
    `KeyTrouble`, or `ContentError` with what the content would have had wrong.
    """
    if (public := public_key(key)) not in library.site.correction_keys:
        raise RefusedError(f'no phone trusts this key yet: first put correction_keys = ["{public}"] into site.toml')
    root, old = library.root, library.corrections.seq
    file, signed, history = root / FILE, root / SIGNED, root / HISTORY
    # A run that was stopped may have signed this sequence already: none is used twice.
    there = signed.read_text(encoding="utf-8") if signed.exists() else ""
    used = signed_seq(there) if signed_body(there, library.site.correction_keys) else 0  # phones believe no other
    new = _with_seq(new, max(new.seq, used + 1))
    before = {history / f"{old:04}.toml": file.read_text(encoding="utf-8")} if file.exists() else {}
    if library.signed:
        before[history / f"{old:04}.json"] = library.signed + "\n"
    library = library.model_copy(update={"corrections": new})
    library = library.model_copy(update={"signed": sign(to_json(correction_state(library)), key)})
    texts = {signed: library.signed + "\n", file: as_toml(new)}
    problems = [problem for problem in check_library(library, texts=texts) if problem.level == "error"]
    if problems:
        raise ContentError(problems)
    _put_in_place({**before, **texts})
    return library


def _put_in_place(texts: dict[Path, str]) -> None:
    """Writes each file, in this order and each at once, or none of them. Raises `RefusedError`."""
    prepared: dict[Path, Path] = {}
    try:
        for file, text in texts.items():
            file.parent.mkdir(exist_ok=True)
            prepared[file] = file.with_name(f".{file.name}.new")  # the reader passes it over, the next run replaces it
            with prepared[file].open("w", encoding="utf-8") as out:
                out.write(text)
                out.flush()
                os.fsync(out.fileno())
        for file, new in prepared.items():
            new.replace(file)
    except OSError as error:
        for new in prepared.values():
            with contextlib.suppress(OSError):
                new.unlink(missing_ok=True)
        raise RefusedError(f"{error.filename or file} can't be written: {error.strerror}") from None


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


def describe(library: Library, number: str) -> list[str]:
    """What people will see of a corrected number, a line each."""
    found, now = find_channel(library, number), correction_state(library)["numbers"].get(number)
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
