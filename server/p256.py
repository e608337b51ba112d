"""P-256 keys and signatures in the formats of the web: PEM, uncompressed points, IEEE P1363 signatures (RFC 7518).

It belongs to no package, because both `server.corrections` (signed corrections) and `server.alerts` (VAPID) use it.
"""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

_ALGORITHM = ec.ECDSA(hashes.SHA256())
_HALF = 32
"""The size in bytes of each of a signature's two numbers."""


def new_pem() -> bytes:
    """A new private key as PEM, without a passphrase."""
    return ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def read_pem(pem: bytes) -> ec.EllipticCurvePrivateKey | None:
    """The private key; None if it is of another kind. Raises `ValueError` or `TypeError` if it can't be read."""
    key = serialization.load_pem_private_key(pem, None)
    return key if isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP256R1) else None


def public_point(private: ec.EllipticCurvePrivateKey) -> bytes:
    """The public key: 65 bytes, the uncompressed point."""
    return private.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)


def sign(private: ec.EllipticCurvePrivateKey, data: bytes) -> bytes:
    """The signature of `data`: 64 bytes, its two numbers one after the other."""
    return b"".join(number.to_bytes(_HALF, "big") for number in decode_dss_signature(private.sign(data, _ALGORITHM)))


def is_signed(point: bytes, signature: bytes, data: bytes) -> bool:
    """Whether the private key of `point` signed `data` with `signature`; False also if either is malformed."""
    halves = (int.from_bytes(half, "big") for half in (signature[:_HALF], signature[_HALF:]))
    try:
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
        key.verify(encode_dss_signature(*halves), data, _ALGORITHM)
    except (InvalidSignature, ValueError):
        return False
    return True
