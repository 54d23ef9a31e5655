"""What is measured of audio before it is mixed down: a quarter of a second at a time, each channel by itself."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

FRAME_S = 0.25
"""Long enough that a bass note has no offset, short enough that a change is noticed before much music is lost."""

CLIPPED_AMPLITUDE = 0.9999 - 1 / 32_768
"""A decoder's or a 16-bit converter's full scale is a little under 1.0."""

_DOMINANT = 2.0
"""Where an offset has more than half of the power, the rest is measured without it: a difference has too few digits."""


class SignalFrame(NamedTuple):
    """Some audio of a source, measured before it was mixed down. Amplitudes are shares of full scale.

    Attributes:
        end_samples: Where it ends, in samples at 22,050 Hz after the start of the block that it comes with. It may lie
            beyond the block's end, since a resampler keeps some audio back.
        size: Samples a channel.
        offsets: Mean of each channel.
        powers: Mean square of each channel, without its offset; never below 0.
        peaks: Largest distance of each channel from its offset.
        clipped: Share of each channel's samples at or beyond full scale, 0 to 1.
        mix_power: Mean square of the channels' mean, without its offset.
        taken: Index of the channel that was taken in place of the mean, None for the mean.
    """

    end_samples: int
    size: int
    offsets: tuple[float, ...]
    powers: tuple[float, ...]
    peaks: tuple[float, ...]
    clipped: tuple[float, ...]
    mix_power: float
    taken: int | None = None


def correlation(powers: Sequence[float], mix_power: float) -> float:
    """Says how alike channels are: 1 for two that are equal, 0 for unlike ones, -1 for two that cancel each other.

    Args:
        powers: Of each channel; see `SignalFrame`.
        mix_power: Of their mean.
    """
    total = sum(powers)
    return mix_power * len(powers) ** 2 / total - 1.0 if total > 0.0 else 0.0


class Measured(NamedTuple):
    """What `measure_frames` gives.

    Attributes:
        frames: In their order.
        amplitude: Of the largest sample; not a number where one of the samples is none.
    """

    frames: list[SignalFrame]
    amplitude: float


def measure_frames(channels: NDArray[np.float32], mix: NDArray[np.float32], start_samples: int = 0) -> Measured:
    """Measures frames, each by itself: how many are measured at once changes not one bit.

    Args:
        channels: (channels, frames, samples) float32.
        mix: (frames, samples) float32, their mean.
        start_samples: Where the first frame begins; `end_samples` of each is counted on from there, at the source's
            rate.
    """
    count, length, size = channels.shape
    if not length:
        return Measured([], 0.0)
    # Of each frame of the first channel, then of the second: for so few numbers, Python takes half of numpy's time.
    squares, largest, smallest = (
        np.vecdot(channels, channels).ravel().tolist(),
        np.maximum.reduce(channels, axis=-1).ravel().tolist(),
        np.minimum.reduce(channels, axis=-1).ravel().tolist(),
    )
    offsets = [total / size for total in np.vecdot(channels, _ones(size)).ravel().tolist()]
    powers = [max(0.0, square / size - offset * offset) for square, offset in zip(squares, offsets, strict=True)]
    peaks = [
        top - offset if top + low > 2.0 * offset else offset - low
        for top, low, offset in zip(largest, smallest, offsets, strict=True)
    ]
    amplitude = max(*largest, -min(smallest)) + 0.0 * sum(largest)
    clipped = [0.0] * len(offsets)
    if amplitude >= CLIPPED_AMPLITUDE:
        for index, (top, low) in enumerate(zip(largest, smallest, strict=True)):
            if max(top, -low) >= CLIPPED_AMPLITUDE:
                clipped[index] = _clipped_share(channels[divmod(index, length)])
    mix_offsets, mix_powers = offsets, powers
    if count > 1:
        mix_offsets = [sum(offsets[index::length]) / count for index in range(length)]
        mix_squares = np.vecdot(mix, mix).tolist()
        mix_powers = [square / size - offset * offset for square, offset in zip(mix_squares, mix_offsets, strict=True)]
    dominated = [index for index, offset in enumerate(offsets) if _DOMINANT * offset * offset * size > squares[index]]
    for index in dominated:
        powers[index] = _centred_power(channels[divmod(index, length)], offsets[index])
        mix_powers[index % length] = _centred_power(mix[index % length], mix_offsets[index % length])
    return Measured(
        [
            SignalFrame(
                start_samples + (index + 1) * size,
                size,
                tuple(offsets[index::length]),
                tuple(powers[index::length]),
                tuple(peaks[index::length]),
                tuple(clipped[index::length]),
                mix_powers[index],
            )
            for index in range(length)
        ],
        amplitude,
    )


@lru_cache(maxsize=8)
def _ones(size: int) -> NDArray[np.float32]:
    # Multiplied with ones by BLAS, a row is added up in half the time that numpy's own sum takes.
    return np.ones(size, np.float32)


def _centred_power(row: NDArray[np.float32], offset: float) -> float:
    centred = row - np.float32(offset)
    rest = float(np.vecdot(centred, _ones(row.size))) / row.size
    return max(0.0, float(np.vecdot(centred, centred)) / row.size - rest * rest)


def _clipped_share(row: NDArray[np.float32]) -> float:
    return int(np.count_nonzero(np.abs(row) >= CLIPPED_AMPLITUDE)) / row.size
