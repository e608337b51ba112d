"""What corrections mean for a library: the state of each corrected number, and the library with the new numbers."""

import datetime
import json
from typing import Any

from server.content.contact import Channel, Contact
from server.content.model import Library
from server.corrections.model import Correction

LAST_RESORTS = ("nspcc", "childline", "101", "999")
"""Contacts to offer instead of a withdrawn number when nothing closer is left, in this order."""
_WITHDRAWN = "Do not use this number."
_REPLACED = "This number has changed."

NumberStates = dict[str, dict[str, Any]]
"""The state of each corrected number, by its id, as the phone's script reads it.

A replaced number has `href` and `shown`, one that is still right has `stays`, a withdrawn one has neither. Further
fields: `note`, the words below the number; `from`, the first day (ISO); and for a withdrawn number `instead`, the
nearest other number as [id, name, href, shown].
"""


def correction_state(library: Library) -> dict[str, Any]:
    """The corrections for phones, unsigned: `{"seq", "numbers", "banner"}`. Raises pydantic's `ValidationError`."""
    corrections = library.corrections
    numbers = {correction.number: _number_state(library, correction) for correction in corrections.correction}
    state: dict[str, Any] = {"seq": corrections.seq, "numbers": numbers}
    if banner := corrections.banner:
        state["banner"] = json.loads(banner.model_dump_json(by_alias=True, exclude_none=True))
    return state


def to_json(state: dict[str, Any]) -> str:
    """The state as compact JSON, the text that is signed."""
    return json.dumps(state, ensure_ascii=False, separators=(",", ":"))


def corrections_json(library: Library) -> str:
    """The body of `/corrections.json`: the signed text, or an empty state if nothing was ever signed."""
    return library.signed or to_json({"seq": 0, "numbers": {}})


def in_force(library: Library, today: datetime.date) -> NumberStates:
    """The states of the numbers whose correction applies on `today`."""
    return {
        number: state
        for number, state in correction_state(library)["numbers"].items()
        if state.get("from", "") <= today.isoformat()
    }


def is_withdrawn(state: dict[str, Any] | None) -> bool:
    """Whether a number must not be called any more; None is the state of a number without a correction."""
    return state is not None and not (state.get("stays") or "href" in state)


def apply_corrections(library: Library, today: datetime.date) -> Library:
    """The library with each replaced number in place, so that cards, QR codes and prints show the new one."""
    states = in_force(library, today)
    replacements = {
        correction.number: correction
        for correction in library.corrections.correction
        if correction.replaced_by and correction.number in states
    }
    if not replacements:
        return library

    def corrected(channel: Channel) -> Channel:
        return replace_number(channel, replacements[channel.id]) if channel.id in replacements else channel

    contacts = tuple(
        contact.model_copy(update={"channels": tuple(map(corrected, contact.channels))}) for contact in library.contacts
    )
    return library.model_copy(update={"contacts": contacts})


def replace_number(channel: Channel, correction: Correction) -> Channel:
    """The channel with its new number. Raises pydantic's `ValidationError` if that is not a valid number."""
    return Channel.model_validate({**channel.model_dump(), "value": correction.replaced_by})


def find_channel(library: Library, number: str) -> tuple[Contact, Channel] | None:
    """The channel with the id `number` and its contact; None if the content no longer has it."""
    pairs = ((contact, channel) for contact in library.contacts for channel in contact.channels)
    return next((pair for pair in pairs if pair[1].id == number), None)


def _number_state(library: Library, correction: Correction) -> dict[str, Any]:
    state: dict[str, Any] = {}
    match = find_channel(library, correction.number)
    sentence = ""
    if correction.replaced_by and match:
        channel = replace_number(match[1], correction)
        state |= {"href": channel.href, "shown": channel.shown}
        sentence = _REPLACED
    elif not (correction.withdrawn or correction.replaced_by):
        state["stays"] = True
    else:
        sentence = _WITHDRAWN
        if match and (nearest := _nearest(library, match[0])):
            name, channel = nearest
            state["instead"] = [channel.id, name, channel.href, channel.shown]
    state["note"] = " ".join(filter(None, (sentence, correction.note)))
    if correction.start:
        state["from"] = correction.start.isoformat()
    return state


def _nearest(library: Library, contact: Contact) -> tuple[str, Channel] | None:
    """The contact's name and the number to offer instead: of the same contact, of its area, or a last resort."""
    corrected = {correction.number for correction in library.corrections.correction}
    candidates = [contact.id]
    if len(contact.areas) == 1:
        for area in library.site.areas:
            if area.slug in contact.areas:
                candidates += [area.front_door, area.out_of_hours]
    elif "parents" not in contact.audiences:
        candidates.append("childline")
    contacts = {contact.id: contact for contact in library.contacts}
    for contact_id in (*candidates, *LAST_RESORTS):
        for channel in contacts[contact_id].calls if contact_id in contacts else ():
            if channel.id not in corrected:
                return contacts[contact_id].name, channel
    return None
