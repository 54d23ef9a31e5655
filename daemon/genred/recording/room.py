"""How much room there is on a disk, and how much of it is left to others."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MOST_RESERVED_BYTES = 1_000_000_000
RESERVED_SHARE = 0.05
"""Where nothing else is configured: a gigabyte, or of a small card a twentieth."""

RELEASE_SHARE = 1.1
"""A disk that was full has room again from so much of the reserve on: else each file that is deleted would be filled
up at once, and a recording would consist of snippets."""

LEAST_RELEASED_BYTES = 1_000_000
"""And that much more at least: with less no file would be begun that is worth its name."""

LOOK_EVERY_S = 2.0
"""Hundreds of stations with 320 kbit/s write a hundred megabytes in that time."""


class DiskRoom:
    """Says whether there is room for recordings.

    Args:
        folder: Of the recordings; it or one above it is there.
        reserve_bytes: What is left to others; None for what suits the disk.
        clock: Monotonic seconds.
    """

    def __init__(self, folder: Path, reserve_bytes: int | None, clock: Callable[[], float]) -> None:
        self._folder = folder
        self._reserve_bytes = reserve_bytes
        self._clock = clock
        self._looked_at = float("-inf")
        self._is_there = True

    def is_there(self) -> bool:
        """Whether there is; where that cannot be known, the writer will find out."""
        now = self._clock()
        if now - self._looked_at >= LOOK_EVERY_S:
            self._looked_at = now
            try:
                self._is_there = self._look()
            except OSError:
                self._is_there = True
        return self._is_there

    def fill_up(self) -> None:
        """Notes that a write found no room, whatever the numbers say."""
        self._is_there, self._looked_at = False, self._clock()

    def _look(self) -> bool:
        folder = self._folder
        while not folder.exists() and folder != folder.parent:
            folder = folder.parent
        disk = os.statvfs(folder)
        reserve = self._reserve_bytes
        if reserve is None:
            reserve = min(MOST_RESERVED_BYTES, round(RESERVED_SHARE * disk.f_blocks * disk.f_frsize))
        if not self._is_there:
            reserve = max(round(RELEASE_SHARE * reserve), reserve + LEAST_RELEASED_BYTES)
        return disk.f_bavail * disk.f_frsize >= reserve
