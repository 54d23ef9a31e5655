"""From any rate and any number of channels to 22,050 Hz mono, as a stream."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import soxr

from genred.audio import SAMPLE_RATE_HZ, AudioBlock

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from numpy.typing import NDArray

    from genred.sources.frame_joiner import FrameJoiner

BLOCK_S = 0.2
"""Audio is gathered to blocks of about this length: decoders give 20 ms at a time, and each block costs a wake-up."""

PIECE_S = 0.05
"""Resampled at once: soxr keeps 57 KB less for it than for `BLOCK_S`, and takes 0.05 ms more for a second."""

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
    # NaN compares as neither less nor equal, and numpy's extremes pass it on.
    if not mono.size or max(float(mono.max()), -float(mono.min())) <= MAX_AMPLITUDE:
        return mono
    # A single one that is not finite would stay in the resampler's memory for good.
    finite = np.nan_to_num(mono, nan=0.0, posinf=0.0, neginf=0.0)
    return np.clip(finite, -MAX_AMPLITUDE, MAX_AMPLITUDE)


class BlockResampler:
    """Gathers samples of any rate and form into mono blocks at 22,050 Hz; a change of either is no break.

    Uses soxr's streaming resampler: blocks joined together equal the whole resampled at once.

    Args:
        block_s: Seconds of audio that are gathered to a block, before they are mixed down and resampled at once.
    """

    def __init__(self, block_s: float = BLOCK_S) -> None:
        self._block_s = block_s
        self._rate_hz = 0
        self._stream: soxr.ResampleStream | None = None
        self._frames: FrameJoiner | None = None
        self._mixer = _Mixer()
        self._lost_s = 0.0

    def push(self, samples: NDArray[np.generic], rate_hz: int, channels: int = 1) -> list[AudioBlock]:
        """Takes the next samples.

        Args:
            samples: As `to_mono` takes them, any number; not to be changed afterwards.
            rate_hz: Their rate.
            channels: How many of them there are.

        Returns:
            Blocks that became full; often none.
        """
        blocks = self._begin(rate_hz)
        self._join_frames()
        self._mixer.add(samples, channels)
        return blocks + self._full_block()

    def push_frame(self, frame: AudioFrame) -> list[AudioBlock]:
        """Takes a decoded frame, which is used up; gives blocks as `push` does."""
        blocks = self._begin(frame.sample_rate)
        if self._frames is None:
            # Loaded here: a soundcard needs no FFmpeg.
            from genred.sources.frame_joiner import FrameJoiner  # noqa: PLC0415

            self._frames = FrameJoiner()
        if not self._frames.add(frame):
            self._join_frames()
            self._frames.add(frame)
        return blocks + self._full_block()

    def end_block(self) -> list[AudioBlock]:
        """Makes a block of what there is, however short; none where there is nothing."""
        return self._emit(last=False) if self._gathered else []

    def lose(self, seconds: float) -> None:
        """Notes that audio is missing here; the next block says so."""
        self._lost_s += seconds

    def flush(self) -> list[AudioBlock]:
        """Gives what is left, with the resampler's tail, and begins anew."""
        blocks = self._emit(last=True) if self._rate_hz else []
        self._rate_hz, self._stream = 0, None
        return blocks

    def _begin(self, rate_hz: int) -> list[AudioBlock]:
        """Gives what is left of another rate, before samples of this one."""
        if rate_hz == self._rate_hz:
            return []
        blocks = self.flush()
        self._rate_hz = rate_hz
        if rate_hz != SAMPLE_RATE_HZ:
            self._stream = soxr.ResampleStream(rate_hz, SAMPLE_RATE_HZ, 1, dtype="float32")
        return blocks

    def _full_block(self) -> list[AudioBlock]:
        return self._emit(last=False) if self._gathered >= self._block_s * self._rate_hz else []

    @property
    def _gathered(self) -> int:
        return self._mixer.length + (0 if self._frames is None else self._frames.length)

    def _join_frames(self) -> None:
        if self._frames is not None and self._frames.length:
            self._mixer.add(self._frames.take(), self._frames.channels)

    def _emit(self, *, last: bool) -> list[AudioBlock]:
        self._join_frames()
        mono = self._mixer.take()
        if self._stream is not None:
            mono = self._resample(self._stream, mono, last=last)
        if not mono.size:
            return []
        lost_s, self._lost_s = self._lost_s, 0.0
        return [AudioBlock(samples=np.asarray(mono, dtype=np.float32), lost_s=lost_s)]

    def _resample(self, stream: soxr.ResampleStream, mono: NDArray[np.float32], *, last: bool) -> NDArray[np.float32]:
        """Resamples in pieces: of the longest that it was given, soxr keeps ten times the bytes, for each station."""
        length = round(PIECE_S * self._rate_hz)
        cuts = range(0, max(1, mono.size), length)
        pieces = [stream.resample_chunk(mono[cut : cut + length], last=last and cut == cuts[-1]) for cut in cuts]
        return pieces[0] if len(pieces) == 1 else np.concatenate(pieces)


class _Mixer:
    """Joins arrays before it mixes them down: by decoders' frames of 26 ms, `to_mono` takes seven times as long."""

    def __init__(self) -> None:
        self.length = 0
        """Samples a channel since the last `take`."""
        self._channels = 0
        self._alike: list[NDArray[np.generic]] = []
        self._mono: list[NDArray[np.float32]] = []

    def add(self, samples: NDArray[np.generic], channels: int) -> None:
        """Takes samples as `to_mono` does."""
        if not samples.size:
            return
        if samples.ndim != 2 or samples.shape[0] != channels:
            samples = samples.reshape(-1)
        last = self._alike[-1] if self._alike else samples
        if channels != self._channels or samples.ndim != last.ndim or samples.dtype != last.dtype:
            self._mix()
            self._channels = channels
        self._alike.append(samples)
        self.length += samples.size // channels

    def take(self) -> NDArray[np.float32]:
        """Gives all samples since the last time, (n,) float32."""
        self._mix()
        mono, self._mono, self.length = self._mono, [], 0
        return np.concatenate(mono) if mono else np.zeros(0, np.float32)

    def _mix(self) -> None:
        if self._alike:
            alike, self._alike = self._alike, []
            self._mono.append(to_mono(np.concatenate(alike, axis=-1), self._channels))
