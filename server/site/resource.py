"""What is served: immutable resources in an immutable `Site`."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from server import addresses

Header = tuple[str, str]
TAG_LENGTH = 16
"""Letters of the digest in an ETag; `-br`, `-gzip` or `-identity` follows."""


class Cache(StrEnum):
    """How long an answer may be kept, and by whom (`house.md`, "headers")."""

    NEVER = "no-store"
    ASK = "no-cache"
    FOREVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True)
class Resource:
    """One address with its bytes in every encoding and all headers that don't depend on the request."""

    path: str
    content_type: str
    body: bytes
    cache: Cache
    headers: tuple[Header, ...]
    status: int = 200
    is_page: bool = False
    """A page people read: it answers with `/neutral` once somebody has left, and stands in the pack."""
    compressed: Mapping[str, bytes] = field(default_factory=dict, compare=False)
    """The body by encoding, `br` and `gzip`; empty until it is compressed, or where that makes nothing smaller."""

    @property
    def is_text(self) -> bool:
        return not self.content_type.startswith("image/") or "svg" in self.content_type

    @property
    def encodings(self) -> Mapping[str, bytes]:
        """Bytes by encoding; `identity` is always there."""
        return {**self.compressed, "identity": self.body}

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the body, in hex."""
        return hashlib.sha256(self.body).hexdigest()


@dataclass(frozen=True)
class Leaving:
    """What `/leave` and `/start` answer, the same from the server and from nginx."""

    destination: str
    """Where leaving ends up: an address outside, or `/neutral`."""
    cookie: str
    """`Set-Cookie` of `/leave`: the short-lived mark for those without scripts."""
    no_cookie: str
    """`Set-Cookie` of `/start`: the deliberate way back ends the mark."""
    headers: tuple[Header, ...]

    @property
    def marker(self) -> str:
        """What stands in a request's `Cookie` header while the mark lasts."""
        return self.cookie.partition(";")[0]

    @cached_property
    def moves(self) -> dict[str, tuple[str, str]]:
        """Where each address sends people, and the cookie it sets. An installed window stays in the site."""
        return {
            addresses.LEAVE: (self.destination, self.cookie),
            addresses.LEAVE_APP: ("/neutral", self.cookie),
            addresses.START: ("/", self.no_cookie),
        }


@dataclass(frozen=True)
class Site:
    """Everything that is served, built from one `Library`. A later build makes another one."""

    release: str
    built: datetime.date
    """The newest day among the facts of the content, so that the same content has the same."""
    resources: Mapping[str, Resource]
    not_found: Resource
    not_allowed: Resource
    cleared: Resource
    """What `POST /clear` answers: it takes away what the browser keeps of the site, and saves nothing."""
    leaving: Leaving
    preview: bool

    @property
    def answers(self) -> tuple[Resource, ...]:
        """All resources, with those that have no address of their own."""
        return (*self.resources.values(), self.not_found, self.not_allowed, self.cleared)

    @property
    def pages(self) -> tuple[Resource, ...]:
        return tuple(resource for resource in self.resources.values() if resource.is_page)

    @cached_property
    def without_slash(self) -> frozenset[str]:
        """The addresses that people may also type with a slash at the end: it leads to the one without."""
        return frozenset({page.path for page in self.pages} - {"/"} | {"/neutral"} | self.leaving.moves.keys())
