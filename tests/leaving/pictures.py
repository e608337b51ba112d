"""Reads PNG pictures from browsers, just enough to compare them."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass


@dataclass(frozen=True)
class Picture:
    width: int
    size: int
    """Bytes per pixel."""
    rows: tuple[bytes, ...]

    def part(self, left: float, top: float, right: float, bottom: float) -> tuple[bytes, ...]:
        left, right = int(left) * self.size, int(right) * self.size
        return tuple(row[left:right] for row in self.rows[int(top) : int(bottom)])

    def colours(self) -> set[bytes]:
        return {row[at : at + self.size] for row in set(self.rows) for at in range(0, len(row), self.size)}


def picture(png: bytes, rows: int | None = None) -> Picture:
    """The picture, or its first rows."""
    width, height, depth, kind = struct.unpack(">IIBB", png[16:26])
    assert depth == 8, depth
    size = {2: 3, 6: 4}[kind]
    at, packed = 8, b""
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        if png[at + 4 : at + 8] == b"IDAT":
            packed += png[at + 8 : at + 8 + length]
        at += length + 12
    raw = zlib.decompress(packed)
    stride = width * size + 1
    found: list[bytes] = []
    above = bytearray(width * size)
    for number in range(min(height, rows or height)):
        line = bytearray(raw[number * stride + 1 : (number + 1) * stride])
        _unfilter(raw[number * stride], line, above, size)
        found.append(bytes(line))
        above = line
    return Picture(width, size, tuple(found))


def _unfilter(kind: int, line: bytearray, above: bytearray, size: int) -> None:
    if kind == 2:
        line[:] = bytes((a + b) & 255 for a, b in zip(line, above, strict=True))
    elif kind in (1, 3, 4):
        for i in range(len(line)):
            left = line[i - size] if i >= size else 0
            if kind == 1:
                guess = left
            elif kind == 3:
                guess = (left + above[i]) // 2
            else:
                corner = above[i - size] if i >= size else 0
                guess = min((left, above[i], corner), key=lambda each: abs(left + above[i] - corner - each))
            line[i] = (line[i] + guess) & 255
