"""Long tests: all cases in `make prove`, a sample of them in `make test`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")
WHOLE = bool(os.environ.get("PROVE"))


def sample(every: Sequence[T], part: int, of: int) -> list[T]:
    """All of them in `make prove`, else every `of`-th from `part` on, so that all parts together make the whole."""
    return list(every) if WHOLE else list(every[part % of :: of])
