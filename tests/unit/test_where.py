"""Finding an area: `where.js` compared with the whole postcode table and with independent boundaries."""

from __future__ import annotations

import csv
import json
from collections import Counter, defaultdict

import numpy as np
import pytest
import shapely
from pyproj import Transformer

from server.content.model import Library
from server.where.build import as_json, make_where
from server.where.places import packaged_places
from server.where.postcodes import make_postcodes
from server.where.table import AREAS, DISTRICTS, ELSEWHERE, Row, area_of, packaged_files, read_table
from tests.support.finding import Found, find, table_2021, truth
from tests.support.running import ROOT
from tests.support.sampling import WHOLE

LETTERS = "BCDGHLNSTW" if WHOLE else "HT"
"""The first letters of the postcodes within 5 km of the four areas; the quick run tests two of them."""
RING = 5000


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    """The rows of the table with these letters."""
    return [row for row in read_table(packaged_files()) if row.postcode[0] in LETTERS]


@pytest.fixture(scope="module")
def inside(rows: list[Row]) -> list[Row]:
    return [row for row in rows if row.letter != ELSEWHERE]


@pytest.fixture(scope="module")
def around(rows: list[Row], inside: list[Row]) -> list[Row]:
    """The postcodes elsewhere that are about 5 km from one inside."""
    cells = {(int(r.easting // RING), int(r.northing // RING)) for r in inside if r.easting and r.northing}
    near = {(x + dx, y + dy) for x, y in cells for dx in (-1, 0, 1) for dy in (-1, 0, 1)}
    outside = [row for row in rows if row.letter == ELSEWHERE and row.easting and row.northing]
    return [row for row in outside if (int(row.easting // RING), int(row.northing // RING)) in near]


@pytest.fixture(scope="module")
def data(library: Library) -> str:
    return library.where.data


def slug(letter: str) -> str | None:
    return AREAS.get(area_of(letter))


def find_postcodes(data: str, postcodes: list[str]) -> list[Found]:
    return find(data, [["findPostcode", postcode] for postcode in postcodes])


def test_every_postcode_inside_is_right_and_none_around_is_wrong_and_sure(
    data: str, inside: list[Row], around: list[Row], capsys: pytest.CaptureFixture[str]
) -> None:
    answers = find_postcodes(data, [row.postcode for row in inside])
    assert [
        row for row, (area, sure, *_) in zip(inside, answers, strict=True) if (area, sure) != (slug(row.letter), True)
    ] == []
    assert len(inside) == 55_118 or not WHOLE
    beside = find_postcodes(data, [row.postcode for row in around])
    assert [
        (row, found) for row, found in zip(around, beside, strict=True) if found.sure and found.area is not None
    ] == []
    with capsys.disabled():
        unsure = sum(not found.sure for found in beside)
        print(
            f"\n  where: {len(inside)} postcodes inside right, {len(around)} around: 0 surely wrong, {unsure} unsure",
            end="",
        )


def test_a_table_of_2021_is_never_wrong_and_sure_about_later_postcodes(
    data: str, inside: list[Row], around: list[Row], capsys: pytest.CaptureFixture[str]
) -> None:
    old = table_2021(LETTERS)
    old_postcodes = {row.postcode for row in old}
    new = [row for row in (*inside, *around) if row.postcode not in old_postcodes]
    earlier = as_json({**json.loads(data), "postcodes": {**json.loads(data)["postcodes"], **make_postcodes(old)}})
    answers = list(zip(new, find_postcodes(earlier, [row.postcode for row in new]), strict=True))
    assert [(row, found) for row, found in answers if found.sure and found.area != slug(row.letter)] == []
    guessed = [(row, found) for row, found in answers if not found.sure]
    for row, found in guessed:
        possible = slug(row.letter) in found.candidates or (found.outside and row.letter == ELSEWHERE)
        assert possible or not found.candidates
    with capsys.disabled():
        right = sum(slug(row.letter) == found.area for row, found in guessed)
        sure = len(new) - len(guessed)
        print(
            f"\n  where: {len(new)} new since 2021: {sure} sure, 0 wrong; {len(guessed)} guessed, {right} right", end=""
        )


def test_outward_codes_agree_with_the_table(data: str, rows: list[Row]) -> None:
    areas: dict[str, Counter[str | None]] = defaultdict(Counter)
    for row in rows:
        if any(letter.isdecimal() for letter in row.outward):  # old codes such as "NPT 1AA" have none
            areas[row.outward][slug(row.letter)] += 1
    for (outward, count), found in zip(areas.items(), find_postcodes(data, list(areas)), strict=True):
        assert found.sure == (len(count) == 1), outward
        assert set(found.candidates) == set(count) - {None}, outward


def find_positions(data: str, places: np.ndarray, accuracy: float = 0) -> list[Found]:
    longitude, latitude = Transformer.from_crs(27700, 4326, always_xy=True).transform(places[:, 0], places[:, 1])
    places_in_degrees = zip(np.asarray(latitude).tolist(), np.asarray(longitude).tolist(), strict=True)
    return find(data, [["findPoint", lat, lon, accuracy] for lat, lon in places_in_degrees])


@pytest.fixture(scope="module")
def boundaries() -> dict[str, shapely.Geometry]:
    """The true areas by slug, in metres of the National Grid."""
    to_grid = Transformer.from_crs(4326, 27700, always_xy=True)
    names = {"E06000019": "herefordshire", "E06000051": "shropshire", "E06000020": "telford-and-wrekin"}
    shapes = {}
    for feature in json.loads(truth("boundaries_full.geojson").read_text())["features"]:
        shape = shapely.from_geojson(json.dumps(feature["geometry"]))
        name = names.get(feature["properties"]["gss"], "worcestershire")
        shapes[name] = shapely.transform(shape, lambda c: np.column_stack(to_grid.transform(c[:, 0], c[:, 1])))
        shapely.prepare(shapes[name])
    return shapes


def compare(
    title: str, data: str, places: np.ndarray, boundaries: dict[str, shapely.Geometry], right: float, unsure: float
) -> str:
    """Asserts that enough answers are right and few enough unsure, as parts of 1, and returns a line about them."""
    answers = find_positions(data, places)
    true = [
        next((name for name, shape in boundaries.items() if shapely.contains_xy(shape, *place)), None)
        for place in places.tolist()
    ]
    sure = [(area, found.area) for area, found in zip(true, answers, strict=True) if found.sure]
    for found in answers:
        assert found.sure or len(found.candidates) + found.outside > 1
    part_right = sum(area == answer for area, answer in sure) / len(sure)
    part_unsure = 1 - len(sure) / len(answers)
    assert part_right >= right, (title, part_right)
    assert part_unsure <= unsure, (title, part_unsure)
    return f"{title}: {len(answers)}, sure ones {100 * part_right:.3f} % right, {100 * part_unsure:.2f} % unsure"


COUNT = 100_000 if WHOLE else 10_000


def test_where_people_are_a_sure_position_is_right(
    data: str, inside: list[Row], boundaries: dict[str, shapely.Geometry], capsys: pytest.CaptureFixture[str]
) -> None:
    random_ = np.random.default_rng(5)
    homes = np.array([(row.easting, row.northing) for row in inside if row.easting])
    chosen = homes[random_.integers(len(homes), size=COUNT)]
    far, angle = 100 * np.sqrt(random_.random(COUNT)), 2 * np.pi * random_.random(COUNT)
    moved = chosen + np.column_stack((far * np.cos(angle), far * np.sin(angle)))
    line = compare("where people are", data, moved, boundaries, 0.999, 0.05)
    with capsys.disabled():
        print(f"\n  where: {line}", end="")


@pytest.mark.parametrize("ring", [False, True], ids=["inside", "ring"])
def test_anywhere_a_sure_position_is_right(
    ring: bool, data: str, boundaries: dict[str, shapely.Geometry], capsys: pytest.CaptureFixture[str]
) -> None:
    whole = shapely.union_all(list(boundaries.values()))
    part = whole.buffer(RING).difference(whole) if ring else whole
    shapely.prepare(part)
    random_ = np.random.default_rng(6)
    low, high = np.array(part.bounds[:2]), np.array(part.bounds[2:])
    places = np.empty((0, 2))
    while len(places) < COUNT:
        more = low + random_.random((COUNT, 2)) * (high - low)
        places = np.vstack((places, more[shapely.contains_xy(part, more[:, 0], more[:, 1])]))
    line = compare("in a ring of 5 km" if ring else "anywhere inside", data, places[:COUNT], boundaries, 0.99, 0.1)
    with capsys.disabled():
        print(f"\n  where: {line}", end="")


def test_a_vague_position_is_unsure_and_an_invalid_one_unknown(data: str) -> None:
    ask = [[52.2, -2.22, accuracy] for accuracy in (10, 1000, 60_000)]
    exact, rough, vague = find(data, [["findPoint", *each] for each in ask])
    assert exact.sure and exact.area == "worcestershire"
    assert rough.sure
    assert not vague.sure and len(vague.candidates) == 4
    for latitude, longitude in ((51.5, -0.12), (0, 0), (-52.2, 177.8), (90, 180)):
        [found] = find(data, [["findPoint", latitude, longitude, 20]])
        assert (found.area, found.sure) == (None, True)
    [found] = find(data, [["findPoint", None, "x", 20]])
    assert (found.area, found.sure, found.reason) == (None, False, "unknown")


def test_the_independent_list_of_places_agrees(data: str, capsys: pytest.CaptureFixture[str]) -> None:
    """By postcode, no sure answer is wrong; by position, as few as for people's homes."""
    slugs = {"herefordshire": "herefordshire", "shropshire": "shropshire", "worcestershire": "worcestershire"}
    with truth("heldout.csv").open(newline="") as file:
        listed = list(csv.DictReader(file))
    for column, function, right in (("postcode", "findPostcode", 1), ("lat", "findPoint", 0.999)):
        having = [row for row in listed if row[column]]
        ask = [
            ["findPoint", float(row["lat"]), float(row["lon"]), 0] if column == "lat" else [function, row["postcode"]]
            for row in having
        ]
        expected = [slugs.get(row["expected_area"].lower(), "telford-and-wrekin") for row in having]
        expected = [None if row["expected_area"] == "OUT" else area for row, area in zip(having, expected, strict=True)]
        answers = find(data, ask)
        sure = [(area, found.area) for area, found in zip(expected, answers, strict=True) if found.sure]
        part = sum(area == answer for area, answer in sure) / len(sure)
        with capsys.disabled():
            print(
                f"\n  where: independent list, {column}: {len(ask)} asked, {len(sure)} sure, {100 * part:.2f} % right",
                end="",
            )
        assert part >= right


def test_the_districts_of_worcestershire_are_kept(data: str) -> None:
    table = json.loads(data)["postcodes"]
    assert table["districts"] == DISTRICTS
    assert all(letter in table["near"] for letter in DISTRICTS)


@pytest.mark.prove
def test_the_files_are_what_the_packages_make() -> None:
    for name, data in make_where(read_table(packaged_files()), packaged_places()).items():
        assert (ROOT / "content" / "where" / f"{name}.json").read_text() == as_json(data) + "\n", name
