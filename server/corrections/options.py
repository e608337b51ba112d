"""Corrections from the options of `tellsomeone correct`."""

import datetime
import difflib
from dataclasses import dataclass
from pathlib import Path

from server.content.model import Library
from server.content.reader import read_library
from server.corrections.model import Banner, Correction
from server.corrections.state import corrections_json, find_channel
from server.corrections.writing import RefusedError, change, describe, write
from server.new_file import locked


@dataclass(frozen=True)
class Options:
    """The options as they are given; `until` and `area` are those of the banner."""

    number: str | None = None
    withdraw: bool = False
    replacement: str | None = None
    note: str | None = None
    banner: str | None = None
    start: datetime.date | None = None
    until: datetime.date | None = None
    area: str | None = None
    drop: tuple[str, ...] = ()


def correct(content: Path, options: Options, key: Path) -> Library:
    """Corrects the content in a folder, signs with the private key in the file `key`, and returns the new library.

    One process at a time; others wait. Raises `ContentError`, `RefusedError`, `KeyTrouble`, or pydantic's
    `ValidationError` for an option that makes no sense.
    """
    try:
        with locked(content):
            library = read_library(content)
            new, banner = _correction(options, library), _banner(options)
            return write(library, change(library.corrections, new, banner, options.drop), key)
    except OSError as error:
        raise RefusedError(f"{error.filename or content} can't be opened: {error.strerror}") from None


def _correction(options: Options, library: Library) -> Correction | None:
    has_change = options.withdraw or options.replacement or options.note
    if not options.number:
        if has_change:
            raise RefusedError("name the number by its id, which is in content/contacts/")
        if options.start and not options.banner:
            raise RefusedError("--from needs a number or a banner")
        return None
    if not find_channel(library, options.number):
        ids = [channel.id for contact in library.contacts for channel in contact.channels]
        similar = difflib.get_close_matches(options.number, ids, 3)
        raise RefusedError(
            f"no number has the id '{options.number}'. "
            + (f"Did you mean {' or '.join(similar)}?" if similar else "The ids are in content/contacts/.")
        )
    if not has_change:
        raise RefusedError(f"say what to do with '{options.number}': --withdraw, --replace or --note")
    return Correction.model_validate(
        {
            "number": options.number,
            "withdrawn": options.withdraw,
            "replaced_by": options.replacement,
            "note": options.note,
            "from": options.start,
        }
    )


def _banner(options: Options) -> Banner | None:
    if not options.banner:
        if options.until or options.area:
            raise RefusedError(
                "--until and --area belong to a banner. The correction of a number lasts until you --drop it"
            )
        return None
    if not options.until:
        raise RefusedError("a banner needs its last day: add --until")
    return Banner.model_validate(
        {"text": options.banner, "from": options.start, "until": options.until, "area": options.area}
    )


def describe_all(library: Library) -> list[str]:
    """What people will see of every correction and the banner, in lines for the terminal."""
    corrections = library.corrections
    lines = [
        f"Signed with sequence {corrections.seq}: {len(corrections_json(library).encode())} bytes. People will see:"
    ]
    for correction in corrections.correction:
        lines += describe(library, correction.number)
    if banner := corrections.banner:
        where = f", except for people who chose an area other than {banner.area}" if banner.area else ""
        lines.append(f"banner until {banner.until}{where}: {banner.text}")
    if not (corrections.correction or corrections.banner):
        lines.append("every number as it is in the content, and no banner.")
    return lines
