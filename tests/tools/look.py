"""Pictures of every page to look at, and the two of the manifest: `python -m tests.tools.look FOLDER [--manifest]`."""

from __future__ import annotations

import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from server.content.reader import read_library
from tests.support.browsers import launch
from tests.support.running import ROOT, served

VIEWS = {
    "phone-light": {"viewport": {"width": 360, "height": 740}, "color_scheme": "light"},
    "phone-dark": {"viewport": {"width": 360, "height": 740}, "color_scheme": "dark"},
    "wide": {"viewport": {"width": 1280, "height": 800}, "color_scheme": "light"},
}
MANIFEST = {"areas-narrow": (360, 740, 2), "areas-wide": (1280, 800, 1)}


def main(folder: Path, manifest: bool, content: Path = ROOT / "content") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with served(content) as server, sync_playwright() as playwright:
        browser = launch(playwright)
        if manifest:
            for name, (width, height, scale) in MANIFEST.items():
                page = browser.new_page(viewport={"width": width, "height": height}, device_scale_factor=scale)
                page.goto(server.url + "/areas")
                page.screenshot(path=ROOT / "web" / "images" / f"{name}.png")
            return
        paths = [page.path for page in read_library(content).pages] + ["/nothing-here"]
        for view, options in VIEWS.items():
            for path in paths:
                page = browser.new_page(**options)
                page.goto(server.url + path)
                name = path.strip("/").replace("/", "-") or "home"
                page.screenshot(path=folder / f"{name}.{view}.png")
                page.screenshot(path=folder / f"{name}.{view}.full.png", full_page=True)
                page.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), "--manifest" in sys.argv, *map(Path, sys.argv[3:4]))
