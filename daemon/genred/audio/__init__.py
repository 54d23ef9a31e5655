"""Audio on its way from a source to the ring buffer, and what it was before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from genred.audio.loudness import LoudnessReading
    from genred.audio.signal_frame import SignalFrame

__all__ = ["RESET_AFTER_S", "SAMPLE_RATE_HZ", "AudioBlock", "SkippedAudio", "SourceInfo"]

SAMPLE_RATE_HZ = 22_050
"""Rate of everything after the resampler; the rate that GTZAN and the original network use."""

RESET_AFTER_S = 0.1
"""A hole in the audio that is longer makes the windows around it meaningless; a packet's 26 ms do not."""


@dataclass(frozen=True, slots=True)
class AudioBlock:
    """Samples on their way to the ring buffer.

    Attributes:
        samples: (n,) float32 mono at 22,050 Hz, nominally in [-1, 1], n >= 1.
        lost_s: Seconds of audio known to be missing just before this block (overflow, corrupt packets), usually 0.
        waited_s: Seconds that it waited on this machine before it was read, usually 0.
        gathered_s: So much of that it was meant to wait: what comes within a second is read together.
        frames: What was measured of the channels before they were mixed down, as far as it goes; none where nothing
            but these samples is known.
        loudness: What was measured of it at the source's own rate and channels; none where that was not asked for.
    """

    samples: NDArray[np.float32]
    lost_s: float = 0.0
    waited_s: float = 0.0
    gathered_s: float = 0.0
    frames: tuple[SignalFrame, ...] = ()
    loudness: tuple[LoudnessReading, ...] = ()

    @property
    def seconds(self) -> float:
        """Its length."""
        return self.samples.size / SAMPLE_RATE_HZ


@dataclass(frozen=True, slots=True)
class SkippedAudio:
    """Audio that came and was not decoded, since the machine does not keep up.

    Attributes:
        seconds: Its length.
        waited_s: As of a block.
        gathered_s: Likewise.
    """

    seconds: float
    waited_s: float = 0.0
    gathered_s: float = 0.0


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """What was found on opening a source: given once, again when it changes.

    Attributes:
        codec: As FFmpeg calls it, or `pcm_s16le` and the like for raw audio.
        rate_hz: Of the source, before resampling.
        channels: Likewise.
        bitrate_bps: As announced, or None.
        name: Of the station or device, as it calls itself, or None.
        duration_s: Of a file, or None.
        note: What is odd about it and was put right, for people, or None.
    """

    codec: str
    rate_hz: int
    channels: int
    bitrate_bps: int | None = None
    name: str | None = None
    duration_s: float | None = None
    note: str | None = None
