"""Finding an area from what people type: postcodes in any spelling, names of places, and either among other words."""

from __future__ import annotations

import pytest

from server.content.model import Library
from tests.support.finding import Found, find


@pytest.fixture(scope="module")
def data(library: Library) -> str:
    return library.where.data


def find_postcode(data: str, typed: str) -> Found:
    [found] = find(data, [["findPostcode", typed]])
    return found


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
    found = find_postcode(data, typed)
    assert (found.area, found.sure) == ("worcestershire", True)


@pytest.mark.parametrize(
    ("typed", "area"),
    [("wr5", "worcestershire"), ("HR1", "herefordshire"), ("hri", "herefordshire"), ("TF3", "telford-and-wrekin"),
     ("SY3", "shropshire"), ("WR14 2", "worcestershire"), ("m1", None), ("EC1A", None), ("BT1 5GS", None)],
)  # fmt: skip
def test_an_outward_code_in_one_area_is_enough(data: str, typed: str, area: str | None) -> None:
    found = find_postcode(data, typed)
    assert (found.area, found.sure) == (area, True)
    assert found.reason == ("found" if area else "outside")


@pytest.mark.parametrize("typed", ["WR15", "DY12", "TF10", "SYlO", "B97"])
def test_an_outward_code_in_several_areas_is_not_sure(data: str, typed: str) -> None:
    found = find_postcode(data, typed)
    assert not found.sure
    assert found.reason == "part"
    assert len(found.candidates) + found.outside > 1


@pytest.mark.parametrize(
    "typed", ["ZZ1 1AA", "HR99 9ZZ", "WR0 1AA", "QQ", "", "12345", "hello", "WR14 2CC", "X" * 5000, "<b>"]
)
def test_a_postcode_that_does_not_exist_is_unknown(data: str, typed: str) -> None:
    found = find_postcode(data, typed)
    assert (found.sure, found.reason) == (False, "unknown")


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
def test_a_name_in_several_areas_is_not_sure(data: str, name: str) -> None:
    [found] = find(data, [["findPlace", name]])
    assert not found.sure
    assert found.reason == "several"
    assert len(found.candidates) + found.outside > 1


def test_a_place_elsewhere_is_outside_and_any_other_word_unknown(data: str) -> None:
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
def test_a_postcode_or_a_place_is_found_among_other_words(data: str, text: str) -> None:
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


def test_a_text_without_either_is_unknown(data: str) -> None:
    for text in ("2 Qwertyville", "1", "999", "\u0661", "I don't know", "the High Street"):
        [found] = find(data, [["findText", text]])
        assert (found.sure, found.reason) == (False, "unknown"), text
