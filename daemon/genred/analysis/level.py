"""How loud it is, and whether that is dead air."""

from __future__ import annotations

import math
from operator import mul
from typing import TYPE_CHECKING

from genred.analysis.estimate import Level, Signal
from genred.analysis.span_watch import SpanWatch
from genred.audio.signal_frame import SignalFrame, correlation, measure_frames

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from genred.config.schema import SilenceConfig

FLOOR_DBFS = -120.0
"""What digital silence is reported as: below the noise of any 16-bit source, and a number that JSON can hold."""

_FLOOR_AMPLITUDE = 10 ** (FLOOR_DBFS / 20)


def measure_level(samples: NDArray[np.float32]) -> Level:
    """Measures RMS, peak and clipping of (n,) float32 samples, n >= 1."""
    level, _ = summarize([measure_mono(samples)])
    return level


def measure_mono(samples: NDArray[np.float32]) -> SignalFrame:
    """Measures (n,) float32 samples, n >= 1, of which no channels are known, as one frame."""
    return measure_frames(samples.reshape(1, 1, -1), samples.reshape(1, -1)).frames[0]


def summarize(frames: Sequence[SignalFrame]) -> tuple[Level, Signal]:
    """Sums up what was measured of some audio, at least one frame of it.

    Where the number of channels changes, those of the newest frame count.
    """
    newest = frames[-1]
    frames = [frame for frame in frames if len(frame.powers) == len(newest.powers)]
    sizes = [frame.size for frame in frames]
    total = sum(sizes)

    def means(values: Iterable[Sequence[float]]) -> list[float]:
        """Of each channel."""
        return [sum(map(mul, channel, sizes)) / total for channel in zip(*values, strict=True)]

    powers = means([frame.powers for frame in frames])
    rms_dbfs = tuple([_dbfs(math.sqrt(power)) for power in powers])
    level = Level(
        rms_dbfs=max(rms_dbfs),
        peak_dbfs=_dbfs(max([max(frame.peaks) for frame in frames])),
        clipped_share=max(means([frame.clipped for frame in frames])),
    )
    return level, Signal(
        rms_dbfs=rms_dbfs,
        offsets=tuple(means([frame.offsets for frame in frames])),
        correlation=correlation(powers, sum(map(mul, [frame.mix_power for frame in frames], sizes)) / total),
        taken=newest.taken,
    )


class SilenceGate:
    """Tells dead air from a pause between two songs: low for a while to begin, loud for a while to end.

    Args:
        config: Level and times.
    """

    def __init__(self, config: SilenceConfig) -> None:
        self._config = config
        self._watch = SpanWatch(config.start_s, config.end_s)

    @property
    def silent(self) -> bool:
        """Whether it is dead air."""
        return self._watch.on

    def is_low(self, level: Level) -> bool:
        """Whether a level alone lies under the gate."""
        return level.rms_dbfs < self._config.level_dbfs

    def update(self, level: Level, duration_s: float) -> bool:
        """Takes the level of the next `duration_s` seconds and says whether it is dead air now."""
        self._watch.update(duration_s, holds=self.is_low(level))
        return self._watch.on

    def reset(self) -> None:
        """Forgets, as after a gap."""
        self._watch.reset()


def _dbfs(amplitude: float) -> float:
    return 20.0 * math.log10(max(amplitude, _FLOOR_AMPLITUDE))
