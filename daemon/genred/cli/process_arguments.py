"""Hides secrets of the command line from those who list processes, as far as a process can: after it has started."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from genred.masking import mask_arguments

_STAT, _ARGUMENTS = "/proc/self/stat", "/proc/self/cmdline"
_ARG_START, _ARG_END = 45, 46
"""Positions behind the name of the fields arg_start and arg_end, proc(5)."""

_MAX_BYTES = 1 << 20


def hide_secret_arguments() -> None:
    """Overwrites secrets among the arguments of this process, where `ps` and /proc show them; on Linux only."""
    if not sys.platform.startswith("linux"):
        return
    try:
        fields = Path(_STAT).read_text("utf-8", "replace").rpartition(")")[2].split()
        start, end = int(fields[_ARG_START]), int(fields[_ARG_END])
        arguments = Path(_ARGUMENTS).read_bytes()
    except (OSError, ValueError, IndexError):
        return
    if not start or not 0 < end - start <= min(len(arguments), _MAX_BYTES):
        return
    before = arguments[: end - start]
    after = masked_arguments(before)
    if after != before:
        import ctypes

        ctypes.memmove(start, after, len(after))


def masked_arguments(arguments: bytes) -> bytes:
    """Masks secrets among arguments, each of which ends with a null character; the length stays.

    A mask that is longer than its secret cuts off what follows it.
    """
    before = arguments.split(b"\0")
    shown = mask_arguments([os.fsdecode(argument) for argument in before])
    pairs = zip(before, map(os.fsencode, shown), strict=True)
    return b"\0".join(text[: len(argument)].ljust(len(argument), b"\0") for argument, text in pairs)
