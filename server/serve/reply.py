"""A reply prepared before it is requested."""

from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus

RawHeaders = list[tuple[bytes, bytes]]


@dataclass(frozen=True)
class Reply:
    """A status, its headers and its body."""

    status: int
    headers: RawHeaders
    """Names are in lower case. `content-length` is one of them, unless an answer of this status has no body."""
    body: bytes

    @cached_property
    def head(self) -> bytes:
        """The status line and the headers in HTTP/1.1 syntax, without the empty line at the end."""
        lines = [b"%b: %b\r\n" % header for header in self.headers]
        return b"HTTP/1.1 %d %b\r\n" % (self.status, HTTPStatus(self.status).phrase.encode()) + b"".join(lines)
