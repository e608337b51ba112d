"""Writes corrections: checked, signed, and put in place so that an interruption never leaves the files inconsistent."""

import contextlib
import datetime
import json
import os
from pathlib import Path

from server.content.checks import check_library
from server.content.model import Library
from server.content.problems import ContentError
from server.corrections.model import FILE, HIGHEST_SEQ, HISTORY, SIGNED, Banner, Correction, Corrections, signed_seq
from server.corrections.signing import public_key, sign, signed_body
from server.corrections.state import correction_state, find_channel, to_json

_HEAD = "# Numbers withdrawn or replaced, and an urgent banner. `tellsomeone correct` writes this file and signs it.\n"


class RefusedError(Exception):
    """A correction can't be made. The message says why, and what to do."""


def change(
    corrections: Corrections, new: Correction | None = None, banner: Banner | None = None, drop: tuple[str, ...] = ()
) -> Corrections:
    """The corrections with the next sequence number and with `new` in place of any earlier correction of its number.

    `drop` lists ids of numbers, or `"banner"`: their corrections are removed. Raises `RefusedError` for an unknown one.
    """
    numbers = [correction.number for correction in corrections.correction]
    droppable = [*numbers, *(["banner"] if corrections.banner else [])]
    for name in drop:
        if name not in droppable:
            choice = f"you can drop {', '.join(droppable)}" if droppable else "there is nothing to drop"
            raise RefusedError(f"there is no correction of '{name}': {choice}")
    removed = {*drop, *([new.number] if new else [])}
    unchanged = tuple(correction for correction in corrections.correction if correction.number not in removed)
    return corrections.model_copy(
        update={
            "seq": corrections.seq + 1,
            "correction": (*unchanged, *([new] if new else [])),
            "banner": banner or (None if "banner" in drop else corrections.banner),
        }
    )


def write(library: Library, corrections: Corrections, key: Path) -> Library:
    """Signs `corrections` with the private key in the file `key`, writes both files, and returns the new library.

    The earlier versions are copied to the history first. Nothing is written unless the content is free of errors with
    the new corrections. Each file is written beside its place and renamed, `FILE` last: until then the reader uses the
    earlier versions. Raises `RefusedError`, `KeyTrouble`, or `ContentError` with the errors the content would have.
    """
    if (public := public_key(key)) not in library.site.correction_keys:
        raise RefusedError(f'no phone trusts this key yet: first put correction_keys = ["{public}"] into site.toml')
    root, old_seq = library.root, library.corrections.seq
    file, signed, history = root / FILE, root / SIGNED, root / HISTORY
    # An interrupted run may have signed this sequence number already, and none may be signed twice. A text that no key
    # of the site signed doesn't count: phones reject it.
    signed_text = signed.read_text(encoding="utf-8") if signed.exists() else ""
    used_seq = signed_seq(signed_text) if signed_body(signed_text, library.site.correction_keys) else 0
    seq = max(corrections.seq, used_seq + 1)
    if seq > HIGHEST_SEQ:
        raise RefusedError(
            f"seq is {seq - 1} and can't go higher, since phones can't count further. Change the content instead"
        )
    corrections = corrections.model_copy(update={"seq": seq})
    earlier = {history / f"{old_seq:04}.toml": file.read_text(encoding="utf-8")} if file.exists() else {}
    if library.signed:
        earlier[history / f"{old_seq:04}.json"] = library.signed + "\n"
    library = library.model_copy(update={"corrections": corrections})
    library = library.model_copy(update={"signed": sign(to_json(correction_state(library)), key)})
    texts = {signed: library.signed + "\n", file: as_toml(corrections)}
    problems = [problem for problem in check_library(library, texts=texts) if problem.level == "error"]
    if problems:
        raise ContentError(problems)
    _put_in_place({**earlier, **texts})
    return library


def _put_in_place(texts: dict[Path, str]) -> None:
    """Writes each file atomically and in this order, or none of them. Raises `RefusedError`."""
    temporary: dict[Path, Path] = {}
    try:
        for file, text in texts.items():
            file.parent.mkdir(exist_ok=True)
            temporary[file] = file.with_name(f".{file.name}.new")  # hidden: the reader ignores what a crash leaves
            with temporary[file].open("w", encoding="utf-8") as stream:
                stream.write(text)
                stream.flush()
                os.fsync(stream.fileno())
        for file, replacement in temporary.items():
            replacement.replace(file)
    except OSError as error:
        for replacement in temporary.values():
            with contextlib.suppress(OSError):
                replacement.unlink(missing_ok=True)
        raise RefusedError(f"{error.filename or file} can't be written: {error.strerror}") from None


def as_toml(corrections: Corrections) -> str:
    """The text of `corrections.toml` for these corrections."""
    tables = [("[[correction]]", correction) for correction in corrections.correction]
    banner = [("[banner]", corrections.banner)] if corrections.banner else []
    parts = [f"{_HEAD}seq = {corrections.seq}\n"]
    for title, record in (*tables, *banner):
        fields = record.model_dump(by_alias=True, exclude_defaults=True)
        lines = [f"{name} = {_toml_value(value)}" for name, value in fields.items()]
        parts.append("\n".join([title, *lines]) + "\n")
    return "\n".join(parts)


def _toml_value(value: object) -> str:
    """A value as TOML. A JSON string is also a basic string in TOML."""
    return str(value) if isinstance(value, datetime.date) else json.dumps(value, ensure_ascii=False)


def describe(library: Library, number: str) -> list[str]:
    """What people will see of a corrected number, in lines for the terminal."""
    match, state = find_channel(library, number), correction_state(library)["numbers"][number]
    name = f"{number} ({match[0].name}, {match[1].value})" if match else number
    outcome = "stays" if state.get("stays") else "withdrawn"
    if "shown" in state:
        outcome = f"now {state['shown']}"
    lines = [f"{name}: {outcome}"]
    if "instead" in state:
        _, contact_name, _, shown = state["instead"]
        lines.append(f"  instead: {contact_name}, {shown}")
    elif "href" not in state and not state.get("stays"):
        lines.append("  instead: nothing is left to offer")
    lines += [f"  {key}: {state[key]}" for key in ("note", "from") if key in state]
    return lines
