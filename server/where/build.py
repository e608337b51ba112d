"""`tellsomeone where build`: from the two packages to the files of `content/where/`."""

from __future__ import annotations

import importlib.metadata
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from server.where import places, table
from server.where.places import make_places, packaged_places
from server.where.positions import as_data, make_map, make_positions
from server.where.postcodes import make_postcodes
from server.where.table import AREAS, DISTRICTS, Row, packaged_files, read_table

TABLE_OF = {"2026.1.1": "November 2025"}
"""Which issue of the ONS Postcode Directory each release of the package holds, as its own description says."""


def make_where(rows: Iterable[Row], gazetteer: list[dict[str, Any]]) -> dict[str, object]:
    """The files by name, each to be written as JSON."""
    rows = list(rows)
    positions = make_positions(rows)
    return {
        "postcodes": {
            "areas": {**AREAS, **dict.fromkeys(DISTRICTS, AREAS["W"])},
            "districts": DISTRICTS,
            **make_postcodes(rows),
        },
        "positions": as_data(positions),
        "places": make_places(gazetteer, positions),
        "map": make_map(positions),
    }


def write_where(out: Path) -> list[Path]:
    """Writes the files and `attribution.toml` to `out`. The same packages give the same bytes."""
    version = importlib.metadata.version(table.PACKAGE)
    out.mkdir(parents=True, exist_ok=True)
    written = []
    for name, data in make_where(read_table(packaged_files()), packaged_places()).items():
        written.append(out / f"{name}.json")
        written[-1].write_text(as_json(data) + "\n", encoding="utf-8")
    written.append(out / "attribution.toml")
    written[-1].write_text(
        f'# Written by "tellsomeone where build". /sources says this in the words that the licences ask for.\n'
        f'table = "ONS Postcode Directory, {TABLE_OF.get(version, "of the package")}"\n'
        f'table_package = "{table.PACKAGE} {version}"\n'
        f'gazetteer = "GeoNames"\n'
        f'gazetteer_package = "{places.PACKAGE} {importlib.metadata.version(places.PACKAGE)}"\n',
        encoding="utf-8",
    )
    return written


def as_json(data: object) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))
