"""Base64url as browsers write it: subscriptions, VAPID keys and tokens."""

import base64


def encode(value: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    """The bytes of a base64url text, with or without padding. Raises `ValueError`."""
    text = text.rstrip("=")
    return base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True)
