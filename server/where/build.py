"""Writes the files of `content/where/`, for `tellsomeone where build`."""

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
"""The issue of the ONS Postcode Directory in each release of the package, according to its description."""


def make_where(rows: Iterable[Row], gazetteer: list[dict[str, Any]]) -> dict[str, object]:
    """The content of each JSON file, by its name without `.json`."""
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
    """Writes the files and `attribution.toml` to `out`, and returns their paths. The output is reproducible."""
    version = importlib.metadata.version(table.PACKAGE)
    out.mkdir(parents=True, exist_ok=True)
    files = []
    for name, data in make_where(read_table(packaged_files()), packaged_places()).items():
        files.append(out / f"{name}.json")
        files[-1].write_text(as_json(data) + "\n", encoding="utf-8")
    files.append(out / "attribution.toml")
    files[-1].write_text(
        f'# Written by "tellsomeone where build". /sources says this in the words that the licences ask for.\n'
        f'table = "ONS Postcode Directory, {TABLE_OF.get(version, "of the package")}"\n'
        f'table_package = "{table.PACKAGE} {version}"\n'
        f'gazetteer = "GeoNames"\n'
        f'gazetteer_package = "{places.PACKAGE} {importlib.metadata.version(places.PACKAGE)}"\n',
        encoding="utf-8",
    )
    return files


def as_json(data: object) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))
