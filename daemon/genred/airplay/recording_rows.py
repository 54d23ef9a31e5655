"""What the airplay log holds of recordings, as values; times as in `genred.airplay.rows`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from genred.airplay.rows import Row
from genred.airplay.spans import read_span
from genred.airplay.times import from_us
from genred.cause import Cause

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime


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


def read_recording(
    station: str, row: tuple[Any, ...], marks: Iterable[tuple[int, int, int]]
) -> tuple[RecordingRow, tuple[RecordingMark, ...]]:
    """Makes a recording and its index of what the log holds of them.

    Args:
        station: The station's id.
        row: Of `recording_tables.SELECT_RECORDINGS`.
        marks: Of `recording_tables.SELECT_MARKS`.
    """
    _, run, started_us, ended_us, seconds, folder, file, codec, rate_hz, channels, copied, size, complete, cause = row
    index = tuple(
        RecordingMark(station=station, file=file, at=from_us(at_us), media_s=media_us / 1e6, size_bytes=size_bytes)
        for media_us, at_us, size_bytes in marks
    )
    recording = RecordingRow(
        **read_span(station, run, started_us, ended_us, seconds),
        folder=folder,
        file=file,
        codec=codec,
        rate_hz=rate_hz,
        channels=channels,
        copied=bool(copied),
        size_bytes=size,
        complete=bool(complete),
        cause=None if cause is None else Cause(cause),
    )
    if not complete and index:
        last = index[-1]
        recording = replace(
            recording,
            ended_at=max(recording.ended_at, last.at),
            seconds=max(seconds, last.media_s),
            size_bytes=max(size, last.size_bytes),
        )
    return recording, index
