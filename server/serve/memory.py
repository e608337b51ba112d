"""Limits the memory of a long-running server on glibc; with another C library this does nothing.

glibc gives each thread its own memory pool, and a build leaves the pool of its thread large.
"""

import contextlib
import ctypes

_M_ARENA_MAX, _M_MMAP_THRESHOLD = -8, -3
"""Options from glibc's malloc.h."""
_LARGE = 128 * 1024
"""The size in bytes from which a block is allocated outside the pool."""


def share_one_pool() -> None:
    """Makes all threads started from now on share one pool, and allocates large blocks outside it."""
    with contextlib.suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)
        ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, _LARGE)


def return_unused() -> None:
    """Returns unused memory to the system."""
    with contextlib.suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)
