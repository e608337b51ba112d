"""The headers of answers: common ones, the two content security policies, and the exit marker's cookie."""

import base64
import hashlib
from urllib.parse import urlsplit

from server.site.resource import Cache, Header, Headers, Leaving

COOKIE = "left"
EXIT_MARKER_SECONDS = 30 * 60
"""How long the exit state lasts on the server, in the worker and in the first script (`docs/leaving.md`)."""

CLEAR_SAVED: Header = ("Clear-Site-Data", '"cache", "storage"')
"""Deletes saved pages, storage and workers. The cookie stays, so nobody loses the exit state."""

CLEAR_ALL: Header = ("Clear-Site-Data", '"cache", "cookies", "storage"')
"""Deletes everything, for somebody who asks to have the site removed from the phone."""


def csp_hash(inline: str) -> str:
    """The CSP source of an inline script or style."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(inline.encode()).digest()).decode()}'"


def site_policy(first_script: str, styles: tuple[str, ...]) -> str:
    """The policy of every answer except `/neutral`, with the hashes of what all pages contain inline."""
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
    """The policy of `/neutral`, the only page that may connect to the destination of leaving."""
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


_CLOSED = ("base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'", "require-trusted-types-for 'script'")


FINDER = "/areas"
"""The only page that may ask for the phone's position."""


def permissions(path: str | None = None) -> str:
    """The `Permissions-Policy` of a page, or of every other answer."""
    return f"camera=(), geolocation=({'self' if path == FINDER else ''}), microphone=(), payment=(), usb=()"


def answer_headers(
    cache: Cache, policy: str, *, hsts: str | None, preview: bool = False, path: str | None = None
) -> Headers:
    """All headers of an answer except those about its body: type, length, encoding and tag.

    `policy` is its content security policy, `path` that of the page, if it is one.
    """
    return (
        ("Cache-Control", cache.value),
        ("Content-Security-Policy", policy),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "no-referrer"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
        ("Permissions-Policy", permissions(path)),
        *([("Strict-Transport-Security", hsts)] if hsts else []),
        *([("X-Robots-Tag", "noindex")] if preview else []),
    )


def exit_cookie(*, secure: bool, ended: bool = False) -> str:
    """The `Set-Cookie` that sets the exit marker; with `ended`, the one that deletes it.

    On https the `__Host-` prefix stops other hosts from setting it: a subdomain could lock people out of the site.
    """
    name = f"__Host-{COOKIE}" if secure else COOKIE
    parts = [f"{name}={'' if ended else '1'}", "Path=/", f"Max-Age={0 if ended else EXIT_MARKER_SECONDS}"]
    parts += ["HttpOnly", "SameSite=Lax"] + (["Secure"] if secure else [])
    return "; ".join(parts)


def leaving(destination: str, headers: Headers, *, secure: bool) -> Leaving:
    """Redirects with these headers: leaving to `destination`, with the cookies of the exit marker."""
    return Leaving(destination, exit_cookie(secure=secure), exit_cookie(secure=secure, ended=True), headers)
