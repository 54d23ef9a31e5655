"""From any rate and any number of channels to 22,050 Hz mono, as a stream of blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import soxr

from genred.audio import RESET_AFTER_S, SAMPLE_RATE_HZ, AudioBlock
from genred.sources.mixer import Mixer

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from numpy.typing import NDArray

    from genred.audio.loudness import LoudnessReading
    from genred.audio.signal_frame import SignalFrame
    from genred.sources.frame_joiner import FrameJoiner
    from genred.sources.loudness import LoudnessMeter

BLOCK_S = 0.2
"""Audio is gathered to blocks of about this length: decoders give 20 ms at a time, and each block costs a wake-up."""

JOINED_S = 0.2
"""Decoders' frames are joined to arrays of so much, however long a block is."""

PIECE_S = 0.05
"""Resampled at once: soxr keeps 57 KB less for it than for `BLOCK_S`, and takes 0.05 ms more for a second."""


class BlockResampler:
    """Gathers samples of any rate and form into mono blocks at 22,050 Hz; a change of either is no break.

    Uses soxr's streaming resampler: blocks joined together equal the whole resampled at once.

    Args:
        block_s: Seconds of audio that are gathered to a block, before they are mixed down and resampled at once.
        measures_loudness: Whether blocks come with their loudness.

    Attributes:
        block_s: As given; may be changed at any time.
    """

    def __init__(self, block_s: float = BLOCK_S, *, measures_loudness: bool = False) -> None:
        self.block_s = block_s
        self._rate_hz = 0
        self._stream: soxr.ResampleStream | None = None
        self._frames: FrameJoiner | None = None
        self._mixer = Mixer(_make_meter() if measures_loudness else None)
        # Measured and not given yet; their ends are counted as the mixer does.
        self._measured: list[SignalFrame] = []
        self._loudness: list[LoudnessReading] = []
        self._given = 0
        self._lost_s = 0.0

    def push(self, samples: NDArray[np.generic], rate_hz: int, channels: int = 1, layout: str = "") -> list[AudioBlock]:
        """Takes the next samples.

        Args:
            samples: As `to_mono` takes them, any number; not to be changed afterwards.
            rate_hz: Their rate.
            channels: How many of them there are.
            layout: Which they are, as FFmpeg calls it; empty where that is not known.

        Returns:
            Blocks that became full; often none.
        """
        blocks = self._begin(rate_hz)
        self._join_frames()
        self._mixer.add(samples, channels, layout)
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
        if self._frames.length >= JOINED_S * self._rate_hz:
            # FFmpeg's queue never shrinks.
            self._join_frames()
        return blocks + self._full_block()

    def end_block(self) -> list[AudioBlock]:
        """Makes a block of what there is, however short; none where there is nothing."""
        return self._emit(last=False) if self._gathered else []

    def lose(self, seconds: float) -> None:
        """Notes that audio is missing here; the next block says so."""
        self._lost_s += seconds
        if self._lost_s > RESET_AFTER_S:
            self.note_hole()

    def note_hole(self) -> None:
        """Notes that audio is left out here, which the next block does not say."""
        self._join_frames()
        self._mixer.note_hole()

    def flush(self) -> list[AudioBlock]:
        """Gives what is left, with the resampler's tail, and begins anew."""
        blocks = self._emit(last=True) if self._rate_hz else []
        self._rate_hz, self._stream, self._given = 0, None, 0
        self._measured.clear()
        return blocks

    def _begin(self, rate_hz: int) -> list[AudioBlock]:
        """Gives what is left of another rate, before samples of this one."""
        if rate_hz == self._rate_hz:
            return []
        blocks = self.flush()
        self._rate_hz = rate_hz
        self._mixer.begin(rate_hz)
        if rate_hz != SAMPLE_RATE_HZ:
            self._stream = soxr.ResampleStream(rate_hz, SAMPLE_RATE_HZ, 1, dtype="float32")
        return blocks

    def _full_block(self) -> list[AudioBlock]:
        return self._emit(last=False) if self._gathered >= self.block_s * self._rate_hz else []

    @property
    def _gathered(self) -> int:
        return self._mixer.length + (0 if self._frames is None else self._frames.length)

    def _join_frames(self) -> None:
        if self._frames is not None and self._frames.length:
            self._mixer.add(self._frames.take(), self._frames.channels, self._frames.layout)

    def _emit(self, *, last: bool) -> list[AudioBlock]:
        self._join_frames()
        mono, frames, loudness = self._mixer.take(last=last)
        self._measured += frames
        self._loudness += loudness
        if self._stream is not None:
            mono = self._resample(self._stream, mono, last=last)
        if not mono.size:
            return []
        lost_s, self._lost_s = self._lost_s, 0.0
        block = AudioBlock(
            np.asarray(mono, dtype=np.float32),
            lost_s,
            frames=tuple(map(self._placed, self._measured)),
            loudness=tuple(self._loudness),
        )
        self._measured.clear()
        self._loudness.clear()
        self._given += mono.size
        return [block]

    def _placed(self, frame: SignalFrame) -> SignalFrame:
        """Counts a frame's end from the start of the next block: no earlier than the samples that it was made of."""
        end_samples = -(-frame.end_samples * SAMPLE_RATE_HZ // self._rate_hz)
        return frame._replace(end_samples=end_samples - self._given)

    def _resample(self, stream: soxr.ResampleStream, mono: NDArray[np.float32], *, last: bool) -> NDArray[np.float32]:
        """Resamples in pieces: of the longest that it was given, soxr keeps ten times the bytes, for each station."""
        length = round(PIECE_S * self._rate_hz)
        cuts = range(0, max(1, mono.size), length)
        pieces = [stream.resample_chunk(mono[cut : cut + length], last=last and cut == cuts[-1]) for cut in cuts]
        return pieces[0] if len(pieces) == 1 else np.concatenate(pieces)


def _make_meter() -> LoudnessMeter:
    # Loaded here: a soundcard whose loudness is not measured needs no FFmpeg.
    from genred.sources.loudness import LoudnessMeter  # noqa: PLC0415

    return LoudnessMeter()
