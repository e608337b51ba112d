"""Signs corrections, and tells whether they are signed: ECDSA P-256 with SHA-256, the form WebCrypto verifies.

A signed text is JSON whose last field is the signature, over every byte before it: `{…,"signature":"…"}`. So what is
served is what was signed, and a phone needs no rule for writing the same JSON again.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

from server import p256
from server.new_file import write_new

_FIELD = ',"signature":"'


class KeyTrouble(Exception):
    """A private key is missing or no use. The message says which, and what to do."""


def make_key(file: Path) -> str:
    """Makes a private key in `file`, which only its owner may read, and gives the public one.

    Raises `KeyTrouble` where the file is there already, or can't be written.
    """
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_new(file, p256.new_pem())
    except FileExistsError:
        raise KeyTrouble(f"{file} already exists and is never overwritten: name another file") from None
    except OSError as error:
        raise KeyTrouble(f"{file} can't be written: {error.strerror}") from None
    return public_key(file)


def public_key(file: Path) -> str:
    """The public key that goes with the private one in `file`, as `site.toml` names it. Raises `KeyTrouble`."""
    return base64.b64encode(p256.public_point(_private(file))).decode()


def sign(body: str, file: Path) -> str:
    """A JSON object with its signature as its last field. Raises `KeyTrouble`."""
    said = body.removesuffix("}")
    signature = p256.sign(_private(file), said.encode())
    return f'{said}{_FIELD}{base64.b64encode(signature).decode()}"}}'


def signed_body(text: str, keys: Iterable[str]) -> str | None:
    """The JSON object that one of `keys` signed, without its signature; None where none of them did."""
    said, _, rest = text.strip().rpartition(_FIELD)
    try:
        signature = base64.b64decode(rest.removesuffix('"}'), validate=True)
        points = [base64.b64decode(key) for key in keys]
    except ValueError:
        return None
    return said + "}" if any(p256.is_signed(point, signature, said.encode()) for point in points) else None


def _private(file: Path) -> EllipticCurvePrivateKey:
    try:
        key = p256.read_pem(file.read_bytes())
    except OSError as error:
        raise KeyTrouble(
            f"{file} can't be read ({error.strerror}): name the key with --key, or make one with --make-key"
        ) from None
    except (ValueError, TypeError):
        raise KeyTrouble(f"{file} is not a private key in PEM without a passphrase") from None
    if key is None:
        raise KeyTrouble(f"{file} holds another kind of key: corrections are signed with P-256")
    return key
