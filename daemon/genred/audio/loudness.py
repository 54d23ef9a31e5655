"""Loudness by EBU R128: what is measured of a source each tenth of a second, and what many of these come to.

Integrated loudness is that of ITU-R BS.1770, loudness range that of EBU Tech 3342. Both take what was measured from a
histogram of tenths of a LU, as libebur128 does: constant memory, and histograms add up to that of a longer time.
"""

from __future__ import annotations

import math
from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

READING_S = 0.1
"""Between two readings; neighbouring blocks of 400 ms overlap by three quarters, as BS.1770 has it."""

SILENT_LUFS = -120.0
"""What no audio at all is given as."""

_ABSOLUTE_GATE_LUFS = -70.0
_LOUDEST_LUFS = 50.0
"""A float stream may be beyond full scale, though not for long on anybody's loudspeaker."""

_RELATIVE_GATE_LU = 10.0
_RANGE_GATE_LU = 20.0
_RANGE_PERCENTILES = (0.10, 0.95)
_STEPS_PER_LU = 10

MOMENTARY_READINGS = 4
"""Of a block of 400 ms."""

SHORT_TERM_READINGS = 30
"""Of one of 3 s."""


class LoudnessReading(NamedTuple):
    """A tenth of a second.

    Attributes:
        momentary_lufs: Of the 400 ms that end with it; None where less than that was measured.
        short_term_lufs: Of the 3 s that end with it, likewise.
        true_peak_dbtp: Highest true peak.
    """

    momentary_lufs: float | None
    short_term_lufs: float | None
    true_peak_dbtp: float


class LoudnessValue(NamedTuple):
    """What readings come to.

    Attributes:
        integrated_lufs: Integrated loudness.
        range_lu: Loudness range; None where there was no block of 3 s.
        true_peak_dbtp: Highest true peak.
    """

    integrated_lufs: float
    range_lu: float | None
    true_peak_dbtp: float


class LoudnessSums:
    """Adds readings up.

    A block that began before the first reading counts for what came before, so that the sums of a stretch of audio
    are those of that audio alone.

    Attributes:
        momentary: How many blocks of 400 ms there were by their loudness, in tenths of a LUFS.
        short_term: Likewise of 3 s.
        true_peak_dbtp: The highest.
        readings: How many.
    """

    def __init__(self) -> None:
        self.momentary: Counter[int] = Counter()
        self.short_term: Counter[int] = Counter()
        self.true_peak_dbtp = SILENT_LUFS
        self.readings = 0

    def add(self, readings: Sequence[LoudnessReading]) -> None:
        """Takes the next readings."""
        for reading in readings:
            self.readings += 1
            self.true_peak_dbtp = max(self.true_peak_dbtp, reading.true_peak_dbtp)
            if self.readings >= MOMENTARY_READINGS:
                _count(self.momentary, reading.momentary_lufs)
            if self.readings >= SHORT_TERM_READINGS:
                _count(self.short_term, reading.short_term_lufs)

    def merge(
        self, momentary: Iterable[tuple[int, int]], short_term: Iterable[tuple[int, int]], true_peak_dbtp: float
    ) -> None:
        """Takes the histograms and the peak of another stretch of audio."""
        self.momentary.update(dict(momentary))
        self.short_term.update(dict(short_term))
        self.true_peak_dbtp = max(self.true_peak_dbtp, true_peak_dbtp)

    @property
    def value(self) -> LoudnessValue | None:
        """What all come to; None where nothing was louder than -70 LUFS."""
        integrated_lufs = _integrated_lufs(self.momentary)
        if integrated_lufs is None:
            return None
        return LoudnessValue(integrated_lufs, _range_lu(self.short_term), self.true_peak_dbtp)


def _count(histogram: Counter[int], lufs: float | None) -> None:
    if lufs is not None and lufs >= _ABSOLUTE_GATE_LUFS:
        histogram[round(min(lufs, _LOUDEST_LUFS) * _STEPS_PER_LU)] += 1


@lru_cache(maxsize=round((_LOUDEST_LUFS - _ABSOLUTE_GATE_LUFS) * _STEPS_PER_LU) + 1)
def _energy(step: int) -> float:
    return math.pow(10.0, step / _STEPS_PER_LU / 10.0)


def _mean_lufs(histogram: Mapping[int, int]) -> float | None:
    count = sum(histogram.values())
    energy = math.fsum(_energy(step) * times for step, times in histogram.items())
    return 10.0 * math.log10(energy / count) if count else None


def _above(histogram: Mapping[int, int], lufs: float) -> dict[int, int]:
    return {step: times for step, times in histogram.items() if step > lufs * _STEPS_PER_LU}


def _integrated_lufs(momentary: Mapping[int, int]) -> float | None:
    mean_lufs = _mean_lufs(momentary)
    return None if mean_lufs is None else _mean_lufs(_above(momentary, mean_lufs - _RELATIVE_GATE_LU))


def _range_lu(short_term: Mapping[int, int]) -> float | None:
    mean_lufs = _mean_lufs(short_term)
    if mean_lufs is None:
        return None
    gated = sorted(_above(short_term, mean_lufs - _RANGE_GATE_LU).items())
    low, high = (_percentile(gated, share) for share in _RANGE_PERCENTILES)
    return (high - low) / _STEPS_PER_LU


def _percentile(gated: Sequence[tuple[int, int]], share: float) -> int:
    """The step that a share of all blocks is not louder than, the nearest of them."""
    wanted = round(share * (sum(times for _, times in gated) - 1))
    step = 0
    for step, times in gated:  # noqa: B007 - the last one is as high as any
        wanted -= times
        if wanted < 0:
            break
    return step
