"""Signs corrections and verifies their signature: ECDSA P-256 with SHA-256, in the form that WebCrypto verifies.

A signed text is a JSON object whose last field is the signature of every byte before it: `{…,"signature":"…"}`. The
text is served exactly as it was signed, so a phone needs no canonical form of JSON.
"""

import base64
from collections.abc import Iterable
from pathlib import Path

from server import p256
from server.corrections.keys import read_key

_FIELD = ',"signature":"'


def sign(body: str, file: Path) -> str:
    """The JSON object `body` with its signature, by the private key in `file`, as its last field.

    Raises `KeyTrouble`.
    """
    payload = body.removesuffix("}")
    signature = p256.sign(read_key(file), payload.encode())
    return f'{payload}{_FIELD}{base64.b64encode(signature).decode()}"}}'


def signed_body(text: str, keys: Iterable[str]) -> str | None:
    """The JSON object that one of the public `keys` signed, without its signature; None if none of them did."""
    payload, _, rest = text.strip().rpartition(_FIELD)
    try:
        signature = base64.b64decode(rest.removesuffix('"}'), validate=True)
        points = [base64.b64decode(key) for key in keys]
    except ValueError:
        return None
    return payload + "}" if any(p256.is_signed(point, signature, payload.encode()) for point in points) else None
