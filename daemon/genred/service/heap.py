"""Keeps glibc's heap small: a monitor runs for months, with hundreds of stations."""

from __future__ import annotations

import ctypes

_M_ARENA_MAX = -8
"""Of mallopt(3), from glibc's malloc.h."""


def share_one_arena() -> None:
    """Gives all threads one arena of the heap; does nothing where the C library is not glibc.

    Otherwise each thread's own arena keeps its own high-water mark: measured with 16 stations, 156 MB at their peak
    instead of 129. Giving large blocks back at once would save 2 MB more for half as much CPU again, and is not done.
    """
    try:
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)
    except (AttributeError, OSError):
        return
