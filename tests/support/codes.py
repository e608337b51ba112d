"""Reads QR codes: drawn by a real browser and decoded by jsQR, independently of the code that made them."""

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
    """The text of each code, given as SVG; None if it can't be read."""
    page = browser.new_page()
    page.add_script_tag(path=ROOT / "node_modules" / "jsqr" / "dist" / "jsQR.js")
    texts: list[str | None] = page.evaluate(_READ, list(codes))
    page.close()
    return texts
