"""The folder that `build` writes: where it stands, who may read it, and what it refuses."""

from __future__ import annotations

import dataclasses
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from server.site.export import ExportError, export_site
from server.site.resource import Site


@pytest.fixture
def small(site: Site) -> Site:
    """A site with a page and little else: what is tried here is the folder."""
    return dataclasses.replace(site, resources={"/help": site.resources["/help"]})


@pytest.mark.parametrize("umask", [0o000, 0o077])
def test_everybody_may_read_it_and_only_its_owner_write_it_whatever_the_umask(
    small: Site, tmp_path: Path, umask: int
) -> None:
    before = os.umask(umask)
    try:
        export_site(small, tmp_path / "out")
    finally:
        os.umask(before)
    for each in (tmp_path / "out", *(tmp_path / "out").rglob("*")):
        assert stat.S_IMODE(each.stat().st_mode) == (0o755 if each.is_dir() else 0o644), each


def test_a_link_to_a_folder_goes_on_leading_there(small: Site, tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    out = tmp_path / "out"
    out.symlink_to("real")
    for _ in range(2):
        export_site(small, out)
        assert out.is_symlink()
        assert (tmp_path / "real" / "help" / "index.html").is_file()
    assert {each.name for each in tmp_path.iterdir()} == {"real", "out"}


@pytest.mark.parametrize("kind", ["pipe", "file", "link to a file", "link to itself", "device"])
def test_what_is_no_folder_is_refused_with_a_sentence(small: Site, tmp_path: Path, kind: str) -> None:
    out = tmp_path / "out"
    if kind == "pipe":
        os.mkfifo(out)
    elif kind == "device":
        out = Path("/dev/null")
    elif kind == "link to itself":
        out.symlink_to(out)
    else:
        target = tmp_path / "target" if kind == "link to a file" else out
        target.write_text("mine")
        if target != out:
            out.symlink_to(target)
    left = set(tmp_path.iterdir())
    with pytest.raises(ExportError, match="can't be written: "):
        export_site(small, out)
    assert set(tmp_path.iterdir()) == left


def test_many_at_once_put_one_whole_folder_in_place_and_leave_nothing_beside_it(small: Site, tmp_path: Path) -> None:
    with ThreadPoolExecutor(4) as many:
        counts = set(many.map(lambda _: export_site(small, tmp_path / "out"), range(12)))
    assert counts == {sum(each.is_file() for each in (tmp_path / "out").rglob("*"))}
    assert [each.name for each in tmp_path.iterdir()] == ["out"]


def test_what_a_killed_build_left_is_removed_and_one_at_work_is_let_be(small: Site, tmp_path: Path) -> None:
    killed, at_work = tmp_path / ".out.building-killed12", tmp_path / ".out.building-at_work1"
    for each in (killed, at_work):
        (each / "help").mkdir(parents=True)
    yesterday = at_work.stat().st_mtime - 86_400
    os.utime(killed, (yesterday, yesterday))
    export_site(small, tmp_path / "out")
    assert {each.name for each in tmp_path.iterdir()} == {"out", at_work.name}


def test_an_nginx_that_runs_can_be_told_to_reload_after_a_build(small: Site, tmp_path: Path) -> None:
    export_site(small, tmp_path / "out")
    (tmp_path / "out" / "nginx.pid").write_text("4711")
    export_site(small, tmp_path / "out")
    assert (tmp_path / "out" / "nginx.pid").read_text() == "4711"
