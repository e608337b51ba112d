"""Finds areas by postcode: all postcodes of the outward codes that touch the areas, and all other outward codes."""

import re
from collections import defaultdict
from collections.abc import Iterable
from itertools import groupby, product

from server.where.table import ELSEWHERE, Row

UNIT_LETTERS = "ABDEFGHJLNPQRSTUWXYZ"
"""The letters that a postcode may end with. The units of a sector are listed in this order, AA to ZZ."""
UNKNOWN = "."


def make_postcodes(rows: Iterable[Row]) -> dict[str, str]:
    """The data for phones: `near` and `far`.

    `near` holds the outward codes that touch the areas, with each sector: "WR1 1<runs> 2<runs>;WR2 …". A run is the
    letter of an area (`.` for no postcode) and how many units in a row have it; a 1 and a last run of `.` are left out.
    A sector of one letter is that letter alone, "5-", so that it covers postcodes created later.

    `far` holds the outward codes that touch none of the areas, as ranges: "AB10-16,21.AL1-10".
    """
    sectors: dict[str, dict[str, dict[str, str]]] = defaultdict(lambda: defaultdict(dict))
    for row in rows:
        sectors[row.outward][row.postcode[-3]][row.postcode[-2:]] = row.letter
    near, far = [], []
    for outward, units_by_digit in sorted(sectors.items()):
        if all(letter == ELSEWHERE for units in units_by_digit.values() for letter in units.values()):
            far.append(outward)
        else:
            near.append(outward + "".join(f" {digit}{_runs(units)}" for digit, units in sorted(units_by_digit.items())))
    return {"near": ";".join(near), "far": _ranges(far)}


def _runs(units: dict[str, str]) -> str:
    if len(set(units.values())) == 1:
        return next(iter(units.values()))
    states = "".join(units.get(a + b, UNKNOWN) for a, b in product(UNIT_LETTERS, repeat=2)).rstrip(UNKNOWN)
    runs = [(letter, len(list(group))) for letter, group in groupby(states)]
    return "".join(letter + (str(length) if length > 1 else "") for letter, length in runs)


def _ranges(outwards: Iterable[str]) -> str:
    """Outward codes by their letters, numbers as ranges: "AB10-16,21.AL1-10". Those like "EC1A" follow: "EC1A,1M"."""
    by_area: dict[str, list[str]] = defaultdict(list)
    for outward in outwards:
        match = re.fullmatch(r"([A-Z]+)(\d\w*)", outward)
        if match:
            by_area[match[1]].append(match[2])
    return ".".join(area + ",".join(_number_ranges(districts)) for area, districts in sorted(by_area.items()))


def _number_ranges(districts: list[str]) -> list[str]:
    numbers = sorted(int(district) for district in districts if district.isdecimal())
    ranges = []
    for _, group in groupby(enumerate(numbers), lambda pair: pair[1] - pair[0]):
        run = [number for _, number in group]
        ranges.append(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}")
    return ranges + sorted(district for district in districts if not district.isdecimal())
