"""The loudness of one entry, whose end may be known only after what came behind it was measured."""

from __future__ import annotations

import copy
from collections import deque
from typing import TYPE_CHECKING

from genred.airplay.rows import Loudness
from genred.audio.loudness import LoudnessSums

if TYPE_CHECKING:
    from collections.abc import Sequence

    from genred.audio.loudness import LoudnessReading

SETTLED_AFTER_S = 15.0
"""Silence is announced some seconds after it began; what was measured so long ago stays with its entry."""


class EntryLoudness:
    """Adds up what was measured while one thing was on air; not until there is something does it take memory."""

    def __init__(self) -> None:
        self._sums: LoudnessSums | None = None
        self._newest: deque[tuple[float, Sequence[LoudnessReading]]] = deque()

    def add(self, at: float, readings: Sequence[LoudnessReading]) -> None:
        """Takes what was measured up to a monotonic time."""
        if self._sums is None:
            self._sums = LoudnessSums()
        self._newest.append((at, readings))
        while self._newest[0][0] <= at - SETTLED_AFTER_S:
            self._sums.add(self._newest.popleft()[1])

    def split(self, at: float) -> EntryLoudness:
        """Gives what was measured after a monotonic time, as far as that is not too long ago, and keeps the rest."""
        later = EntryLoudness()
        while self._newest and self._newest[-1][0] > at:
            later._newest.appendleft(self._newest.pop())
        if later._newest:
            later._sums = LoudnessSums()
        return later

    @property
    def value(self) -> Loudness | None:
        """EBU R128 of all; None where it was not measured, or nothing was louder than its gate."""
        if self._sums is None:
            return None
        sums = copy.deepcopy(self._sums)
        for _, readings in self._newest:
            sums.add(readings)
        value = sums.value
        if value is None:
            return None
        return Loudness(
            integrated_lufs=value.integrated_lufs, range_lu=value.range_lu, true_peak_dbtp=value.true_peak_dbtp
        )
