"""What every source is to the rest of the house."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class AudioBlock:
    """Samples on their way to the ring buffer.

    Attributes:
        samples: (n,) float32 mono at 22,050 Hz, nominally in [-1, 1], n >= 1.
        lost_s: Seconds of audio known to be missing just before this block (overflow, corrupt packets), usually 0.
    """

    samples: NDArray[np.float32]
    lost_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Title:
    """What the stream says is playing; duplicates and empty ones never come this far.

    Attributes:
        text: As announced, without control characters.
        artist: Split off where the usual ` - ` is unambiguous, else None.
        song: Likewise.
    """

    text: str
    artist: str | None = None
    song: str | None = None


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """What was found on opening: said once, again when it changes.

    Attributes:
        codec: As FFmpeg calls it, or `pcm_s16le` and the like for raw audio.
        rate_hz: Of the source, before resampling.
        channels: Likewise.
        bitrate_bps: As announced, or None.
        name: Of the station or device, as it calls itself, or None.
        duration_s: Of a file, or None.
    """

    codec: str
    rate_hz: int
    channels: int
    bitrate_bps: int | None = None
    name: str | None = None
    duration_s: float | None = None


@dataclass(slots=True)
class Meter:
    """What a source counts while it runs, over all its sessions. Written by the session's thread, read by any.

    Attributes:
        received_bytes: Of the network, the file or the pipe; of a soundcard's samples as captured.
        corrupt_packets: Skipped because they could not be decoded.
        overflows: Times that a device or its queue lost samples.
    """

    received_bytes: int = 0
    corrupt_packets: int = 0
    overflows: int = 0


SourceItem = AudioBlock | Title | SourceInfo


class Source(Protocol):
    """An origin of audio that can be opened again and again, one session after the other.

    Attributes:
        label: For people and logs; passwords masked.
        live: Whether audio that is not read in time is lost (soundcards, streams, pipes). The reader of a source
            that is not live (a file read as fast as possible) applies back-pressure and drops nothing.
        endless: Whether an end of the audio is a fault to recover from. A file without loop simply ends.
        meter: What it counts.
    """

    label: str
    live: bool
    endless: bool
    meter: Meter

    def session(self) -> Iterator[SourceItem]:
        """Opens the source and yields what comes, blocking while nothing does, until the audio ends.

        Closing the generator releases everything that was opened.

        Raises:
            SourceError: It cannot be opened, or broke off, or stalled.
        """

    def interrupt(self) -> None:
        """Makes a blocked `session` in another thread end soon. Safe to call at any time, from any thread."""
