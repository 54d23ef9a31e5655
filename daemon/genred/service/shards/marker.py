"""Who was at work when a process died: a number in memory that both sides see.

FFmpeg and the network run in the process itself. One file in a million makes one of them crash, and takes all stations
of the process along; the marker says whose it was, so that only that station has to wait before it tries again.
"""

from __future__ import annotations

import mmap
import os
import struct

_NUMBER = struct.Struct("=I")
NOBODY = 0
"""While nothing is at work, or what cannot be told."""


class WorkMarker:
    """A number that outlives the process which wrote it.

    Args:
        descriptor: Of a memory file that the other side made; None makes one.

    Attributes:
        descriptor: To hand on to a child process.
    """

    def __init__(self, descriptor: int | None = None) -> None:
        if descriptor is None:
            descriptor = os.memfd_create("genred-at-work")
            os.ftruncate(descriptor, mmap.PAGESIZE)
        self.descriptor = descriptor
        self._memory = mmap.mmap(descriptor, mmap.PAGESIZE)

    def write(self, number: int) -> None:
        """Says who is at work now."""
        _NUMBER.pack_into(self._memory, 0, number)

    def read(self) -> int:
        """Gives who was last."""
        number: int = _NUMBER.unpack_from(self._memory)[0]
        return number

    def close(self) -> None:
        """Lets go of the memory."""
        self._memory.close()
        os.close(self.descriptor)
