"""An answer that is ready before anybody asks for it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus

RawHeaders = list[tuple[bytes, bytes]]


@dataclass(frozen=True)
class Reply:
    """A status, its headers and its body."""

    status: int
    headers: RawHeaders
    """Names in lower case; `content-length` among them, unless the status has no body."""
    body: bytes

    @cached_property
    def head(self) -> bytes:
        """The status line and the headers as HTTP/1.1 writes them, without the empty line that ends them."""
        lines = [b"%b: %b\r\n" % header for header in self.headers]
        return b"HTTP/1.1 %d %b\r\n" % (self.status, HTTPStatus(self.status).phrase.encode()) + b"".join(lines)
