"""Keeps the memory of a long-running server small where the C library is glibc; elsewhere it does nothing.

glibc gives threads pools of their own, and a build in one of them leaves its pool large.
"""

from __future__ import annotations

import contextlib
import ctypes

_M_ARENA_MAX = -8
_M_MMAP_THRESHOLD = -3
"""Names of options in glibc's malloc.h."""
_LARGE = 128 * 1024


def share_one_pool() -> None:
    """Has all threads that start from now on use the same pool, and keeps what is large out of it."""
    with contextlib.suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)
        ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, _LARGE)


def return_unused() -> None:
    """Gives back to the system what nothing uses any more."""
    with contextlib.suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)
