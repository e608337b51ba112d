"""Pressing without compressing: it takes longest, and hardly a test rests on how small an answer is.

`python -m tests.support.lightly serve` is `tellsomeone serve`, started sooner.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from server.site import resource

SMALL = 9999
"""Bytes up to which an answer is compressed all the same."""


@contextlib.contextmanager
def lightly() -> Iterator[None]:
    """What is pressed or handed out meanwhile goes out as it is, where it is large."""
    whole = resource._compressed
    resource._compressed = lambda body, text: whole(body, text) if len(body) < SMALL else {"identity": body}
    try:
        yield
    finally:
        resource._compressed = whole


if __name__ == "__main__":
    from server.cli import main

    with lightly():
        main()
