"""The budget of what a phone fetches: each line is held, and printed with its figure (brotli 11, KB = 1,024 bytes)."""

from __future__ import annotations

import json
import re

import brotli
import pytest

from server.site.resource import Site

KB = 1024


@pytest.fixture
def held(capsys: pytest.CaptureFixture[str]):
    def hold(what: str, figure: int, budget_kb: float) -> None:
        with capsys.disabled():
            print(f"\n  budget: {what}: {figure / KB:.2f} KB of {budget_kb:g}", end="")
        assert figure <= budget_kb * KB, f"{what}: {figure / KB:.2f} KB, over {budget_kb} KB"

    return hold


def size(data: bytes | str) -> int:
    return len(brotli.compress(data.encode() if isinstance(data, str) else data, quality=11))


def inline(site: Site, path: str, tag: str) -> str:
    return re.search(rf"<{tag}>(.*?)</{tag}>", site.resources[path].body.decode(), re.DOTALL)[1]  # type: ignore[index]


def test_every_page_fits_the_first_window(site: Site, held) -> None:
    sizes = {page.path: len(page.encodings["br"]) for page in (*site.pages, site.resources["/neutral"])}
    heaviest = max(sizes, key=lambda path: sizes[path])
    held(f"a page, the heaviest of {len(sizes)} ({heaviest})", sizes[heaviest], 13)


def test_style_and_first_script(site: Site, held) -> None:
    held("the style", size(inline(site, "/", "style")), 6)
    held("the first script", size(inline(site, "/", "script")), 2)


def test_the_deferred_scripts_of_a_page(site: Site, held) -> None:
    for page in site.pages:
        names = re.findall(r'<script type="module" src="([^"]+)"', page.body.decode())
        total = sum(len(site.resources[name].encodings["br"]) for name in names)
        assert total <= 6 * KB, page.path
    held("the deferred scripts of the last page", total, 6)


def test_who_is_open_now(site: Site, held) -> None:
    script = next(r for path, r in site.resources.items() if path.startswith("/assets/hours."))
    help_page = site.resources["/help/more"].body.decode()
    with_hours = [page.path for page in site.pages if "<p data-hours" in page.body.decode()]
    loading = [page.path for page in site.pages if "/assets/hours." in page.body.decode()]
    assert with_hours == loading, "the script is where there are hours, and only there"
    held("the script for open hours", len(script.encodings["br"]), 2)
    bare = re.sub(r'<p data-hours="[^"]*"></p>', "", help_page)
    held("open hours in the heaviest page", size(help_page) - size(bare), 0.25)


def test_the_worker(site: Site, held) -> None:
    held("sw.js with the emergency page", len(site.resources["/sw.js"].encodings["br"]), 5)


def test_the_pack(site: Site, held) -> None:
    packs = {
        path.split(".")[0]: len(r.encodings["br"]) for path, r in site.resources.items() if path.startswith("/pack/")
    }
    assert packs.keys() == {"/pack/en", "/pack/where"}
    held("/pack/where, all that finding an area takes", packs.pop("/pack/where"), 36)
    held("/pack/en, every page in English", packs.pop("/pack/en"), 180)


def test_the_search(site: Site, held) -> None:
    page = site.resources["/search"].body.decode()
    index = "\n".join(re.findall(r'data-words="([^"]*)"', page))
    script = next(r for path, r in site.resources.items() if path.startswith("/assets/search."))
    held("the search index with its script", size(index) + len(script.encodings["br"]), 5)


def test_finding_an_area(site: Site, held) -> None:
    data = json.loads(next(r for path, r in site.resources.items() if re.match(r"/assets/where\.\w+\.json", path)).body)
    script = next(r for path, r in site.resources.items() if re.match(r"/assets/where\.\w+\.js$", path))
    drawn = re.search(r"<svg class=.map.*?</svg>", site.resources["/areas"].body.decode(), re.DOTALL)
    held("where.js", len(script.encodings["br"]), 5)
    held("the postcodes of the areas", size(json.dumps(data["postcodes"])), 9)
    held("the geometry of the areas", size(json.dumps(data["positions"])), 12)
    held("the names of places", size(json.dumps(data["places"])), 6)
    held("the map of the areas, as drawn", len(drawn[0]), 3)


def test_the_whole_first_visit(site: Site, held) -> None:
    def wire(path: str) -> int:
        return min(map(len, site.resources[path].encodings.values()))

    home = wire("/")
    rest = [p for p in site.resources if p.startswith(("/pack/", "/assets/save."))]
    rest += ["/sw.js", "/release.json", "/manifest.json", "/corrections.json"]
    rest += [path for path in site.resources if re.match(r"/assets/app\.\w+\.svg", path)]
    held("a first visit and everything offline", home + sum(map(wire, rest)), 200)


def test_no_page_has_a_font_or_a_beacon(site: Site) -> None:
    for page in site.pages:
        assert "@font-face" not in page.body.decode()
        assert "sendBeacon" not in page.body.decode()
