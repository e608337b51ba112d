"""QR codes (ISO/IEC 18004) made in the build. Each holds one number to ring or the site's first page, nothing else."""

import base64
import json
from collections.abc import Iterable, Mapping

from markupsafe import Markup, escape

from server.cache import CacheFolder, digest
from server.content.contact import Channel, Contact

SIZE = 21
"""The modules along a side of a version 1 symbol, which is large enough for any number with its `tel:`."""
_CORNER = 8
"""The modules along a side of a corner: a finder pattern and its white rim. It is always the same: phones draw it."""


def ring(channel: Channel) -> str:
    """The content of a number's code: `tel:` and the number in international form."""
    return f"tel:{channel.international}"


def pack_codes(contacts: Iterable[Contact], cache: CacheFolder) -> bytes:
    """JSON of every number to call: the digits its link dials, and its code without the three corners in base64."""
    calls = {call.dialled: ring(call) for contact in contacts for call in contact.calls}
    return cache.get_or_make(f"{digest(json.dumps(calls, sort_keys=True))}.codes", lambda: _codes(calls))


def _codes(calls: Mapping[str, str]) -> bytes:
    return json.dumps({digits: _bits(text) for digits, text in sorted(calls.items())}, separators=(",", ":")).encode()


def _bits(text: str) -> str:
    import segno  # slow to import, and only needed where the cache has no codes

    matrix = segno.make(text, version=1, error="l", micro=False).matrix
    bits = "".join(str(int(dark)) for y, row in enumerate(matrix) for x, dark in enumerate(row) if not _is_corner(x, y))
    bits += "0" * (-len(bits) % 8)
    return base64.b64encode(int(bits, 2).to_bytes(len(bits) // 8, "big")).decode().rstrip("=")


def _is_corner(x: int, y: int) -> bool:
    near, low = x < _CORNER, y < _CORNER
    far, high = x >= SIZE - _CORNER, y >= SIZE - _CORNER
    return (near and low) or (near and high) or (far and low)


def draw(text: str, words: str, number_id: str = "") -> Markup:
    """A code as inline SVG with its rim of four modules; `words` are its accessible name."""
    import segno

    svg = segno.make(text, error="m", micro=False).svg_inline(border=4, omitsize=True, svgclass=None, lineclass=None)
    attribute = Markup(' data-number="{}"').format(number_id) if number_id else ""
    rest = Markup(svg.removeprefix("<svg"))
    return Markup('<svg class="qr" role="img" aria-label="{}"{}{}').format(escape(words), attribute, rest)
