"""The private keys that sign corrections: P-256, each in a PEM file."""

import base64
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

from server import p256
from server.new_file import write_new


class KeyTrouble(Exception):
    """A private key is missing or can't be used. The message says why, and what to do."""


def make_key(file: Path) -> str:
    """Makes a private key in `file`, readable by its owner alone, and returns its public key.

    Raises `KeyTrouble` if the file exists or can't be written.
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
    """The public key that belongs to the private key in `file`, spelled as in `site.toml`. Raises `KeyTrouble`."""
    return base64.b64encode(p256.public_point(read_key(file))).decode()


def read_key(file: Path) -> EllipticCurvePrivateKey:
    """The private key in `file`. Raises `KeyTrouble`."""
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
