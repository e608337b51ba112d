"""The headers every answer carries, and the two content security policies."""

from __future__ import annotations

import base64
import hashlib
from urllib.parse import urlsplit

from server.site.resource import Cache, Header

COOKIE = "left"
MARK_SECONDS = 30 * 60
"""How long a phone counts as left (`leaving.md`): the server, the worker and the first script all keep to it."""

CLEAR_SAVED: Header = ("Clear-Site-Data", '"cache", "storage"')
"""Takes away what the browser keeps of the site, workers too, and leaves the cookie: whoever has left stays so."""

CLEAR_ALL: Header = ("Clear-Site-Data", '"cache", "cookies", "storage"')
"""Takes away everything, for whoever asks to have the site removed."""


def csp_hash(inline: str) -> str:
    """The CSP source of an inline script or style."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(inline.encode()).digest()).decode()}'"


def site_policy(first_script: str, styles: tuple[str, ...]) -> str:
    """The one policy of the whole site: pages carry byte-identical inline parts, so their hashes are enough."""
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'self' {csp_hash(first_script)}",
            f"style-src {' '.join(map(csp_hash, styles))}",
            "img-src 'self'",
            "connect-src 'self'",
            "manifest-src 'self'",
            "worker-src 'self'",
            "trusted-types worker",
            *_CLOSED,
        )
    )


def neutral_policy(script: str, style: str, destination: str) -> str:
    """The policy of `/neutral` alone: the only page that may touch the destination."""
    parts = urlsplit(destination)
    outside = f" {parts.scheme}://{parts.netloc}" if parts.netloc else ""
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src {csp_hash(script)}",
            f"style-src {csp_hash(style)}",
            "img-src 'self'",
            "manifest-src 'self'",
            f"connect-src 'self'{outside}",
            "trusted-types 'none'",
            *_CLOSED,
        )
    )


_CLOSED = (
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
)


FINDER = "/areas"
"""The one page that may ask where the phone is."""


def permissions(path: str | None = None) -> str:
    """The `Permissions-Policy` of a page, or of every other answer."""
    return f"camera=(), geolocation=({'self' if path == FINDER else ''}), microphone=(), payment=(), usb=()"


def common_headers(*, hsts: str | None, path: str | None = None) -> tuple[Header, ...]:
    """On every answer, errors and redirects too; `path` is of a page."""
    headers = (
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "no-referrer"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
        ("Permissions-Policy", permissions(path)),
    )
    return (*headers, ("Strict-Transport-Security", hsts)) if hsts else headers


def answer_headers(
    cache: Cache, policy: str, *, hsts: str | None, preview: bool = False, path: str | None = None
) -> tuple[Header, ...]:
    """All headers of an answer but its type, length, encoding and tag."""
    headers = (
        ("Cache-Control", cache.value),
        ("Content-Security-Policy", policy),
        *common_headers(hsts=hsts, path=path),
    )
    return (*headers, ("X-Robots-Tag", "noindex")) if preview else headers


def left_cookie(*, secure: bool, ended: bool = False) -> str:
    """`Set-Cookie` for the "has left" mark; `ended` takes it away.

    On https its name keeps every other host from setting it: a subdomain could lock people out of this site otherwise.
    """
    name = f"__Host-{COOKIE}" if secure else COOKIE
    parts = [f"{name}={'' if ended else '1'}", "Path=/", f"Max-Age={0 if ended else MARK_SECONDS}"]
    parts += ["HttpOnly", "SameSite=Lax"] + (["Secure"] if secure else [])
    return "; ".join(parts)
