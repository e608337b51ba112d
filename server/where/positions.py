"""The position part: where the cells around the postcodes of one area meet those of another, as a few lines.

Each postcode has a cell: all that is nearer to it than to any other. The cells of an area are merged, and the borders
simplified together, so that both sides keep the same line.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import shapely
from pyproj import Transformer

from server.where.table import AREAS, ELSEWHERE, Row, area_of

NEAR = 12_000
"""Metres around the areas from which postcodes elsewhere are taken: the nearest to a place inside is never farther."""
TOLERANCE = 150
"""Metres by which a border may be straightened: less than half the margin of `where.js`, and tests hold the sum."""
ORIGIN = (-3.3, 51.7)
UNITS = (1500, 2400)
"""Grid of the built data: units a degree of longitude and of latitude, about 45 m each."""
MAP_TOLERANCE = 1600
MAP_WIDTH = 200

_TO_DEGREES = Transformer.from_crs(27700, 4326, always_xy=True)
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Positions:
    areas: dict[str, shapely.Geometry]
    """By letter, in metres of the National Grid."""

    def letters_near(self, easting: float, northing: float, metres: float) -> str:
        """The letters of all areas within `metres`, `ELSEWHERE` among them where it is as near."""
        point = shapely.Point(easting, northing)
        near = [letter for letter, area in self.areas.items() if area.distance(point) <= metres]
        outside = not near or self._outline.distance(point) <= metres
        return "".join(near) + (ELSEWHERE if outside else "")

    @cached_property
    def _outline(self) -> shapely.Geometry:
        return shapely.union_all(list(self.areas.values())).boundary


def make_positions(rows: Iterable[Row]) -> Positions:
    places: dict[tuple[float, float], Counter[str]] = defaultdict(Counter)
    for row in rows:
        if row.easting is not None and row.northing is not None:
            places[row.easting, row.northing][area_of(row.letter)] += 1
    points = np.array(list(places))
    letters = np.array([max(sorted(count), key=lambda letter: count[letter]) for count in places.values()])
    inside = letters != ELSEWHERE
    low, high = points[inside].min(0) - NEAR, points[inside].max(0) + NEAR
    boxed = ((points >= low) & (points <= high)).all(1)
    points, letters = points[boxed], letters[boxed]
    tree = shapely.STRtree(shapely.points(points[letters != ELSEWHERE]))
    _, nearest = tree.query_nearest(shapely.points(points), return_distance=True, all_matches=False)
    points, letters = points[nearest <= NEAR], letters[nearest <= NEAR]
    cells = shapely.get_parts(
        shapely.voronoi_polygons(shapely.multipoints(points), ordered=True, extend_to=shapely.box(*low, *high))
    )
    merged = [shapely.union_all(cells[letters == letter]) for letter in AREAS]
    return Positions(dict(zip(AREAS, shapely.coverage_simplify(merged, TOLERANCE), strict=True)))


def as_data(positions: Positions) -> dict[str, object]:
    """`lines`: for each piece of border the letters of its two sides, then its points, each as two characters: how
    far it lies from the one before (the first from `ORIGIN`, in steps), counted in `UNITS`.
    """
    return {
        "origin": ORIGIN,
        "units": UNITS,
        "lines": [sides + _text(line) for sides, line in _borders(positions)],
    }


def _borders(positions: Positions) -> list[tuple[str, Floats]]:
    rings = {letter: shapely.boundary(area) for letter, area in positions.areas.items()}
    pieces = shapely.get_parts(shapely.line_merge(shapely.union_all(list(rings.values()))))
    found = []
    for piece in pieces:
        middle = shapely.line_interpolate_point(piece, 0.5, normalized=True)
        sides = [letter for letter, ring in rings.items() if ring.distance(middle) < 1]
        found.append(("".join([*sides, ELSEWHERE][:2]), shapely.get_coordinates(piece)))
    return sorted(found, key=lambda each: (each[0], *each[1][0]))


def _text(line: Floats) -> str:
    longitude, latitude = _TO_DEGREES.transform(line[:, 0], line[:, 1])
    x = np.rint((np.asarray(longitude) - ORIGIN[0]) * UNITS[0]).astype(int)
    y = np.rint((np.asarray(latitude) - ORIGIN[1]) * UNITS[1]).astype(int)
    out, at = [f"{x[0]},{y[0]},"], (int(x[0]), int(y[0]))
    for to in zip(x[1:].tolist(), y[1:].tolist(), strict=True):
        steps = -(-max(abs(to[0] - at[0]), abs(to[1] - at[1])) // REACH)
        for step in range(steps, 0, -1):
            by = (round((to[0] - at[0]) / step), round((to[1] - at[1]) / step))
            out += [chr(_code(by[0])), chr(_code(by[1]))]
            at = (at[0] + by[0], at[1] + by[1])
    return "".join(out)


REACH = 43
"""The farthest that one point may lie from the one before, in units."""


def _code(value: int) -> int:
    """35 to 126, without the backslash, which JSON would double."""
    code = value + 79
    return code + 1 if code >= ord("\\") else code


def make_map(positions: Positions) -> dict[str, object]:
    """The four areas drawn small: `width` and `height` of the picture, each area's path `d` and its middle."""
    areas = shapely.coverage_simplify(list(positions.areas.values()), MAP_TOLERANCE)
    west, south, east, north = shapely.union_all(areas).bounds
    scale = (east - west) / MAP_WIDTH
    drawn = {}
    for letter, area in zip(positions.areas, areas, strict=True):
        largest = max(shapely.get_parts(area), key=lambda part: part.area)
        ring = shapely.get_coordinates(largest.exterior)[:-1]
        points = np.rint((ring - [west, north]) / [scale, -scale]).astype(int).tolist()
        middle = shapely.get_coordinates(shapely.maximum_inscribed_circle(largest))[0]
        x, y = np.rint((middle - [west, north]) / [scale, -scale]).astype(int).tolist()
        steps = [f"{b[0] - a[0]} {b[1] - a[1]}" for a, b in pairwise(points) if a != b]
        path = f"m{points[0][0]} {points[0][1]} {' '.join(steps)}z".replace(" -", "-")
        drawn[AREAS[letter]] = {"d": path, "x": x, "y": y}
    return {"width": MAP_WIDTH, "height": round((north - south) / scale), "areas": drawn}
