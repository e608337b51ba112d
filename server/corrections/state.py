"""What corrections mean for a library: what a phone is told, what a page shows, and what is wrong with them."""

from __future__ import annotations

import datetime
import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import brotli
from pydantic import ValidationError

from server.content.contact import Channel, Contact
from server.content.files import Files
from server.content.model import Library
from server.content.problems import Problem
from server.corrections.model import FILE, SIGNED, Correction, Corrections, signed_seq
from server.corrections.signing import signed_body

MOST = 4096
"""Bytes of what phones get, on the wire."""
LAST_RESORTS = ("nspcc", "childline", "101", "999")
GONE = "Do not use this number."
NEW = "This number has changed."

NumberStates = dict[str, dict[str, Any]]
"""What a number is now, by its id, as the phone reads it:

`href` and `shown` of what to call now; or `stays`; or neither: the number is withdrawn. Beside it `note`, the words
below the number, `from` (the first day, ISO) and, of a withdrawn number, `instead`: the nearest other number as
[id, name, href, shown].
"""


def correction_state(library: Library) -> dict[str, Any]:
    """All that phones are told: `{"seq", "numbers", "banner"}`."""
    corrections = library.corrections
    said: dict[str, Any] = {"seq": corrections.seq, "numbers": {}}
    for each in corrections.correction:
        said["numbers"][each.number] = _entry(library, each)
    if banner := corrections.banner:
        said["banner"] = json.loads(banner.model_dump_json(by_alias=True, exclude_none=True))
    return said


def to_json(said: dict[str, Any]) -> str:
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"))


def corrections_json(library: Library) -> str:
    """What `/corrections.json` answers: what was signed, or a plain nothing."""
    return library.signed or to_json({"seq": 0, "numbers": {}})


def in_force(library: Library, today: datetime.date) -> NumberStates:
    """What of it holds on that day."""
    return {
        name: now
        for name, now in correction_state(library)["numbers"].items()
        if now.get("from", "") <= today.isoformat()
    }


def is_withdrawn(state: dict[str, Any] | None) -> bool:
    """Whether a number must not be called any more; None is the state of a number without a correction."""
    return state is not None and not (state.get("stays") or "href" in state)


def apply_corrections(library: Library, today: datetime.date) -> Library:
    """The library with every replaced number in its place, so that cards, codes and prints are made of the new one."""
    now = in_force(library, today)
    new = {c.number: c for c in library.corrections.correction if c.replaced_by and c.number in now}
    if not new:
        return library
    contacts = [
        contact.model_copy(
            update={
                "channels": tuple(
                    replace_number(channel, new[channel.id]) if channel.id in new else channel
                    for channel in contact.channels
                )
            }
        )
        for contact in library.contacts
    ]
    return library.model_copy(update={"contacts": tuple(contacts)})


def replace_number(channel: Channel, correction: Correction) -> Channel:
    """The channel with its new number. Raises pydantic's `ValidationError` where that is none."""
    return Channel.model_validate({**channel.model_dump(), "value": correction.replaced_by})


def find_channel(library: Library, number: str) -> tuple[Contact, Channel] | None:
    """Whose number it is; None where the content has it no more."""
    for contact in library.contacts:
        for channel in contact.channels:
            if channel.id == number:
                return contact, channel
    return None


def _entry(library: Library, correction: Correction) -> dict[str, Any]:
    now: dict[str, Any] = {}
    found = find_channel(library, correction.number)
    words = ""
    if correction.replaced_by and found:
        channel = replace_number(found[1], correction)
        now |= {"href": channel.href, "shown": channel.shown}
        words = NEW
    elif not (correction.withdrawn or correction.replaced_by):
        now["stays"] = True
    else:
        words = GONE
        if found and (nearest := _nearest(library, found[0])):
            name, channel = nearest
            now["instead"] = [channel.id, name, channel.href, channel.shown]
    now["note"] = " ".join(filter(None, (words, correction.note)))
    if correction.start:
        now["from"] = correction.start.isoformat()
    return now


