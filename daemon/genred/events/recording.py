"""What becomes of a station's recording: files that begin, grow and end, and what is missing in between.

The index of a recording is made of these events alone. A moment in one of them tells when its audio was on air, as far
as this machine can know: a server that sends seconds in advance sends the past.
"""

from __future__ import annotations

from genred.cause import Cause
from genred.events.events import SpanEnded, StationEvent


class RecordingStarted(StationEvent, frozen=True, kw_only=True):
    """A file was begun; `at` is when its first sample was on air.

    Attributes:
        folder: Absolute path of all recordings.
        file: The file's path in it, `STATION/DATE/TIME.mka`.
        codec: As FFmpeg calls it, of what is in the file.
        rate_hz: Of the source.
        channels: Likewise.
        copied: Whether it holds the packets as they were sent; else they were encoded here.
    """

    folder: str
    file: str
    codec: str
    rate_hz: int
    channels: int
    copied: bool


class RecordingProgress(StationEvent, frozen=True, kw_only=True):
    """A file has grown; `at` is when the sample at `media_s` was on air.

    Attributes:
        file: As in `RecordingStarted`.
        media_s: Time in the file, in seconds from its beginning.
        size_bytes: Of the file so far; what is in it up to here comes before.
    """

    file: str
    media_s: float
    size_bytes: int


class RecordingEnded(StationEvent, frozen=True, kw_only=True):
    """A file was ended; `at` is when its last sample was on air.

    Attributes:
        file: As in `RecordingStarted`.
        media_s: Its length.
        size_bytes: Of the whole file.
        cause: Why nothing follows; None where the next file goes on with the next packet.
    """

    file: str
    media_s: float
    size_bytes: int
    cause: Cause | None


class RecordingGap(SpanEnded, frozen=True, kw_only=True):
    """A stretch of time of which there is no recording, published when it is over.

    Attributes:
        cause: Why.
    """

    cause: Cause
