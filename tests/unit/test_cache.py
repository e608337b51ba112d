"""The cache folder: it makes things quick, and whatever happens to it, nothing else goes wrong."""

from __future__ import annotations

import os
from pathlib import Path

from server.cache import GRACE, CacheFolder
from server.content.model import Library
from server.settings import read_settings
from server.site.build import build_site
from server.site.compress import compress_quickly
from server.site.resource import Site
from tests.support.running import CACHE


def never() -> bytes:
    raise AssertionError("it was there")


def test_what_was_stored_is_found_again(tmp_path: Path) -> None:
    assert CacheFolder(tmp_path).get_or_make("one", lambda: b"first") == b"first"
    assert CacheFolder(tmp_path).get_or_make("one", never) == b"first"


def test_a_damaged_file_counts_as_absent(tmp_path: Path) -> None:
    cache = CacheFolder(tmp_path)
    cache.put("one", b"first")
    whole = (tmp_path / "one").read_bytes()
    for damaged in (b"", whole[:-1], whole[:20], whole.replace(b"first", b"worst")):
        (tmp_path / "one").write_bytes(damaged)
        assert cache.get("one") is None
    assert cache.get_or_make("one", lambda: b"again") == b"again"


def test_where_nothing_can_be_written_everything_still_works(tmp_path: Path) -> None:
    place = tmp_path / "a file"
    place.write_text("in the way")
    cache = CacheFolder(place)
    assert cache.get_or_make("one", lambda: b"first") == b"first"
    cache.forget_unused()
    assert cache.get("one") is None


def use(folder: Path, names: str) -> set[str]:
    """Uses the names, forgets what is unused, and says what is still there."""
    cache = CacheFolder(folder)
    for name in names:
        cache.get_or_make(name, name.encode)
    cache.forget_unused()
    return {name for name in "abcdef" if cache.get(name)}


def grow_old(folder: Path) -> None:
    for file in folder.rglob("*"):
        before = file.stat().st_mtime - 2 * GRACE
        os.utime(file, (before, before))


def test_it_keeps_what_the_last_two_sets_use(tmp_path: Path) -> None:
    for names in ("ab", "bc", "cd"):
        grow_old(tmp_path)
        left = use(tmp_path, names)
    assert left == {"b", "c", "d"}


def test_it_keeps_what_others_wrote_or_used_within_the_hour(tmp_path: Path) -> None:
    CacheFolder(tmp_path).put("f", b"half of another's work")
    for names in ("ab", "bc", "cd", "de"):
        left = use(tmp_path, names)
    assert left == set("abcdef")


def test_a_site_is_the_same_with_the_cache_without_it_and_with_a_damaged_one(library: Library, tmp_path: Path) -> None:
    settings = read_settings({"TELLSOMEONE_CACHE": str(tmp_path)})
    first = build_site(library, settings)
    assert build_site(library, settings) == first
    for file in (tmp_path / "html").glob("*.html"):
        file.write_bytes(file.read_bytes()[:-9])
    assert build_site(library, settings) == first


def test_what_another_site_left_in_the_cache_changes_nothing(library: Library, tmp_path: Path) -> None:
    other = {"TELLSOMEONE_ORIGIN": "https://other.example", "TELLSOMEONE_EXIT_URL": "https://weather.example/"}
    own = {"TELLSOMEONE_ORIGIN": "http://own.example", "TELLSOMEONE_EXIT_URL": "none"}
    build_site(library, read_settings({**other, "TELLSOMEONE_CACHE": str(tmp_path / "shared")}))
    warm, cold = (
        build_site(library, read_settings({**own, "TELLSOMEONE_CACHE": str(tmp_path / name)}))
        for name in ("shared", "empty")
    )
    assert warm == cold


def test_what_is_compressed_quickly_is_the_same_site(site: Site, tmp_path: Path) -> None:
    quick = compress_quickly(site, tmp_path)
    assert quick == site, "encodings are no part of what a resource is"
    assert quick.resources["/help"].encodings.keys() == {"br", "gzip", "identity"}
    assert len(quick.resources["/help"].compressed["br"]) > len(site.resources["/help"].compressed["br"])


def test_what_did_not_change_is_taken_over_from_the_site_before(site: Site, library: Library, tmp_path: Path) -> None:
    page = next(page for page in library.pages if page.path == "/help/talk")
    changed = page.model_copy(update={"meta": page.meta.model_copy(update={"title": "Another title"})})
    pages = tuple(changed if each is page else each for each in library.pages)
    settings = read_settings({"TELLSOMEONE_EXIT_URL": "none", "TELLSOMEONE_CACHE": str(CACHE)})
    before = compress_quickly(build_site(library, settings), CACHE)
    after = compress_quickly(build_site(library.model_copy(update={"pages": pages}), settings), CACHE, before)
    new = {each.path for each in after.answers if each not in before.answers}
    assert {"/help/talk", "/sw.js", "/release.json"} <= new
    assert len(new) < 10
    for old, each in zip(before.answers, after.answers, strict=True):
        assert (each is old) == (each.path not in new)
        assert each.compressed.keys() in ({"br", "gzip"}, set())
