"""The private keys of corrections, and their signatures: ECDSA P-256 with SHA-256, as WebCrypto verifies it.

A signed text is a JSON object whose last field is the signature of every byte before it: `{…,"signature":"…"}`. The
text is served exactly as it was signed, so a phone needs no canonical form of JSON.
"""

import base64
from collections.abc import Iterable
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

from server import p256
from server.new_file import write_new

_FIELD = ',"signature":"'


class KeyTrouble(Exception):
    """A private key is missing or can't be used. The message says why, and what to do."""


def make_key(file: Path) -> str:
    """Makes a private key in a new PEM `file` for its owner alone. Returns its public key. Raises `KeyTrouble`."""
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_new(file, p256.new_pem())
    except FileExistsError:
        raise KeyTrouble(f"{file} already exists and is never overwritten: name another file") from None
    except OSError as error:
        raise KeyTrouble(f"{file} can't be written: {error.strerror}") from None
    return public_key(file)


def public_key(file: Path) -> str:
    """The public key of the private key in `file`, spelled as in `site.toml`. Raises `KeyTrouble`."""
    return base64.b64encode(p256.public_point(_read_key(file))).decode()


def sign(body: str, file: Path) -> str:
    """The JSON object `body`, signed with the private key in `file`. Raises `KeyTrouble`."""
    payload = body.removesuffix("}")
    signature = p256.sign(_read_key(file), payload.encode())
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


def _read_key(file: Path) -> EllipticCurvePrivateKey:
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
