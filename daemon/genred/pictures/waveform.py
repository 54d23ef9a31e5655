"""The waveform as columns: the least and the greatest sample of each stretch of time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_COLUMNS = 2_048
"""Of a long recording there are half as many at least: more than a picture is wide."""

_FIRST_COLUMN_SAMPLES = 16


class WaveformColumns:
    """Gathers the envelope of a recording whose length is not known. Its memory does not grow.

    When all columns are full, each two become one, which from then on stands for twice the time.
    """

    def __init__(self) -> None:
        self.column_samples = _FIRST_COLUMN_SAMPLES
        """What a column stands for."""
        self.samples = 0
        """Taken so far."""
        self._low = np.empty(MAX_COLUMNS, np.float32)
        self._high = np.empty(MAX_COLUMNS, np.float32)
        self._full = 0
        self._rest = np.empty(0, np.float32)

    def add(self, samples: NDArray[np.float32]) -> None:
        """Takes the next samples, any number of them."""
        self.samples += samples.size
        waiting = np.concatenate([self._rest, samples])
        while waiting.size >= self.column_samples:
            if self._full == MAX_COLUMNS:
                self._halve()
                continue
            count = min(waiting.size // self.column_samples, MAX_COLUMNS - self._full)
            columns = waiting[: count * self.column_samples].reshape(count, self.column_samples)
            columns.min(axis=1, out=self._low[self._full : self._full + count])
            columns.max(axis=1, out=self._high[self._full : self._full + count])
            self._full += count
            waiting = waiting[count * self.column_samples :]
        self._rest = waiting.copy()

    def envelope(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Gives least and greatest sample of each column, (columns,) float32 each; what fills none is left out."""
        return self._low[: self._full].copy(), self._high[: self._full].copy()

    def _halve(self) -> None:
        self._full //= 2
        self._low[: self._full] = self._low.reshape(-1, 2).min(axis=1)
        self._high[: self._full] = self._high.reshape(-1, 2).max(axis=1)
        self.column_samples *= 2
