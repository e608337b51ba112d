"""The site's own keys (VAPID, RFC 8292): they tell a push service who sends.

A subscription is bound to the key it was made with. So an old key is kept and goes on signing for its subscriptions;
new ones are made with the newest.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

from server import p256
from server.alerts.subscriptions import packed
from server.new_file import write_new

LIFE = 12 * 3600
"""Seconds that a pass is good for. Services take up to 24 hours, and a clock may be wrong."""
_FILE = re.compile(r"vapid-(\d{4})\.pem")


class KeyTrouble(Exception):
    """A key is missing or can't be read. The message says which, and what to do."""


@dataclass(frozen=True)
class Key:
    id: str
    private: EllipticCurvePrivateKey
    public: str
    """What a phone subscribes with: `applicationServerKey` in base64url."""
    file: Path


class Keyring:
    """The keys in a folder, oldest first. Nothing is ever made unasked."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._read: dict[Path, Key] = {}

    def all(self) -> list[Key]:
        """Every key, oldest first; read from the folder each time, so that a rotation is seen by who is running."""
        files = sorted(file for file in self.folder.glob("vapid-*.pem") if _FILE.fullmatch(file.name))
        self._read = {file: self._read.get(file) or _key(file) for file in files}
        return list(self._read.values())

    def current(self) -> Key | None:
        """The key that new subscriptions are made with, or None where none was made yet."""
        return next(reversed(self.all()), None)

    def make(self) -> Key:
        """Makes a new key, which becomes the current one; those before stay. Raises `KeyTrouble`."""
        held = self.all()
        number = int(_FILE.fullmatch(held[-1].file.name)[1]) + 1 if held else 1  # type: ignore[index]
        file = self.folder / f"vapid-{number:04}.pem"
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_new(file, p256.new_pem())
        except OSError as error:
            raise KeyTrouble(f"the key can't be written to {self.folder}: {error.strerror}") from None
        return self.all()[-1]

    def drop(self, key_id: str) -> Key:
        """Takes a key away for good. Raises `KeyTrouble` where there is none such."""
        key = next((key for key in self.all() if key.id == key_id), None)
        if key is None:
            raise KeyTrouble(f"no key '{key_id}': `tellsomeone alerts keys` lists them")
        key.file.unlink()
        return key


class VapidTokens:
    """Signed tokens for push services, each made once and used until half its life is over."""

    def __init__(self, keyring: Keyring, subject: str) -> None:
        """`subject` is how a push service reaches who sends: `mailto:` or `https:`, or Apple refuses."""
        self._keys = {key.id: key for key in keyring.all()}
        self._subject = subject
        self._made: dict[tuple[str, str], tuple[float, str]] = {}

    def header(self, key_id: str, origin: str, now: float) -> str | None:
        """The `Authorization` for a service; None for a key that is no longer there."""
        made = self._made.get((key_id, origin))
        if made and now < made[0]:
            return made[1]
        key = self._keys.get(key_id)
        if key is None:
            return None
        claims = {"aud": origin, "exp": int(now) + LIFE, "sub": self._subject}
        header = f"vapid t={_signed(key.private, claims)}, k={key.public}"
        self._made[key_id, origin] = (now + LIFE / 2, header)
        return header


def _signed(private: EllipticCurvePrivateKey, claims: dict[str, object]) -> str:
    head = packed(b'{"typ":"JWT","alg":"ES256"}')
    text = f"{head}.{packed(json.dumps(claims, separators=(',', ':')).encode())}"
    return f"{text}.{packed(p256.sign(private, text.encode()))}"


def _key(file: Path) -> Key:
    try:
        private = p256.read_pem(file.read_bytes())
    except (OSError, ValueError, TypeError):
        raise KeyTrouble(f"{file} can't be read as a key: put it back from a copy") from None
    if private is None:
        raise KeyTrouble(f"{file} is not a P-256 key: put it back from a copy")
    public = p256.public_point(private)
    return Key(hashlib.sha256(public).hexdigest()[:16], private, packed(public), file)
