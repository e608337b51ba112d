"""The postcode part: every postcode of the districts that touch the four areas, and the names of all others."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from itertools import groupby, product

from server.where.table import ELSEWHERE, Row

UNIT_LETTERS = "ABDEFGHJLNPQRSTUWXYZ"
"""The letters that the second half of a postcode may have; a sector's units stand in their order, AA to ZZ."""
UNKNOWN = "."


def make_postcodes(rows: Iterable[Row]) -> dict[str, str]:
    """`near`: "WR1 1<states> 2<states>;WR2 …", each sector of a first half that touches the areas as runs of states, a
    letter and how often (a single one without its number, the last `.` run left out). A sector all of whose postcodes
    are of one letter is that letter alone, "5-": so far no new postcode of such a sector has been another's.

    `far`: the first halves that touch none of the areas, "AB10-16,21.AL1-10": by their letters, numbers in ranges.
    """
    sectors: dict[str, dict[str, dict[str, str]]] = defaultdict(lambda: defaultdict(dict))
    for row in rows:
        sectors[row.outward][row.postcode[-3]][row.postcode[-2:]] = row.letter
    near, far = [], []
    for outward, inside in sorted(sectors.items()):
        if all(letter == ELSEWHERE for units in inside.values() for letter in units.values()):
            far.append(outward)
        else:
            near.append(outward + "".join(f" {digit}{_runs(inside[digit])}" for digit in sorted(inside)))
    return {"near": ";".join(near), "far": _ranges(far)}


def _runs(units: dict[str, str]) -> str:
    if len(set(units.values())) == 1:
        return next(iter(units.values()))
    states = "".join(units.get(a + b, UNKNOWN) for a, b in product(UNIT_LETTERS, repeat=2)).rstrip(UNKNOWN)
    runs = [(letter, len(list(group))) for letter, group in groupby(states)]
    return "".join(letter + (str(length) if length > 1 else "") for letter, length in runs)


def _ranges(outwards: Iterable[str]) -> str:
    """ "AB10-16,21.AL1-10": London's "EC1A" and the like stand as they are, "EC1A,1M"."""
    by_area: dict[str, list[str]] = defaultdict(list)
    for outward in outwards:
        split = re.fullmatch(r"([A-Z]+)(\d\w*)", outward)
        if split:
            by_area[split[1]].append(split[2])
    return ".".join(area + ",".join(_shortened(districts)) for area, districts in sorted(by_area.items()))


def _shortened(districts: list[str]) -> list[str]:
    numbers = sorted(int(each) for each in districts if each.isdecimal())
    out = []
    for _, group in groupby(enumerate(numbers), lambda pair: pair[1] - pair[0]):
        run = [number for _, number in group]
        out.append(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}")
    return out + sorted(each for each in districts if not each.isdecimal())
