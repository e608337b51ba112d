"""Signs corrections, and tells whether they are signed: ECDSA P-256 with SHA-256, the form WebCrypto verifies.

A signed text is JSON whose last field is the signature, over every byte before it: `{…,"signature":"…"}`. So what is
served is what was signed, and a phone needs no rule for writing the same JSON again.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Iterable
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

_FIELD = ',"signature":"'
_HALF = 32
"""Bytes of each of a signature's two numbers in IEEE P1363 form, which WebCrypto takes."""
_ALGORITHM = ec.ECDSA(hashes.SHA256())


class KeyTrouble(Exception):
    """A private key is missing or no use. The message says which, and what to do."""


def make_key(file: Path) -> str:
    """Makes a private key in `file`, which only its owner may read, and gives the public one.

    Raises `KeyTrouble` where the file is there already, or can't be written.
    """
    pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as out:
            out.write(pem)
    except FileExistsError:
        raise KeyTrouble(f"{file} is there already: name another file, a key is never written over") from None
    except OSError as error:
        raise KeyTrouble(f"{file} can't be written: {error.strerror}") from None
    return public_key(file)


def public_key(file: Path) -> str:
    """The public key that goes with the private one in `file`, as `site.toml` names it. Raises `KeyTrouble`."""
    point = (
        _private(file)
        .public_key()
        .public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    )
    return base64.b64encode(point).decode()


def sign(body: str, file: Path) -> str:
    """A JSON object with its signature as its last field. Raises `KeyTrouble`."""
    said = body.removesuffix("}")
    numbers = decode_dss_signature(_private(file).sign(said.encode(), _ALGORITHM))
    signature = b"".join(number.to_bytes(_HALF, "big") for number in numbers)
    return f'{said}{_FIELD}{base64.b64encode(signature).decode()}"}}'


def signed_body(text: str, keys: Iterable[str]) -> str | None:
    """The JSON object that one of `keys` signed, without its signature; None where none of them did."""
    said, _, rest = text.strip().rpartition(_FIELD)
    try:
        signature = base64.b64decode(rest.removesuffix('"}'), validate=True)
        halves = (int.from_bytes(half, "big") for half in (signature[:_HALF], signature[_HALF:]))
        encoded = encode_dss_signature(*halves)
    except ValueError:
        return None
    for key in keys:
        try:
            point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), base64.b64decode(key))
            point.verify(encoded, said.encode(), _ALGORITHM)
        except (InvalidSignature, ValueError):
            continue
        return said + "}"
    return None


def _private(file: Path) -> ec.EllipticCurvePrivateKey:
    try:
        key = serialization.load_pem_private_key(file.read_bytes(), None)
    except OSError as error:
        raise KeyTrouble(
            f"{file} can't be read ({error.strerror}): name the key with --key, or make one with --make-key"
        ) from None
    except (ValueError, TypeError):
        raise KeyTrouble(f"{file} is not a private key in PEM without a passphrase") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise KeyTrouble(f"{file} holds another kind of key: corrections are signed with P-256")
    return key
