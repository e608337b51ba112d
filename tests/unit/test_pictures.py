"""Pictures stay small, stand alone, and suit a light page and a dark one."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.support.running import ROOT

FOLDER = ROOT / "web" / "pictures"
PICTURES = sorted(FOLDER.glob("*.svg"))
SVG = "{http://www.w3.org/2000/svg}"
MOST_BYTES = {"poster": 3072}
SHAPES = {SVG + name for name in ("svg", "style", "path", "circle", "rect")}
"""Neither script, text, image, link nor `use` is among them."""

each_picture = pytest.mark.parametrize("picture", PICTURES, ids=[picture.stem for picture in PICTURES])


@each_picture
def test_a_picture_is_small_and_scales(picture: Path) -> None:
    assert picture.stat().st_size <= MOST_BYTES.get(picture.stem, 1000)
    box = ElementTree.parse(picture).getroot().attrib["viewBox"]
    assert box == ("0 0 320 240" if picture.stem == "poster" else "0 0 96 96")


@each_picture
def test_a_picture_holds_shapes_only_and_loads_nothing(picture: Path) -> None:
    elements = list(ElementTree.parse(picture).getroot().iter())
    assert {element.tag for element in elements} <= SHAPES
    assert not {name for element in elements for name in element.attrib if name.startswith("on") or "href" in name}
    assert not re.search(r"url\(|@import|<[!?]", picture.read_text())


@each_picture
def test_a_picture_has_colours_for_light_and_for_dark(picture: Path) -> None:
    root = ElementTree.parse(picture).getroot()
    light, dark = root.findtext(SVG + "style", "").split("@media(prefers-color-scheme:dark)")
    assert root.attrib["stroke"] == "#1f2b33"
    assert "svg{stroke:#f2ebdf}" in dark
    filled = {element.attrib["class"] for element in root.iter() if "class" in element.attrib}
    assert set(re.findall(r"\.(\w)\{", light)) == filled
    assert set(re.findall(r"\.(\w)\{", dark)) == filled - {"d"}, "hair is one colour for both"


def test_each_group_of_signs_has_its_picture() -> None:
    groups = tomllib.loads((ROOT / "content" / "signs.toml").read_text())["group"]
    drawn = {picture.stem for picture in PICTURES if picture.stem.startswith("sign-")}
    assert drawn == {f"sign-{group['id']}" for group in groups}
