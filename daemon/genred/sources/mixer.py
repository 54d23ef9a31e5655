"""From the channels of a source to one, and what is measured of them before."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from genred.audio.signal_frame import FRAME_S, Measured, SignalFrame, measure_frames
from genred.sources.downmix import PLAIN, Downmix, DownmixChoice

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from genred.audio.loudness import LoudnessReading
    from genred.sources.loudness import LoudnessMeter

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
    grid = _grid(samples, channels)
    planar = np.empty(grid.shape, np.float32)
    _fill(planar, grid)
    if grid.dtype.kind == "f" and not _is_within(planar):
        _limit(planar)
    return _mean(planar)


class Mixed(NamedTuple):
    """What `Mixer.take` gives.

    Attributes:
        samples: (n,) float32 mono, at the source's rate.
        frames: That ended in them; `end_samples` of each is counted at the source's rate, from `Mixer.begin` on.
        loudness: What was measured of it; none without a meter.
    """

    samples: NDArray[np.float32]
    frames: list[SignalFrame]
    loudness: list[LoudnessReading]


class Mixer:
    """Joins arrays, measures their channels frame by frame, and mixes them down.

    Frames are counted from the beginning of the audio, and each is measured whole; so what is measured and what is
    mixed does not depend on the arrays in which the samples come. What becomes of a frame was decided by those before
    it; only the first one waits until it is complete, and decides for itself. Arrays are joined first: taken by
    decoders' frames of 26 ms, all this takes several times as long.

    Args:
        meter: Measures the loudness, where that is wanted.

    Attributes:
        length: Samples a channel since the last `take`.
    """

    def __init__(self, meter: LoudnessMeter | None = None) -> None:
        self.length = 0
        self._meter = meter
        self._rate_hz = 0
        self._layout = ""
        self._loudness: list[LoudnessReading] = []
        self._alike: list[NDArray[np.generic]] = []
        self._channels = 0
        self._downmix = Downmix(0)
        self._mono: list[NDArray[np.float32]] = []
        self._frames: list[SignalFrame] = []
        self._frame_samples = 1
        self._frame_start = 0
        # What has come of the frame that is not complete yet; all but that of the first one is mixed already.
        self._begun = np.zeros((0, 0), np.float32)

    def begin(self, rate_hz: int) -> None:
        """Begins to count anew, at another rate; all that came before has been taken as the last."""
        self._rate_hz = rate_hz
        self._frame_samples = max(1, round(FRAME_S * rate_hz))
        self._frame_start = 0

    def add(self, samples: NDArray[np.generic], channels: int, layout: str = "") -> None:
        """Takes samples as `to_mono` does; they are not to be changed afterwards.

        Args:
            samples: As `to_mono` takes them.
            channels: How many there are.
            layout: Which they are, as FFmpeg calls it; empty where that is not known.
        """
        if not samples.size:
            return
        if samples.ndim != 2 or samples.shape[0] != channels:
            samples = samples.reshape(-1)
        last = self._alike[-1] if self._alike else samples
        form = channels, layout, samples.ndim, samples.dtype
        if form != (self._channels, self._layout, last.ndim, last.dtype):
            self._mix()
        self._layout = layout
        if channels != self._channels:
            self._drop_begun()
            self._channels, self._downmix = channels, Downmix(channels)
            self._begun = np.zeros((channels, 0), np.float32)
        self._alike.append(samples)
        self.length += samples.size // channels

    def take(self, *, last: bool = False) -> Mixed:
        """Gives all since the last time; after the last, a frame that is begun is not gone on with."""
        self._mix()
        if last:
            self._drop_begun()
        mono, frames, self._mono, self._frames, self.length = self._mono, self._frames, [], [], 0
        loudness, self._loudness = self._loudness, []
        if len(mono) == 1:
            return Mixed(mono[0], frames, loudness)
        return Mixed(np.concatenate(mono) if mono else np.zeros(0, np.float32), frames, loudness)

    def note_hole(self) -> None:
        """Notes that audio is missing behind what was added: no loudness is measured over a hole."""
        if self._meter is not None:
            self._mix()
            self._meter.reset()

    def _mix(self) -> None:
        if not self._alike:
            return
        measured_before = self._begun.shape[1]
        before = 0 if self._downmix.choice is None else measured_before
        is_float = self._alike[0].dtype.kind == "f"
        with np.errstate(invalid="ignore", over="ignore"):
            planar = self._join()
            framed = planar.shape[1] - planar.shape[1] % self._frame_samples
            mix, measured = self._measure(planar, framed)
        begun = planar[:, framed:]
        # NaN compares as neither less nor equal.
        if is_float and not (measured.amplitude <= MAX_AMPLITUDE and _is_within(begun)):
            _limit(planar)
            mix, measured = self._measure(planar, framed)
        if self._meter is not None:
            self._loudness += self._meter.push(planar[:, measured_before:], self._rate_hz, self._layout)
        mono = self._choose(planar, mix, measured.frames)
        if self._downmix.choice is not None:
            self._mono.append(mono[before:])
        # A copy, so that the rest can go.
        self._begun = begun.copy()
        self._frame_start += framed

    def _join(self) -> NDArray[np.float32]:
        """Gives the frame that is begun, and what was added: (channels, n)."""
        alike, self._alike = self._alike, []
        if alike[0].dtype == np.float32 and alike[0].ndim == 2:
            return np.concatenate((self._begun, *alike), axis=1)
        grid = _grid(alike[0] if len(alike) == 1 else np.concatenate(alike, axis=-1), self._channels)
        before = self._begun.shape[1]
        planar = np.empty((self._channels, before + grid.shape[1]), np.float32)
        planar[:, :before] = self._begun
        _fill(planar[:, before:], grid)
        return planar

    def _measure(self, planar: NDArray[np.float32], framed: int) -> tuple[NDArray[np.float32], Measured]:
        """Mixes all, and measures the whole frames that begin it."""
        mix, size = _mean(planar), self._frame_samples
        channels = planar[:, :framed].reshape(len(planar), framed // size, size)
        return mix, measure_frames(channels, mix[:framed].reshape(framed // size, size), self._frame_start)

    def _choose(
        self, planar: NDArray[np.float32], mix: NDArray[np.float32], frames: list[SignalFrame]
    ) -> NDArray[np.float32]:
        """Gives of each frame, and of the one that is begun, what is made of it."""
        choices = [self._take_frame(frame) for frame in frames]
        choices.append(self._downmix.choice or PLAIN)
        if choices.count(PLAIN) == len(choices):
            return mix
        pieces = []
        for index, (taken, removed) in enumerate(choices):
            source = mix if taken is None else planar[taken]
            start = index * self._frame_samples
            piece = source[start:] if index == len(frames) else source[start : start + self._frame_samples]
            pieces.append(piece - np.float32(removed) if removed else piece)
        return np.concatenate(pieces)

    def _take_frame(self, frame: SignalFrame) -> DownmixChoice:
        choice = self._downmix.choice
        following = self._downmix.update(frame)
        if choice is None:
            choice = following
        self._frames.append(frame if choice.taken is None else frame._replace(taken=choice.taken))
        return choice

    def _drop_begun(self) -> None:
        """Leaves unmeasured what is begun, before audio that it cannot go on with."""
        if self._downmix.choice is None and self._begun.size:
            self._mono.append(_mean(self._begun))
        self._frame_start += self._begun.shape[1]
        self._begun = self._begun[:, :0]


def _grid(samples: NDArray[np.generic], channels: int) -> NDArray[np.generic]:
    """Gives samples as `to_mono` takes them as (channels, n)."""
    is_planar = samples.ndim == 2 and samples.shape[0] == channels
    return samples if is_planar else samples.reshape(-1, channels).T


def _fill(planar: NDArray[np.float32], grid: NDArray[np.generic]) -> None:
    """Copies (channels, n) samples of any kind, as shares of full scale."""
    planar[...] = grid
    if grid.dtype.kind == "f":
        return
    full_scale = np.float32(2.0 ** (8 * grid.dtype.itemsize - 1))
    if grid.dtype.kind == "u":
        planar -= full_scale
    planar /= full_scale


def _mean(planar: NDArray[np.float32]) -> NDArray[np.float32]:
    mean: NDArray[np.float32] = planar[0]
    if len(planar) == 1:
        return mean
    # Channel by channel: numpy's mean over so short an axis takes five times as long.
    mean = mean + planar[1]
    for channel in planar[2:]:
        mean += channel
    mean *= np.float32(1.0 / len(planar))
    return mean


def _is_within(planar: NDArray[np.float32]) -> bool:
    """Whether all samples are numbers, and none is beyond `MAX_AMPLITUDE`."""
    # NaN compares as neither less nor equal, and numpy's extremes pass it on.
    return not planar.size or bool(planar.max() <= MAX_AMPLITUDE and planar.min() >= -MAX_AMPLITUDE)


def _limit(planar: NDArray[np.float32]) -> None:
    """A single sample that is not finite would stay in the resampler's memory for good."""
    np.nan_to_num(planar, copy=False, nan=0.0, posinf=0.0, neginf=0.0)
    np.clip(planar, -MAX_AMPLITUDE, MAX_AMPLITUDE, out=planar)
