"""The cache folder: results are found again, and nothing goes wrong if it is damaged or can't be written."""

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


def fail() -> bytes:
    raise AssertionError("it is stored, and is computed again")


def test_a_stored_result_is_found_again(tmp_path: Path) -> None:
    assert CacheFolder(tmp_path).get_or_make("one", lambda: b"first") == b"first"
    assert CacheFolder(tmp_path).get_or_make("one", fail) == b"first"


def test_a_damaged_file_counts_as_absent(tmp_path: Path) -> None:
    cache = CacheFolder(tmp_path)
    cache.put("one", b"first")
    whole = (tmp_path / "one").read_bytes()
    for damaged in (b"", whole[:-1], whole[:20], whole.replace(b"first", b"worst")):
        (tmp_path / "one").write_bytes(damaged)
        assert cache.get("one") is None
    assert cache.get_or_make("one", lambda: b"again") == b"again"


def test_everything_works_if_nothing_can_be_written(tmp_path: Path) -> None:
    file = tmp_path / "a file"
    file.write_text("in the place of the folder")
    cache = CacheFolder(file)
    assert cache.get_or_make("one", lambda: b"first") == b"first"
    cache.forget_unused()
    assert cache.get("one") is None


def use(folder: Path, names: str) -> set[str]:
    """Uses these names, forgets unused ones, and returns those that are still stored."""
    cache = CacheFolder(folder)
    for name in names:
        cache.get_or_make(name, name.encode)
    cache.forget_unused()
    return {name for name in "abcdef" if cache.get(name)}


def grow_old(folder: Path) -> None:
    for file in folder.rglob("*"):
        before = file.stat().st_mtime - 2 * GRACE
        os.utime(file, (before, before))


def test_names_in_one_of_the_last_two_sets_stay(tmp_path: Path) -> None:
    for names in ("ab", "bc", "cd"):
        grow_old(tmp_path)
        left = use(tmp_path, names)
    assert left == {"b", "c", "d"}


def test_names_written_or_used_within_the_hour_stay(tmp_path: Path) -> None:
    CacheFolder(tmp_path).put("f", b"another process is about to use this")
    for names in ("ab", "bc", "cd", "de"):
        left = use(tmp_path, names)
    assert left == set("abcdef")


def test_a_site_is_the_same_with_a_full_an_empty_or_a_damaged_cache(library: Library, tmp_path: Path) -> None:
    settings = read_settings({"TELLSOMEONE_CACHE": str(tmp_path)})
    first = build_site(library, settings)
    assert build_site(library, settings) == first
    for file in (tmp_path / "html").glob("*.html"):
        file.write_bytes(file.read_bytes()[:-9])
    assert build_site(library, settings) == first


def test_the_cache_may_be_shared_with_another_site(library: Library, tmp_path: Path) -> None:
    other = {"TELLSOMEONE_ORIGIN": "https://other.example", "TELLSOMEONE_EXIT_URL": "https://weather.example/"}
    own = {"TELLSOMEONE_ORIGIN": "http://own.example", "TELLSOMEONE_EXIT_URL": "none"}
    build_site(library, read_settings({**other, "TELLSOMEONE_CACHE": str(tmp_path / "shared")}))
    warm, cold = (
        build_site(library, read_settings({**own, "TELLSOMEONE_CACHE": str(tmp_path / name)}))
        for name in ("shared", "empty")
    )
    assert warm == cold


def test_a_quickly_compressed_site_equals_one_compressed_well(site: Site, tmp_path: Path) -> None:
    quick = compress_quickly(site, tmp_path)
    assert quick == site, "encodings are no part of what a resource is"
    assert quick.resources["/help"].encodings.keys() == {"br", "gzip", "identity"}
    assert len(quick.resources["/help"].compressed["br"]) > len(site.resources["/help"].compressed["br"])


def test_unchanged_answers_are_taken_from_the_previous_site(site: Site, library: Library, tmp_path: Path) -> None:
    page = next(page for page in library.pages if page.path == "/help/talk")
    changed = page.model_copy(update={"meta": page.meta.model_copy(update={"title": "Another title"})})
    pages = tuple(changed if other is page else other for other in library.pages)
    settings = read_settings({"TELLSOMEONE_EXIT_URL": "none", "TELLSOMEONE_CACHE": str(CACHE)})
    before = compress_quickly(build_site(library, settings), CACHE)
    after = compress_quickly(build_site(library.model_copy(update={"pages": pages}), settings), CACHE, before)
    new = {answer.path for answer in after.answers if answer not in before.answers}
    assert {"/help/talk", "/sw.js", "/release.json"} <= new
    assert len(new) < 10
    for previous, answer in zip(before.answers, after.answers, strict=True):
        assert (answer is previous) == (answer.path not in new)
        assert answer.compressed.keys() in ({"br", "gzip"}, set())
