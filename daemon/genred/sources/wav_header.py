"""What the header of a WAV file says of its length, and whether to believe it.

A recorder writes the length when it ends. One that died, or that wrote on after it had said how much, leaves a file
whose header gives less than there is: players stop there, and the rest is lost unnoticed.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from pathlib import Path

MIN_TAIL_S = 0.1
"""What stands behind the audio and is shorter is some program's tag or padding, and none that is missed."""

_MAX_CHUNKS = 1_000
_HEAD_BYTES = 8
_UNKNOWN = 0xFFFF_FFFF


@dataclass(frozen=True, slots=True)
class Understatement:
    """A header that gives less audio than there is.

    Attributes:
        stated_s: What it gives.
        found_s: What there is, to the end of the file.
    """

    stated_s: float
    found_s: float

    @property
    def text(self) -> str:
        """For people."""
        return f"its header states {self.stated_s:.1f} s; read to its end"


def find_understatement(path: Path) -> Understatement | None:
    """Tells whether a WAV file (RIFF, RF64 or BW64) goes on with audio behind the length that its header gives.

    Raises:
        OSError: It cannot be read.
    """
    with path.open("rb") as file:
        head = file.read(12)
        if head[:4] not in {b"RIFF", b"RF64", b"BW64"} or head[8:] != b"WAVE":
            return None
        end = os.fstat(file.fileno()).st_size
        return _judge(file, end)


def _judge(file: BinaryIO, end: int) -> Understatement | None:
    byte_rate, long_size = 0, None
    for _ in range(_MAX_CHUNKS):
        head = file.read(_HEAD_BYTES)
        if len(head) < _HEAD_BYTES:
            return None
        name, size = head[:4], int.from_bytes(head[4:], "little")
        at = file.tell()
        if name == b"fmt ":
            byte_rate = int.from_bytes(file.read(12)[8:], "little")
        elif name == b"ds64":
            long_size = int.from_bytes(file.read(16)[8:], "little")
        elif name == b"data":
            # FFmpeg knows by itself that 0 and the largest number mean "to the end", but not of a ds64 chunk's.
            stated = long_size if size == _UNKNOWN and long_size is not None else size
            if (size in {0, _UNKNOWN} and long_size is None) or byte_rate == 0:
                return None
            tail = end - at - stated
            if tail < MIN_TAIL_S * byte_rate or _are_chunks(file, at + stated + stated % 2, end):
                return None
            return Understatement(stated / byte_rate, (end - at) / byte_rate)
        file.seek(at + size + size % 2)
    return None


def _are_chunks(file: BinaryIO, at: int, end: int) -> bool:
    """Whether tags and cue points follow, not audio."""
    for _ in range(_MAX_CHUNKS):
        if end - at < _HEAD_BYTES:
            return True
        file.seek(at)
        head = file.read(_HEAD_BYTES)
        size = int.from_bytes(head[4:], "little")
        if not all(0x20 <= byte < 0x7F for byte in head[:4]) or at + size > end:
            return False
        at += _HEAD_BYTES + size + size % 2
    return True
