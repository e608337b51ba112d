"""Finds areas by position: the borders of the areas, computed from their postcodes and simplified to a few lines.

An area is the union of the Voronoi cells of its postcodes. All borders are simplified together, so that neighbouring
areas keep a common line.
"""

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
"""Postcodes elsewhere count up to this many metres from the areas: none farther is the nearest to a place inside."""
TOLERANCE = 150
"""How far a border may be moved by simplifying, in metres: less than half the margin of `web/scripts/where.js`."""
ORIGIN = (-3.3, 51.7)
"""The longitude and latitude at which the units start."""
UNITS = (1500, 2400)
"""How many units of the data make a degree of longitude and one of latitude. A unit is about 45 m."""
REACH = 43
"""The greatest distance between two points of a line, in units: a character holds no more."""
MAP_TOLERANCE = 1600
"""How far a border on the small map may be moved by simplifying, in metres."""
MAP_WIDTH = 200

_TO_DEGREES = Transformer.from_crs(27700, 4326, always_xy=True)
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Positions:
    """The areas by letter, in metres of the National Grid."""

    areas: dict[str, shapely.Geometry]

    def letters_near(self, easting: float, northing: float, metres: float) -> str:
        """The letters of all areas within `metres`, and `ELSEWHERE` if that is as near."""
        point = shapely.Point(easting, northing)
        letters = [letter for letter, area in self.areas.items() if area.distance(point) <= metres]
        outside = not letters or self._outline.distance(point) <= metres
        return "".join(letters) + (ELSEWHERE if outside else "")

    @cached_property
    def _outline(self) -> shapely.Geometry:
        return shapely.union_all(list(self.areas.values())).boundary


def make_positions(rows: Iterable[Row]) -> Positions:
    """The areas, computed from the positions of the postcodes."""
    places: dict[tuple[float, float], Counter[str]] = defaultdict(Counter)
    for row in rows:
        if row.easting is not None and row.northing is not None:
            places[row.easting, row.northing][area_of(row.letter)] += 1
    points = np.array(list(places))
    letters = np.array([max(sorted(count), key=lambda letter: count[letter]) for count in places.values()])
    inside = letters != ELSEWHERE
    low, high = points[inside].min(0) - NEAR, points[inside].max(0) + NEAR
    in_box = ((points >= low) & (points <= high)).all(1)
    points, letters = points[in_box], letters[in_box]
    tree = shapely.STRtree(shapely.points(points[letters != ELSEWHERE]))
    _, nearest = tree.query_nearest(shapely.points(points), return_distance=True, all_matches=False)
    points, letters = points[nearest <= NEAR], letters[nearest <= NEAR]
    cells = shapely.get_parts(
        shapely.voronoi_polygons(shapely.multipoints(points), ordered=True, extend_to=shapely.box(*low, *high))
    )
    merged = [shapely.union_all(cells[letters == letter]) for letter in AREAS]
    return Positions(dict(zip(AREAS, shapely.coverage_simplify(merged, TOLERANCE), strict=True)))


def as_data(positions: Positions) -> dict[str, object]:
    """The data for phones: `origin`, `units`, and `lines`, the pieces of the borders.

    A line starts with the letters of its two sides and its first point, as numbers. Each further point is two
    characters: its distance from the one before to the east and to the north, in units.
    """
    return {"origin": ORIGIN, "units": UNITS, "lines": [sides + _text(line) for sides, line in _borders(positions)]}


def _borders(positions: Positions) -> list[tuple[str, Floats]]:
    rings = {letter: shapely.boundary(area) for letter, area in positions.areas.items()}
    pieces = shapely.get_parts(shapely.line_merge(shapely.union_all(list(rings.values()))))
    borders = []
    for piece in pieces:
        middle = shapely.line_interpolate_point(piece, 0.5, normalized=True)
        sides = [letter for letter, ring in rings.items() if ring.distance(middle) < 1]
        borders.append(("".join([*sides, ELSEWHERE][:2]), shapely.get_coordinates(piece)))
    return sorted(borders, key=lambda border: (border[0], *border[1][0]))


def _text(line: Floats) -> str:
    longitude, latitude = _TO_DEGREES.transform(line[:, 0], line[:, 1])
    x = np.rint((np.asarray(longitude) - ORIGIN[0]) * UNITS[0]).astype(int)
    y = np.rint((np.asarray(latitude) - ORIGIN[1]) * UNITS[1]).astype(int)
    parts, east, north = [f"{x[0]},{y[0]},"], int(x[0]), int(y[0])
    for to_east, to_north in zip(x[1:].tolist(), y[1:].tolist(), strict=True):
        steps = -(-max(abs(to_east - east), abs(to_north - north)) // REACH)  # rounded up
        for steps_left in range(steps, 0, -1):
            by_east, by_north = round((to_east - east) / steps_left), round((to_north - north) / steps_left)
            parts += [chr(_code(by_east)), chr(_code(by_north))]
            east, north = east + by_east, north + by_north
    return "".join(parts)


def _code(value: int) -> int:
    """The character code for a distance: 35 to 126, without the backslash, which JSON would escape."""
    code = value + 79
    return code + 1 if code >= ord("\\") else code


def make_map(positions: Positions) -> dict[str, object]:
    """The data of the small map: its `width` and `height`, and the path and centre of each area."""
    areas = shapely.coverage_simplify(list(positions.areas.values()), MAP_TOLERANCE)
    west, south, east, north = shapely.union_all(areas).bounds
    scale = (east - west) / MAP_WIDTH
    shapes = {}
    for letter, area in zip(positions.areas, areas, strict=True):
        largest = max(shapely.get_parts(area), key=lambda part: part.area)
        ring = shapely.get_coordinates(largest.exterior)[:-1]
        points = np.rint((ring - [west, north]) / [scale, -scale]).astype(int).tolist()
        middle = shapely.get_coordinates(shapely.maximum_inscribed_circle(largest))[0]
        x, y = np.rint((middle - [west, north]) / [scale, -scale]).astype(int).tolist()
        steps = [f"{b[0] - a[0]} {b[1] - a[1]}" for a, b in pairwise(points) if a != b]
        path = f"m{points[0][0]} {points[0][1]} {' '.join(steps)}z".replace(" -", "-")
        shapes[AREAS[letter]] = {"d": path, "x": x, "y": y}
    return {"width": MAP_WIDTH, "height": round((north - south) / scale), "areas": shapes}
