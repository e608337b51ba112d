"""Text that stands before it in the packs, said by reference (decision 33).

Brotli sees one file at a time, so the second pack would repeat all that the first one holds. A reference is
`\\x7f<where>,<length>;`, both in base 36, counted in the letters of the first pack's bodies, one after the other as
they stand in it. What it names is plain text: a reference is never part of what another one names.
"""

from __future__ import annotations

MARK = "\x7f"
SHORTEST = 300
"""Letters. Within a pack shorter repeats are dearer as references than brotli's own."""
_KEY = 32
_STEP = 16
"""Every 16th letter begins a key, so that any repeat of 48 letters and more is found."""
_TRIED = 40
"""Places that are compared for one repeat; the style of every page begins alike."""


class Repeats:
    """Remembers text, and shortens what comes after it."""

    def __init__(self) -> None:
        self._text = ""
        self._places: dict[str, list[int]] = {}

    def remember(self, text: str) -> None:
        """Adds a body as it stands in the pack, references and all."""
        start = len(self._text)
        self._text += text
        for place in range(start - start % _STEP, len(self._text) - _KEY + 1, _STEP):
            self._places.setdefault(self._text[place : place + _KEY], []).append(place)

    def shorten(self, text: str) -> str:
        """The same text, with what was remembered in its place as references. Raises ValueError on a mark in it."""
        if MARK in text:
            raise ValueError(f"text may not hold the letter {MARK!r}: it begins a reference")
        parts: list[str] = []
        done = at = 0
        while at <= len(text) - _KEY:
            start, place, length = self._longest(text, at, done)
            if length < SHORTEST:
                at += 1
                continue
            parts += (text[done:start], f"{MARK}{_base36(place)},{_base36(length)};")
            done = at = start + length
        return "".join((*parts, text[done:]))

    def _longest(self, text: str, at: int, done: int) -> tuple[int, int, int]:
        """The longest repeat around `at`, not before `done`: where in the text, where before, how long."""
        best = (at, 0, 0)
        for place in self._places.get(text[at : at + _KEY], ())[:_TRIED]:
            # A repeat begins less than a step before its first key.
            back = 0
            while back < min(_STEP, at - done, place) and text[at - back - 1] == self._text[place - back - 1]:
                back += 1
            length = back + _alike(text, at, self._text, place)
            if length > best[2]:
                best = (at - back, place - back, length)
        return best


def _alike(one: str, at: int, other: str, place: int) -> int:
    """How many letters are the same from there on in both."""
    known, step = 0, 64
    while step:
        more = one[at + known : at + known + step]
        if len(more) == step and more == other[place + known : place + known + step]:
            known, step = known + step, step * 2
        else:
            step //= 2
    return known


def _base36(number: int) -> str:
    digits = ""
    while True:
        number, digit = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + digits
        if not number:
            return digits
