"""The QR codes that a page draws are those of the standard, as `segno` makes them."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest
import segno

from server.cache import CacheFolder
from server.content.model import Library
from server.site import qr
from server.site.assets import WEB
from tests.support.phone import node

pytestmark = pytest.mark.skipif(not node() and not os.environ.get("CI"), reason="Node.js is not here")

QUIET_ZONE = 4
DRAW = """
import { readFileSync } from 'node:fs';
const { module, codes } = JSON.parse(readFileSync(0, 'utf8'));
const { qrPath } = await import('data:text/javascript,' + encodeURIComponent(readFileSync(new URL(module), 'utf8')));
console.log(JSON.stringify(codes.map(qrPath)));
"""


def draw(codes: list[str]) -> list[str]:
    """The path of each packed code."""
    module = (WEB / "scripts" / "contact" / "qr.js").as_uri()
    run = subprocess.run(
        [str(node()), "--input-type=module", "-e", DRAW],
        input=json.dumps({"module": module, "codes": codes}), capture_output=True, text=True, check=True,
    )  # fmt: skip
    return list(json.loads(run.stdout))


def test_every_number_is_drawn_as_the_standard_has_it(library: Library, tmp_path: Path) -> None:
    calls = {call.dialled: call for contact in library.contacts for call in contact.calls}
    codes = json.loads(qr.pack_codes(library.contacts, CacheFolder(tmp_path)))
    assert codes.keys() == calls.keys()
    for digits, path in zip(codes, draw(list(codes.values())), strict=True):
        drawn = {(int(x), int(y)) for x, y in re.findall(r"M(\d+) (\d+)h1v1h-1z", path)}
        matrix = segno.make(qr.ring(calls[digits]), version=1, error="l", micro=False).matrix
        dark = {(x + QUIET_ZONE, y + QUIET_ZONE) for y, row in enumerate(matrix) for x, bit in enumerate(row) if bit}
        assert drawn == dark, digits
