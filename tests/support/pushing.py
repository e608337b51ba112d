"""A push service that behaves like a real one towards a sender, and phones that decrypt their messages.

It speaks TLS and checks signature, headers and size as the real ones do. Decryption follows RFC 8291 independently of
the code under test.
"""

from __future__ import annotations

import asyncio
import base64
import datetime
import functools
import hashlib
import hmac
import ipaddress
import json
import re
import ssl
import threading
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tests.support.running import answers, free_port, wait_until

LARGEST = 4096
DAY = 24 * 3600


def packed(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def unpacked(value: str) -> bytes:
    return base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))


def _point(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)


@functools.lru_cache
def _private(number: int) -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@dataclass(frozen=True)
class Phone:
    """A browser's side of a subscription. Phones share a few key pairs, for speed, but no secret."""

    number: int
    origin: str

    @property
    def endpoint(self) -> str:
        return f"{self.origin}/push/{self.number}"

    @property
    def private(self) -> ec.EllipticCurvePrivateKey:
        return _private(self.number % 16)

    @property
    def p256dh(self) -> str:
        return packed(_point(self.private.public_key()))

    @property
    def auth(self) -> str:
        return packed(self._secret)

    @property
    def _secret(self) -> bytes:
        return hashlib.sha256(b"phone %d" % self.number).digest()[:16]

    def asks(self, key: str, *areas: str, **changed: object) -> dict[str, object]:
        """The body of its request to subscribe."""
        body = {"endpoint": self.endpoint, "p256dh": self.p256dh, "auth": self.auth, "key": key}
        return {**body, "areas": list(areas or ("herefordshire",)), "language": "en", **changed}

    def reads(self, body: bytes) -> dict[str, object]:
        """Decrypts a message (RFC 8188 and 8291). Raises if it isn't for this phone."""
        salt, length, sender, sealed = body[:16], body[20], body[21 : 21 + body[20]], body[21 + body[20] :]
        assert length == 65
        peer = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender)
        shared = self.private.exchange(ec.ECDH(), peer)
        info = b"WebPush: info\0" + _point(self.private.public_key()) + sender
        secret = _expand(hmac.digest(self._secret, shared, "sha256"), info, 32)
        key = hmac.digest(salt, secret, "sha256")
        opened = AESGCM(_expand(key, b"Content-Encoding: aes128gcm\0", 16)).decrypt(
            _expand(key, b"Content-Encoding: nonce\0", 12), sealed, None
        )
        text = opened.rstrip(b"\0")
        assert text.endswith(b"\2"), "not one last record"
        return json.loads(text[:-1])


def _expand(key: bytes, info: bytes, length: int) -> bytes:
    return hmac.digest(key, info + b"\1", "sha256")[:length]


class PushService:
    """Answers 201 and records messages; `answers[number]` has other answers for a phone, given first and in order."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.origin = f"https://127.0.0.1:{self.port}"
        self.certificate = make_certificate(folder)
        self.answers: dict[int, list[tuple[int, dict[str, str]]]] = defaultdict(list)
        self.key_of: dict[int, str] = {}
        self.received: list[tuple[int, dict[str, object], dict[str, str]]] = []
        """The messages answered with 201: the phone's number, the decrypted message and the headers."""
        self.times: Counter[int] = Counter()
        self.faults: list[str] = []
        config = uvicorn.Config(
            self._app, host="127.0.0.1", port=self.port, ssl_certfile=self.certificate, log_level="error",
            access_log=False, lifespan="off", interface="asgi3",
        )  # fmt: skip
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=lambda: asyncio.run(self._server.serve()), daemon=True)
        self._thread.start()
        wait_until(lambda: answers(self.port), "the push service")

    def phone(self, number: int) -> Phone:
        return Phone(number, self.origin)

    def tls(self) -> ssl.SSLContext:
        """A context that trusts this service alone."""
        return ssl.create_default_context(cafile=str(self.certificate))

    def close(self) -> None:
        self._server.should_exit = True
        self._thread.join()

    async def _app(self, scope, receive, send) -> None:
        body = b""
        while True:
            part = await receive()
            body += part.get("body", b"")
            if not part.get("more_body"):
                break
        headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        number = int(scope["path"].rpartition("/")[2])
        status, extra = self._answer(scope["method"], number, headers, body)
        raw = [(name.encode(), value.encode()) for name, value in {"content-length": "0", **extra}.items()]
        await send({"type": "http.response.start", "status": status, "headers": raw})
        await send({"type": "http.response.body", "body": b""})

    def _answer(self, method: str, number: int, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str]]:
        try:
            assert method == "POST"
            assert len(body) <= LARGEST
            assert headers["content-encoding"] == "aes128gcm"
            assert 0 < int(headers["ttl"]) <= DAY
            assert headers["urgency"] in ("very-low", "low", "normal", "high")
            assert re.fullmatch(r"[A-Za-z0-9_-]{1,32}", headers["topic"])
            key = checked(headers["authorization"], self.origin)
            assert key == self.key_of.get(number, key), "not the key that this phone subscribed with"
            read = self.phone(number).reads(body)
        except Exception as error:
            self.faults.append(f"{number}: {error!r}")
            return 400, {}
        if self.answers[number]:
            return self.answers[number].pop(0)
        self.times[number] += 1
        self.received.append((number, read, headers))
        return 201, {}


@functools.lru_cache(maxsize=64)
def checked(authorization: str, origin: str) -> str:
    """The key in an `Authorization` header, once its signature is verified (RFC 8292)."""
    match = re.fullmatch(r"vapid t=(([\w-]+)\.([\w-]+))\.([\w-]+), k=([\w-]+)", authorization)
    assert match
    signed, head, claims, signature, key = match.groups()
    assert json.loads(unpacked(head))["alg"] == "ES256"
    payload = json.loads(unpacked(claims))
    assert payload["aud"] == origin
    assert re.match(r"mailto:|https://", payload["sub"])
    assert isinstance(payload["exp"], int)
    raw = unpacked(signature)
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), unpacked(key))
    pair = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    public.verify(pair, signed.encode(), ec.ECDSA(hashes.SHA256()))
    return key


def make_certificate(folder: Path) -> Path:
    """Makes a certificate for 127.0.0.1, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    serial = x509.random_serial_number()  # in the name too, as trusted certificates are looked up by name
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, f"push.test {serial:x}")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(datetime.datetime(2020, 1, 1))
        .not_valid_after(datetime.datetime(2100, 1, 1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "push.pem"
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return file
