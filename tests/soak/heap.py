"""What the C library's heap has in use, apart from what it keeps for later."""

from __future__ import annotations

import ctypes


class _MallInfo(ctypes.Structure):
    """Of mallinfo2(3), glibc 2.33 or later."""

    _fields_ = tuple(
        (name, ctypes.c_size_t)
        for name in (
            "arena",
            "ordblks",
            "smblks",
            "hblks",
            "hblkhd",
            "usmblks",
            "fsmblks",
            "uordblks",
            "fordblks",
            "keepcost",
        )
    )


def heap_in_use_bytes() -> int:
    """Gives what malloc(3) has given out in this process; 0 where the C library does not tell."""
    try:
        tell = ctypes.CDLL(None).mallinfo2
    except AttributeError:
        return 0
    tell.restype = _MallInfo
    found = tell()
    return int(found.uordblks + found.hblkhd)
