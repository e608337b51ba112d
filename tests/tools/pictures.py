"""Takes the pictures of the README: `make pictures` writes `docs/pictures/`.

The clocks of the server and of the page stand at a fixed moment, so that the same site, browser and fonts give the same
picture.
"""

from __future__ import annotations

import base64
import datetime
import os
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from server.clock import EPOCH, LONDON
from tests.support.browsers import launch
from tests.support.running import ROOT, served

PICTURES = ROOT / "docs" / "pictures"
PAGES = {"home": "/", "area": "/areas/shropshire"}
SCHEMES = ("light", "dark")
MOMENT = datetime.datetime(2026, 11, 27, 10, 30, tzinfo=LONDON)
"""A Friday morning on which offices are open."""
WIDTH, HEIGHT, SCALE = 360, 740, 2
TO_WEBP = """async (png) => {
  const image = await createImageBitmap(await (await fetch('data:image/png;base64,' + png)).blob());
  const canvas = document.createElement('canvas');
  canvas.width = image.width;
  canvas.height = image.height;
  canvas.getContext('2d').drawImage(image, 0, 0);
  return canvas.toDataURL('image/webp', 0.8).split(',')[1];
}"""


def take(browser: Browser, url: str, scheme: str) -> bytes:
    """A PNG of the top of the page at `url` on a phone, in the colour scheme "light" or "dark"."""
    context = browser.new_context(
        viewport={"width": WIDTH, "height": HEIGHT},
        device_scale_factor=SCALE,
        color_scheme="dark" if scheme == "dark" else "light",
        reduced_motion="reduce",
        service_workers="block",
        timezone_id="Europe/London",
    )
    page = context.new_page()
    page.clock.set_fixed_time(MOMENT)
    page.goto(url, wait_until="networkidle")
    png = page.screenshot()
    context.close()
    return png


def to_webp(page: Page, png: bytes) -> bytes:
    """The same picture as WebP, which the browser itself can write."""
    return base64.b64decode(page.evaluate(TO_WEBP, base64.b64encode(png).decode()))


def main(folder: Path = PICTURES) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    os.environ[EPOCH] = str(int(MOMENT.timestamp()))
    with served(ROOT / "content") as server, sync_playwright() as playwright:
        browser = launch(playwright)
        blank = browser.new_page()
        for name, path in PAGES.items():
            for scheme in SCHEMES:
                file = folder / f"{name}-{scheme}.webp"
                file.write_bytes(to_webp(blank, take(browser, server.url + path, scheme)))
                print(f"{file.relative_to(ROOT)}: {file.stat().st_size / 1024:.0f} KB")


if __name__ == "__main__":
    main()
