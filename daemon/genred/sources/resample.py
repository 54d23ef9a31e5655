"""From any rate and any number of channels to 22,050 Hz mono, as a stream."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import soxr

from genred.audio import SAMPLE_RATE_HZ, AudioBlock

if TYPE_CHECKING:
    from numpy.typing import NDArray

BLOCK_S = 0.2
"""Audio is gathered to blocks of about this length: decoders give 20 ms at a time, and each block costs a wake-up."""

MAX_AMPLITUDE = 8.0
"""Samples beyond this (a broken float stream) are limited: they would ring in the resampler for seconds."""


def to_mono(samples: NDArray[np.generic], channels: int) -> NDArray[np.float32]:
    """Gives the mean of all channels.

    Args:
        samples: (channels, n) planar, or (1, n * channels) or (n * channels,) interleaved; float, or integers of
            1, 2 or 4 bytes at full range (unsigned ones centred at half of it).
        channels: How many there are.

    Returns:
        (n,) float32, nominally in [-1, 1], always finite.
    """
    planar = samples.ndim == 2 and samples.shape[0] == channels
    grid = samples if planar else samples.reshape(-1, channels).T
    # Channel by channel: numpy's mean over so short an axis takes five times as long.
    mono: NDArray[np.float32] = grid[0].astype(np.float32)
    for channel in grid[1:]:
        mono += channel
    scale = float(channels)
    if grid.dtype.kind != "f":
        full_scale = 2.0 ** (8 * grid.dtype.itemsize - 1)
        if grid.dtype.kind == "u":
            mono -= np.float32(full_scale * channels)
        scale *= full_scale
    if scale != 1.0:
        mono /= np.float32(scale)
    # One sum finds any NaN or infinity; a single one would stay in the resampler's memory for good.
    if not np.isfinite(mono.sum(dtype=np.float64)):
        mono = np.nan_to_num(mono, nan=0.0, posinf=0.0, neginf=0.0)
    elif mono.size and max(float(mono.max()), -float(mono.min())) <= MAX_AMPLITUDE:
        return mono
    return np.clip(mono, -MAX_AMPLITUDE, MAX_AMPLITUDE)


class BlockResampler:
    """Gathers samples of any rate into mono blocks at 22,050 Hz; a change of rate or channels is no break.

    Decoders give 20 ms at a time; what belongs to a block is mixed down and resampled in one go.

    Uses soxr's streaming resampler: blocks joined together equal the whole resampled at once.

    Args:
        block_s: Least length of a block.
    """

    def __init__(self, block_s: float = BLOCK_S) -> None:
        self.block_s = block_s
        self._rate_hz = 0
        self._stream: soxr.ResampleStream | None = None
        self._mono: list[NDArray[np.float32]] = []
        self._unmixed: list[NDArray[np.generic]] = []
        self._layout: tuple[object, ...] = ()
        self._pending_samples = 0
        self._lost_s = 0.0

    def push(self, samples: NDArray[np.generic], rate_hz: int, channels: int = 1) -> list[AudioBlock]:
        """Takes the next samples.

        Args:
            samples: As `to_mono` takes them, any n; not changed afterwards.
            rate_hz: Their rate.
            channels: How many there are.

        Returns:
            Blocks that became full; often none.
        """
        blocks = []
        if rate_hz != self._rate_hz:
            blocks += self.flush()
            self._rate_hz = rate_hz
            if rate_hz != SAMPLE_RATE_HZ:
                self._stream = soxr.ResampleStream(rate_hz, SAMPLE_RATE_HZ, 1, dtype="float32")
        if samples.size:
            layout = channels, samples.dtype, samples.shape[:-1]
            if layout != self._layout:
                self._mix()
                self._layout = layout
            self._unmixed.append(samples)
            self._pending_samples += samples.size // channels
        if self._pending_samples >= self.block_s * rate_hz:
            blocks += self._emit(last=False)
        return blocks

    def end_block(self) -> list[AudioBlock]:
        """Makes a block of what there is, however short; none where there is nothing."""
        return self._emit(last=False) if self._pending_samples else []

    def lose(self, seconds: float) -> None:
        """Notes that audio is missing here; the next block says so."""
        self._lost_s += seconds

    def flush(self) -> list[AudioBlock]:
        """Gives what is left, with the resampler's tail, and begins anew."""
        blocks = self._emit(last=True) if self._rate_hz else []
        self._rate_hz, self._stream = 0, None
        return blocks

    def _mix(self) -> None:
        if self._unmixed:
            channels = self._layout[0]
            assert isinstance(channels, int)  # noqa: S101 - see `push`
            self._mono.append(to_mono(np.concatenate(self._unmixed, axis=-1), channels))
            self._unmixed = []

    def _emit(self, *, last: bool) -> list[AudioBlock]:
        self._mix()
        mono = np.concatenate(self._mono) if self._mono else np.zeros(0, np.float32)
        self._mono, self._pending_samples = [], 0
        if self._stream is not None:
            mono = self._stream.resample_chunk(mono, last=last)
        if not mono.size:
            return []
        lost_s, self._lost_s = self._lost_s, 0.0
        return [AudioBlock(samples=np.asarray(mono, dtype=np.float32), lost_s=lost_s)]
