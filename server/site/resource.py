"""What is served: immutable resources in an immutable `Site`."""

import datetime
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from server import addresses

Header = tuple[str, str]
Headers = tuple[Header, ...]
TAG_LENGTH = 16
"""The hex digits of the digest in an ETag, which `-br`, `-gzip` or `-identity` follows."""


class Cache(StrEnum):
    """The values of `Cache-Control`."""

    NEVER = "no-store"
    ASK = "no-cache"
    FOREVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True)
class Resource:
    """What one address answers: its body, also compressed, and every header that doesn't depend on the request."""

    path: str
    content_type: str
    body: bytes
    cache: Cache
    headers: Headers
    status: int = 200
    is_page: bool = False
    """Whether people in the exit state are sent to `/neutral` instead."""
    compressed: Mapping[str, bytes] = field(default_factory=dict, compare=False)
    """The body by encoding, `br` and `gzip`. Empty before compression, and if compression would not make it smaller."""

    @property
    def is_text(self) -> bool:
        return not self.content_type.startswith("image/") or "svg" in self.content_type

    @property
    def encodings(self) -> Mapping[str, bytes]:
        """The body by encoding, always with `identity`."""
        return {**self.compressed, "identity": self.body}

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the body, in hex."""
        return hashlib.sha256(self.body).hexdigest()


@dataclass(frozen=True)
class Leaving:
    """How `/leave` and `/start` redirect and which cookies they set, for the server and for nginx."""

    destination: str
    """Where leaving leads: an address outside the site, or `/neutral`."""
    cookie: str
    """`Set-Cookie` of `/leave`: the exit marker, for people without scripts."""
    ended_cookie: str
    """`Set-Cookie` of `/start`: deletes the exit marker."""
    headers: Headers

    @property
    def marker(self) -> str:
        """The exit marker as a request's `Cookie` header has it: `name=value`."""
        return self.cookie.partition(";")[0]

    @cached_property
    def moves(self) -> dict[str, tuple[str, str]]:
        """By address: where it redirects to, and the `Set-Cookie`. The window of an installed app stays in the site."""
        return {
            addresses.LEAVE: (self.destination, self.cookie),
            addresses.LEAVE_APP: ("/neutral", self.cookie),
            addresses.START: ("/", self.ended_cookie),
        }


@dataclass(frozen=True)
class Site:
    """Everything that is served, built from one `Library`. It never changes: a later build replaces it."""

    release: str
    built: datetime.date
    """The newest day among the facts of the content. It doesn't depend on the day of the build."""
    resources: Mapping[str, Resource]
    not_found: Resource
    not_allowed: Resource
    cleared: Resource
    """The answer to `POST /clear`. Its headers tell the browser to delete all that it stored of the site."""
    leaving: Leaving
    preview: bool
    """Whether people still have something to do before the launch (`Library.launched`)."""

    @property
    def answers(self) -> tuple[Resource, ...]:
        """All resources, and the answers that have no address of their own."""
        return (*self.resources.values(), self.not_found, self.not_allowed, self.cleared)

    @property
    def pages(self) -> tuple[Resource, ...]:
        """The pages people read, without `/neutral`."""
        return tuple(resource for resource in self.resources.values() if resource.is_page)

    @cached_property
    def without_slash(self) -> frozenset[str]:
        """The addresses to which the same address with a slash at the end redirects."""
        return frozenset({page.path for page in self.pages} - {"/"} | {"/neutral"} | self.leaving.moves.keys())