def _nearest(library: Library, contact: Contact) -> tuple[str, Channel] | None:
    """The number to offer instead: of the same service, of its area, or one that answers everybody."""
    touched = {each.number for each in library.corrections.correction}
    names = [contact.id]
    if len(contact.areas) == 1:
        names += [
            name for a in library.site.areas if a.slug in contact.areas for name in (a.front_door, a.out_of_hours)
        ]
    elif "parents" not in contact.audiences:
        names.append("childline")
    by_id = {other.id: other for other in library.contacts}
    for name in (*names, *LAST_RESORTS):
        for channel in by_id[name].calls if name in by_id else ():
            if channel.id not in touched:
                return by_id[name].name, channel
    return None


def check_corrections(library: Library, files: Files) -> Iterator[Problem]:
    """What is wrong with the corrections, and whether what phones get is what the file says."""
    corrections, file = library.corrections, library.root / FILE
    counted = Counter(each.number for each in corrections.correction)
    for each in corrections.correction:
        at = files.line(file, f'"{each.number}"')
        found = find_channel(library, each.number)
        if counted[each.number] > 1:
            yield files.problem(file, at, f"'{each.number}' is corrected twice: make one of it")
        if not found:
            message = f"no number has the id '{each.number}': if it was taken out of the content, withdraw it here"
            yield files.problem(file, at, message, warning=each.withdrawn)
        elif found[1].value == "999" and (each.withdrawn or each.replaced_by):
            yield files.problem(file, at, "999 can't be withdrawn or replaced")
        elif each.replaced_by:
            try:
                replace_number(found[1], each)
            except ValidationError as error:
                yield files.problem(file, at, str(error.errors()[0]["msg"]).removeprefix("Value error, "))
    if corrections.banner and corrections.banner.area not in (None, *(area.slug for area in library.site.areas)):
        at = files.line(file, f'"{corrections.banner.area}"')
        yield files.problem(file, at, f"the area '{corrections.banner.area}' is not known: see site.toml")
    signed = library.root / SIGNED
    if signed.exists() and signed_seq("\n".join(files.lines(signed))) > corrections.seq:
        message = f"newer than {FILE}: `tellsomeone correct` was stopped, and changed nothing. Run it again"
        yield files.problem(signed, 1, message, warning=True)
    if library.signed or corrections != Corrections():
        yield from _signed_alike(library, files)


def _signed_alike(library: Library, files: Files) -> Iterator[Problem]:
    file, signed, keys = library.root / FILE, library.root / SIGNED, library.site.correction_keys
    if not keys and not library.signed:
        message = "there is no key, so phones that saved the site don't hear of this: see docs/security.md"
        yield files.problem(file, 1, message, warning=True)
        return
    body = signed_body(library.signed, keys)
    try:
        said = correction_state(library)
    except ValidationError:
        return  # said above
    if body is None:
        message = "no key of site.toml signed this: sign it with `tellsomeone correct`, or put the key back"
        yield files.problem(signed if library.signed else file, 1, message)
    elif _without_instead(json.loads(body)) != _without_instead(said):
        yield files.problem(file, 1, "changed since it was signed: sign it again with `tellsomeone correct`")
    elif json.loads(body) != said:
        message = (
            "other numbers are the nearest now than when this was signed: sign it again with `tellsomeone correct`"
        )
        yield files.problem(file, 1, message, warning=True)
    if (size := len(brotli.compress(library.signed.encode()))) > MOST:
        yield files.problem(signed, 1, f"{size} bytes on the wire, {MOST} at most: shorten notes, take old entries out")


def _without_instead(said: dict[str, Any]) -> dict[str, Any]:
    numbers = {name: {k: v for k, v in now.items() if k != "instead"} for name, now in said["numbers"].items()}
    return {**said, "numbers": numbers}
