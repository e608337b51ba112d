"""Reads QR codes back: drawn by a real browser, decoded by jsQR, which knows nothing of what made them."""

from __future__ import annotations

from collections.abc import Sequence

from playwright.sync_api import Browser

from tests.support.running import ROOT

_READ = """(codes) => codes.map((svg) => {
  const holder = new DOMParser().parseFromString(svg, 'text/html');
  const side = Number(holder.querySelector('svg').getAttribute('viewBox').split(' ')[2]);
  const path = holder.querySelector('path');
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = side * 4;
  const pen = canvas.getContext('2d');
  pen.fillStyle = '#fff';
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.fillStyle = '#000';
  pen.scale(4, 4);
  const drawn = new Path2D(path.getAttribute('d'));
  if (path.getAttribute('stroke')) pen.stroke(drawn); else pen.fill(drawn);
  const picture = pen.getImageData(0, 0, canvas.width, canvas.height);
  const found = jsQR(picture.data, picture.width, picture.height);
  return found && found.data;
})"""


def read_codes(browser: Browser, codes: Sequence[str]) -> list[str | None]:
    """What each code, an SVG as HTML, holds; None where nothing can be read."""
    page = browser.new_page()
    page.add_script_tag(path=ROOT / "node_modules" / "jsqr" / "dist" / "jsQR.js")
    held: list[str | None] = page.evaluate(_READ, list(codes))
    page.close()
    return held
