"""Checks of the corrections, and of the signed copy that phones get."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import brotli
from pydantic import ValidationError

from server.content.files import Files
from server.content.model import Library
from server.content.problems import Problem
from server.corrections.model import FILE, SIGNED, Corrections, signed_seq
from server.corrections.signing import signed_body
from server.corrections.state import correction_state, find_channel, replace_number

MAX_SIZE = 4096
"""The largest size of the signed corrections in bytes, compressed with Brotli."""


def check_corrections(library: Library, files: Files) -> Iterator[Problem]:
    """Mistakes in the corrections, and differences between the signed copy and the file."""
    corrections, file = library.corrections, library.root / FILE
    yield from _check_numbers(library, files)
    if corrections.banner and corrections.banner.area not in (None, *(area.slug for area in library.site.areas)):
        line = files.line(file, f'"{corrections.banner.area}"')
        yield files.problem(file, line, f"the area '{corrections.banner.area}' is not known: see site.toml")
    signed = library.root / SIGNED
    if signed.exists() and signed_seq("\n".join(files.lines(signed))) > corrections.seq:
        message = f"newer than {FILE}: `tellsomeone correct` was stopped, and changed nothing. Run it again"
        yield files.problem(signed, 1, message, warning=True)
    if library.signed or corrections != Corrections():
        yield from _check_signed(library, files)


def _check_numbers(library: Library, files: Files) -> Iterator[Problem]:
    file = library.root / FILE
    counts = Counter(correction.number for correction in library.corrections.correction)
    for correction in library.corrections.correction:
        number = correction.number
        line = files.line(file, f'"{number}"')
        match = find_channel(library, number)
        if counts[number] > 1:
            yield files.problem(file, line, f"'{number}' is corrected twice: make one of it")
        if not match:
            message = f"no number has the id '{number}': if it was taken out of the content, withdraw it here"
            yield files.problem(file, line, message, warning=correction.withdrawn)
        elif match[1].value == "999" and (correction.withdrawn or correction.replaced_by):
            yield files.problem(file, line, "999 can't be withdrawn or replaced")
        elif correction.replaced_by:
            try:
                replace_number(match[1], correction)
            except ValidationError as error:
                yield files.problem(file, line, str(error.errors()[0]["msg"]).removeprefix("Value error, "))


def _check_signed(library: Library, files: Files) -> Iterator[Problem]:
    file, signed, keys = library.root / FILE, library.root / SIGNED, library.site.correction_keys
    if not keys and not library.signed:
        message = "there is no key, so phones that saved the site don't hear of this: see docs/security.md"
        yield files.problem(file, 1, message, warning=True)
        return
    body = signed_body(library.signed, keys)
    try:
        state = correction_state(library)
    except ValidationError:
        return  # a new number is invalid: `_check_numbers` reports it
    if body is None:
        message = "no key of site.toml signed this: sign it with `tellsomeone correct`, or put the key back"
        yield files.problem(signed if library.signed else file, 1, message)
    elif _without_instead(json.loads(body)) != _without_instead(state):
        yield files.problem(file, 1, "changed since it was signed: sign it again with `tellsomeone correct`")
    elif json.loads(body) != state:
        message = (
            "other numbers are the nearest now than when this was signed: sign it again with `tellsomeone correct`"
        )
        yield files.problem(file, 1, message, warning=True)
    if (size := len(brotli.compress(library.signed.encode()))) > MAX_SIZE:
        message = f"{size} bytes on the wire, {MAX_SIZE} at most: shorten notes, take old entries out"
        yield files.problem(signed, 1, message)


def _without_instead(state: dict[str, Any]) -> dict[str, Any]:
    """The state without the numbers to call instead, which depend on other contacts, too."""
    numbers = {number: {**each, "instead": None} for number, each in state["numbers"].items()}
    return {**state, "numbers": numbers}
