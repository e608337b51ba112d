"""What a pack says by reference is the same text once the references are put in, as the worker does it."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.site.repeats import MARK, SHORTEST, Repeats
from server.site.resource import Site

LETTERS = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=60)


def put_in(text: str, said: str) -> str:
    """The worker's line, word for word."""
    return re.sub(
        r"\x7f(\w+),(\w+);", lambda found: said[int(found[1], 36) :][: int(found[2], 36)], text, flags=re.ASCII
    )


@given(st.lists(LETTERS, min_size=1, max_size=8), st.lists(st.integers(0, 7), max_size=40), LETTERS)
def test_any_text_comes_back_as_it_was(words: list[str], order: list[int], tail: str) -> None:
    repeats = Repeats()
    first = "".join(words) * 12
    repeats.remember(first)
    text = "".join(words[number % len(words)] for number in order) + first[3:] + tail
    assert put_in(repeats.shorten(text), first) == text


def test_a_long_repeat_becomes_a_reference_and_a_short_one_stays() -> None:
    said = " ".join(map(str, range(400)))
    repeats = Repeats()
    repeats.remember(said)
    short_for_it = repeats.shorten(f"a{said}b")
    assert re.fullmatch(f"a{MARK}0,[0-9a-z]+;b", short_for_it)
    assert put_in(short_for_it, said) == f"a{said}b"
    short = said[: SHORTEST - 1] + "?"
    assert repeats.shorten(short) == short


def test_a_text_with_the_mark_in_it_is_refused() -> None:
    with pytest.raises(ValueError, match="begins a reference"):
        Repeats().shorten(f"a page with {MARK}")


def test_every_page_of_both_packs_comes_back_as_the_server_has_it(site: Site) -> None:
    packs = {
        path.split(".")[0]: json.loads(each.body)["entries"]
        for path, each in site.resources.items()
        if path.startswith("/pack/en")
    }
    said = "".join(entry["body"] for entry in packs["/pack/en"].values())
    for entries in packs.values():
        for path, entry in entries.items():
            assert put_in(entry["body"], said) == site.resources[path].body.decode(), path
