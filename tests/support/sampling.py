"""The long proofs: whole in `make prove`, a sample of them in `make test`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")
WHOLE = bool(os.environ.get("PROVE"))


def sample(every: Sequence[T], part: int, of: int) -> list[T]:
    """All of them in `make prove`; else each `of`-th from `part` on, so that the parts together are the whole."""
    return list(every) if WHOLE else list(every[part % of :: of])
