"""VAPID keys (RFC 8292), which identify the site to push services, and the tokens signed with them.

A subscription is bound to the key it was made with: older keys go on signing for theirs, new ones use the newest.
"""

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

from server import p256
from server.alerts import base64url
from server.new_file import write_new

TOKEN_LIFE = 12 * 3600
"""Seconds. Services accept up to 24 hours, and a clock may be wrong."""
_FILE = re.compile(r"vapid-(\d{4})\.pem")


class VapidKeyError(Exception):
    """A key is missing, or can't be read or written. The message says which, and what to do."""


@dataclass(frozen=True)
class Key:
    id: str
    private: EllipticCurvePrivateKey
    public: str
    """The `applicationServerKey` that phones subscribe with, in base64url."""
    file: Path


class Keyring:
    """VAPID keys in a folder, oldest first. Never creates one implicitly."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._read: dict[Path, Key] = {}

    def all(self) -> list[Key]:
        """Every key now in the folder, oldest first: a running server sees a rotation. Raises `VapidKeyError`."""
        files = sorted(file for file in self.folder.glob("vapid-*.pem") if _FILE.fullmatch(file.name))
        self._read = {file: self._read.get(file) or _key(file) for file in files}
        return list(self._read.values())

    def current(self) -> Key | None:
        """The key for new subscriptions, or None if there is none yet. Raises `VapidKeyError`."""
        return next(reversed(self.all()), None)

    def make(self) -> Key:
        """Makes a key, which becomes the current one. The others stay. Raises `VapidKeyError`."""
        keys = self.all()
        number = int(_FILE.fullmatch(keys[-1].file.name)[1]) + 1 if keys else 1  # type: ignore[index]
        file = self.folder / f"vapid-{number:04}.pem"
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_new(file, p256.new_pem())
        except OSError as error:
            raise VapidKeyError(f"the key can't be written to {self.folder}: {error.strerror}") from None
        return self.all()[-1]

    def drop(self, key_id: str) -> None:
        """Deletes the file of a key, if there is one. Raises `VapidKeyError`."""
        for key in self.all():
            if key.id == key_id:
                key.file.unlink()


class VapidTokens:
    """Signed tokens for push services, each used for half of its life."""

    def __init__(self, keyring: Keyring, subject: str) -> None:
        """`subject` is the URL to contact us: `mailto:` or `https:`, or Apple refuses. Raises `VapidKeyError`."""
        self._keys = {key.id: key for key in keyring.all()}
        self._subject = subject
        self._headers: dict[tuple[str, str], tuple[float, str]] = {}

    def header(self, key_id: str, origin: str, now: float) -> str | None:
        """The `Authorization` header for `origin` at `now` (seconds since 1970); None if there is no such key."""
        cached = self._headers.get((key_id, origin))
        if cached and now < cached[0]:
            return cached[1]
        key = self._keys.get(key_id)
        if key is None:
            return None
        claims = {"aud": origin, "exp": int(now) + TOKEN_LIFE, "sub": self._subject}
        header = f"vapid t={_signed(key.private, claims)}, k={key.public}"
        self._headers[key_id, origin] = (now + TOKEN_LIFE / 2, header)
        return header


def _signed(private: EllipticCurvePrivateKey, claims: dict[str, object]) -> str:
    head = base64url.encode(b'{"typ":"JWT","alg":"ES256"}')
    text = f"{head}.{base64url.encode(json.dumps(claims, separators=(',', ':')).encode())}"
    return f"{text}.{base64url.encode(p256.sign(private, text.encode()))}"


def _key(file: Path) -> Key:
    try:
        private = p256.read_pem(file.read_bytes())
    except (OSError, ValueError, TypeError):
        raise VapidKeyError(f"{file} can't be read as a key: put it back from a copy") from None
    if private is None:
        raise VapidKeyError(f"{file} is not a P-256 key: put it back from a copy")
    public = p256.public_point(private)
    return Key(hashlib.sha256(public).hexdigest()[:16], private, base64url.encode(public), file)
