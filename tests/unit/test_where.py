"""Where am I: the very where.js of the pages, held against the whole postcode table and against independent truth."""

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
"""What the postcodes within 5 km of the four areas begin with; of them, the sample has two."""
RING = 5000


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    """The rows that are near enough to be asked about."""
    return [row for row in read_table(packaged_files()) if row.postcode[0] in LETTERS]


@pytest.fixture(scope="module")
def inside(rows: list[Row]) -> list[Row]:
    return [row for row in rows if row.letter != ELSEWHERE]


@pytest.fixture(scope="module")
def around(rows: list[Row], inside: list[Row]) -> list[Row]:
    """Postcodes elsewhere, within 5 km of one inside."""
    cells = {(int(r.easting // RING), int(r.northing // RING)) for r in inside if r.easting and r.northing}
    near = {(x + dx, y + dy) for x, y in cells for dx in (-1, 0, 1) for dy in (-1, 0, 1)}
    outside = [row for row in rows if row.letter == ELSEWHERE and row.easting and row.northing]
    return [row for row in outside if (int(row.easting // RING), int(row.northing // RING)) in near]


@pytest.fixture(scope="module")
def data(library: Library) -> str:
    return library.where.data


def slug(letter: str) -> str | None:
    return AREAS.get(area_of(letter))


def postcodes(data: str, asked: list[str]) -> list[Found]:
    return find(data, [["findPostcode", text] for text in asked])


def test_every_postcode_of_the_areas_is_right_and_none_around_is_surely_wrong(
    data: str, inside: list[Row], around: list[Row], capsys: pytest.CaptureFixture[str]
) -> None:
    found = postcodes(data, [row.postcode for row in inside])
    assert [
        row for row, (area, sure, *_) in zip(inside, found, strict=True) if (area, sure) != (slug(row.letter), True)
    ] == []
    assert len(inside) == 55_118 or not WHOLE
    beside = postcodes(data, [row.postcode for row in around])
    assert [(row, each) for row, each in zip(around, beside, strict=True) if each.sure and each.area is not None] == []
    with capsys.disabled():
        unsure = sum(not each.sure for each in beside)
        print(
            f"\n  where: {len(inside)} postcodes inside right, {len(around)} around: 0 surely wrong, {unsure} unsure",
            end="",
        )


def test_a_table_of_2021_is_never_surely_wrong_about_what_is_new_since(
    data: str, inside: list[Row], around: list[Row], capsys: pytest.CaptureFixture[str]
) -> None:
    old = table_2021(LETTERS)
    known = {row.postcode for row in old}
    new = [row for row in (*inside, *around) if row.postcode not in known]
    earlier = as_json({**json.loads(data), "postcodes": {**json.loads(data)["postcodes"], **make_postcodes(old)}})
    found = postcodes(earlier, [row.postcode for row in new])
    wrong = [(row, each) for row, each in zip(new, found, strict=True) if each.sure and each.area != slug(row.letter)]
    assert wrong == []
    guessed = [(row, each) for row, each in zip(new, found, strict=True) if not each.sure]
    for row, each in guessed:
        assert slug(row.letter) in each.candidates or (each.outside and row.letter == ELSEWHERE) or not each.candidates
    with capsys.disabled():
        right = sum(slug(row.letter) == each.area for row, each in guessed)
        sure = len(new) - len(guessed)
        print(
            f"\n  where: {len(new)} new since 2021: {sure} sure, 0 wrong; {len(guessed)} guessed, {right} right", end=""
        )


@pytest.mark.parametrize(
    "typed",
    [
        "WR14 2AA",
        "wr142aa",
        " wr14 2aa ",
        "WR14-2AA.",
        "WRI4 2AA",
        "wrl4 2aa",
        "W R 1 4 2 A A",
        "(WR14 2AA)",
        "wr14\u00a02aa",
    ],
)
def test_a_postcode_is_read_however_it_is_typed(data: str, typed: str) -> None:
    [found] = postcodes(data, [typed])
    assert (found.area, found.sure) == ("worcestershire", True)


@pytest.mark.parametrize(
    ("typed", "area"),
    [("wr5", "worcestershire"), ("HR1", "herefordshire"), ("hri", "herefordshire"), ("TF3", "telford-and-wrekin"),
     ("SY3", "shropshire"), ("WR14 2", "worcestershire"), ("m1", None), ("EC1A", None), ("BT1 5GS", None)],
)  # fmt: skip
def test_its_first_half_is_enough_where_it_lies_in_one_area(data: str, typed: str, area: str | None) -> None:
    [found] = postcodes(data, [typed])
    assert (found.area, found.sure) == (area, True)
    assert found.reason == ("found" if area else "outside")


@pytest.mark.parametrize("typed", ["WR15", "DY12", "TF10", "SYlO", "B97"])
def test_a_first_half_in_several_asks(data: str, typed: str) -> None:
    [found] = postcodes(data, [typed])
    assert not found.sure
    assert found.reason == "part"
    assert len(found.candidates) + found.outside > 1


@pytest.mark.parametrize(
    "typed", ["ZZ1 1AA", "HR99 9ZZ", "WR1", "QQ", "", "12345", "hello", "WR14 2CC", "X" * 5000, "<b>"]
)
def test_no_such_postcode_is_another_answer(data: str, typed: str) -> None:
    if typed == "WR1":
        typed = "WR0 1AA"
    [found] = postcodes(data, [typed])
    assert (found.sure, found.reason) == (False, "unknown")


def test_the_first_halves_agree_with_the_table(data: str, rows: list[Row]) -> None:
    areas: dict[str, Counter[str | None]] = defaultdict(Counter)
    for row in rows:
        if any(letter.isdecimal() for letter in row.outward):  # old ones of Newport, "NPT 1AA", have none
            areas[row.outward][slug(row.letter)] += 1
    found = postcodes(data, list(areas))
    for (outward, count), each in zip(areas.items(), found, strict=True):
        assert each.sure == (len(count) == 1), outward
        assert set(each.candidates) == set(count) - {None}, outward


def positions(data: str, places: np.ndarray, accuracy: float = 0) -> list[Found]:
    longitude, latitude = Transformer.from_crs(27700, 4326, always_xy=True).transform(places[:, 0], places[:, 1])
    asked = zip(np.asarray(latitude).tolist(), np.asarray(longitude).tolist(), strict=True)
    return find(data, [["findPoint", lat, lon, accuracy] for lat, lon in asked])


@pytest.fixture(scope="module")
def boundaries() -> dict[str, shapely.Geometry]:
    """The true areas by slug, in metres of the National Grid."""
    to_grid = Transformer.from_crs(4326, 27700, always_xy=True)
    names = {"E06000019": "herefordshire", "E06000051": "shropshire", "E06000020": "telford-and-wrekin"}
    out = {}
    for feature in json.loads(truth("boundaries_full.geojson").read_text())["features"]:
        shape = shapely.from_geojson(json.dumps(feature["geometry"]))
        name = names.get(feature["properties"]["gss"], "worcestershire")
        out[name] = shapely.transform(shape, lambda c: np.column_stack(to_grid.transform(c[:, 0], c[:, 1])))
        shapely.prepare(out[name])
    return out


def held(
    what: str, data: str, places: np.ndarray, boundaries: dict[str, shapely.Geometry], right: float, unsure: float
) -> str:
    found = positions(data, places)
    true = [
        next((name for name, shape in boundaries.items() if shapely.contains_xy(shape, *place)), None)
        for place in places.tolist()
    ]
    sure = [(area, each.area) for area, each in zip(true, found, strict=True) if each.sure]
    for each in found:
        assert each.sure or len(each.candidates) + each.outside > 1
    part_right = sum(area == said for area, said in sure) / len(sure)
    part_unsure = 1 - len(sure) / len(found)
    assert part_right >= right, (what, part_right)
    assert part_unsure <= unsure, (what, part_unsure)
    return f"{what}: {len(found)}, sure ones {100 * part_right:.3f} % right, {100 * part_unsure:.2f} % unsure"


COUNT = 100_000 if WHOLE else 10_000


def test_where_people_are_a_sure_position_is_right(
    data: str, inside: list[Row], boundaries: dict[str, shapely.Geometry], capsys: pytest.CaptureFixture[str]
) -> None:
    random_ = np.random.default_rng(5)
    homes = np.array([(row.easting, row.northing) for row in inside if row.easting])
    chosen = homes[random_.integers(len(homes), size=COUNT)]
    far, angle = 100 * np.sqrt(random_.random(COUNT)), 2 * np.pi * random_.random(COUNT)
    moved = chosen + np.column_stack((far * np.cos(angle), far * np.sin(angle)))
    line = held("where people are", data, moved, boundaries, 0.999, 0.05)
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
    line = held("in a ring of 5 km" if ring else "anywhere inside", data, places[:COUNT], boundaries, 0.99, 0.1)
    with capsys.disabled():
        print(f"\n  where: {line}", end="")


def test_a_vague_position_is_less_sure_and_nonsense_is_no_area(data: str) -> None:
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
    """Each library, school and stop of it by its postcode (none surely wrong) and its position (as people's homes)."""
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
        found = find(data, ask)
        sure = [(area, each.area) for area, each in zip(expected, found, strict=True) if each.sure]
        part = sum(area == said for area, said in sure) / len(sure)
        with capsys.disabled():
            print(
                f"\n  where: independent list, {column}: {len(ask)} asked, {len(sure)} sure, {100 * part:.2f} % right",
                end="",
            )
        assert part >= right


@pytest.mark.parametrize(
    ("name", "areas"),
    [("Malvern", ["worcestershire"]), ("droitwich", ["worcestershire"]), ("ROSS", ["herefordshire"]),
     ("Ross-on-Wye", ["herefordshire"]), ("Bewdley", ["worcestershire"]), ("bishop's castle", ["shropshire"]),
     ("Bishops Castle", ["shropshire"]), ("Ludlow, Shropshire", ["shropshire"]), ("telford", ["telford-and-wrekin"])],
)  # fmt: skip
def test_a_place_of_one_area_is_found_by_its_name(data: str, name: str, areas: list[str]) -> None:
    [found] = find(data, [["findPlace", name]])
    assert (found.candidates, found.sure) == (areas, True)


@pytest.mark.parametrize("name", ["Wellington", "Whitchurch", "Upton", "Tenbury", "Newport", "Kington", "Romsley"])
def test_a_name_in_more_than_one_area_asks(data: str, name: str) -> None:
    [found] = find(data, [["findPlace", name]])
    assert not found.sure
    assert found.reason == "several"
    assert len(found.candidates) + found.outside > 1


def test_a_place_elsewhere_and_no_place_at_all(data: str) -> None:
    birmingham, nowhere, empty = find(data, [["findPlace", name] for name in ("Birmingham", "Qwertyville", "")])
    assert (birmingham.area, birmingham.sure) == (None, True)
    assert (nowhere.sure, nowhere.reason) == (False, "unknown")
    assert (empty.sure, empty.reason) == (False, "unknown")


@pytest.mark.parametrize(
    "text",
    ["Shrewsbury SY1 1AA", "SY1 1AA, Shrewsbury", "12 High Street, Shrewsbury SY1 1AA", "SY1 1AA.", "(sy1 1aa)",
     "sy1-1aa", "SY1\u00a01AA", "S Y 1 1 A A", "postcode:SY11AA", "my postcode is sy1 1aa thanks",
     "Shropshire SYl 1AA England", "\uff33\uff39\uff11 \uff11\uff21\uff21", "SY\u0661 \u0661AA", "Flat 2, Ludlow",
     "Ludlow A49", "12 High Street, Ludlow", "SY\u0967 \u0967AA", "SY\u0a67 \u0a67AA", "Ludlow (Shropshire)",
     "Ludlow - Shropshire", "Bishop`s Castle", "Bishop\u00b4s Castle", "Bishop\u2018s Castle", "Lud\u00adlow"],
)  # fmt: skip
def test_a_postcode_or_a_place_is_found_in_whatever_else_is_typed(data: str, text: str) -> None:
    [found] = find(data, [["findText", text]])
    assert (found.area, found.sure) == ("shropshire", True)


@pytest.mark.parametrize(
    ("text", "candidates"),
    [
        ("I live in Shrewsbury", ["shropshire"]),
        ("near much wenlock", ["shropshire"]),
        ("Leominster Herefordshire", ["herefordshire"]),
        ("Telford town centre", ["telford-and-wrekin"]),
        ("in Wellington", ["herefordshire", "telford-and-wrekin"]),
    ],
)
def test_a_place_among_other_words_is_a_guess(data: str, text: str, candidates: list[str]) -> None:
    [found] = find(data, [["findText", text]])
    assert (found.sure, found.reason, sorted(found.candidates)) == (False, "new", candidates)


def test_a_text_with_neither_is_unknown(data: str) -> None:
    for text in ("2 Qwertyville", "1", "999", "\u0661", "I don't know", "the High Street"):
        [found] = find(data, [["findText", text]])
        assert (found.sure, found.reason) == (False, "unknown"), text


def test_the_districts_of_worcestershire_are_kept(data: str) -> None:
    table = json.loads(data)["postcodes"]
    assert table["districts"] == DISTRICTS
    assert all(letter in table["near"] for letter in DISTRICTS)


@pytest.mark.prove
def test_the_files_are_what_the_packages_make() -> None:
    for name, made in make_where(read_table(packaged_files()), packaged_places()).items():
        assert (ROOT / "content" / "where" / f"{name}.json").read_text() == as_json(made) + "\n", name
