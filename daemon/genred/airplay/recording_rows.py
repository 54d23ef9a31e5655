"""What the airplay log holds of recordings, as values; times as in `genred.airplay.rows`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from genred.airplay.rows import Row

if TYPE_CHECKING:
    from datetime import datetime

    from genred.cause import Cause


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingRow(Row):
    """A file of the sound itself.

    Attributes:
        folder: Absolute path of all recordings, as it was then.
        file: The file's path in it.
        codec: As FFmpeg calls it.
        rate_hz: Of the source.
        channels: Likewise.
        copied: Whether it holds the packets as they were sent.
        size_bytes: Of the file, as far as known.
        complete: Whether it was ended; else it grows, or its writer was killed, and `ended_at` is what is known of.
        cause: Why nothing followed; None where the next file goes on, or while it grows.
    """

    folder: str
    file: str
    codec: str
    rate_hz: int
    channels: int
    copied: bool
    size_bytes: int = 0
    complete: bool = False
    cause: Cause | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingMark:
    """A point of a file's index.

    Attributes:
        station: The station's id.
        file: As in `RecordingRow`.
        at: When the sample at `media_s` was on air.
        media_s: Seconds from the file's beginning.
        size_bytes: What comes before it lies before this byte.
    """

    station: str
    file: str
    at: datetime
    media_s: float
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingGapRow(Row):
    """A stretch of which there is no recording, though there was to be one.

    Attributes:
        cause: Why.
    """

    cause: Cause


RecordingRows = RecordingRow | RecordingMark | RecordingGapRow
