"""How loud it is, and whether that is dead air."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from genred.analysis.estimate import Level

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from genred.config.schema import SilenceConfig

FLOOR_DBFS = -120.0
"""What digital silence is reported as: below the noise of any 16-bit source, and a number that JSON can hold."""

_FLOOR_AMPLITUDE = 10 ** (FLOOR_DBFS / 20)
# A decoder's or a 16-bit converter's full scale is a little under 1.0.
_CLIPPED_AMPLITUDE = 0.9999 - 1 / 32_768


def measure_level(samples: NDArray[np.float32]) -> Level:
    """Measures RMS, peak and clipping of (n,) float32 samples, n >= 1."""
    peak = float(max(samples.max(), -samples.min()))
    rms = float(np.sqrt(np.dot(samples, samples) / samples.size))
    clipped = float(np.count_nonzero(np.abs(samples) >= _CLIPPED_AMPLITUDE)) / samples.size if peak > 0.99 else 0.0
    return Level(rms_dbfs=_dbfs(rms), peak_dbfs=_dbfs(peak), clipped_share=clipped)


class SilenceGate:
    """Tells dead air from a pause between two songs: low for a while to begin, loud for a while to end.

    Args:
        config: Level and times.
    """

    def __init__(self, config: SilenceConfig) -> None:
        self._config = config
        self._silent = False
        self._against_s = 0.0

    @property
    def silent(self) -> bool:
        """Whether it is dead air."""
        return self._silent

    def is_low(self, level: Level) -> bool:
        """Whether a level alone lies under the gate."""
        return level.rms_dbfs < self._config.level_dbfs

    def update(self, level: Level, duration_s: float) -> bool:
        """Takes the level of the next `duration_s` seconds and says whether it is dead air now."""
        if self.is_low(level) == self._silent:
            self._against_s = 0.0
            return self._silent
        self._against_s += duration_s
        needed_s = self._config.end_s if self._silent else self._config.start_s
        # Steps are whole hops, so five steps of "a second" last 4.99 s: half a step of grace.
        if self._against_s >= needed_s - duration_s / 2:
            self._silent = not self._silent
            self._against_s = 0.0
        return self._silent

    def reset(self) -> None:
        """Forgets, as after a gap."""
        self._silent = False
        self._against_s = 0.0


def _dbfs(amplitude: float) -> float:
    return float(20.0 * np.log10(max(amplitude, _FLOOR_AMPLITUDE)))
