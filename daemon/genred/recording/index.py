"""Where in which file the sound of a span of time is."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class TimeMark:
    """A point at which time and time in the file agree best.

    Attributes:
        at: Aware.
        media_s: Seconds from the file's beginning.
    """

    at: datetime
    media_s: float


@dataclass(frozen=True, slots=True)
class RecordedFile:
    """A recording with its index.

    Attributes:
        path: Of the file.
        started_at: When its first sample was on air.
        marks: In order.
        goes_on: Whether the next file begins with the very next packet.
    """

    path: Path
    started_at: datetime
    marks: tuple[TimeMark, ...] = ()
    goes_on: bool = False

    def media_s(self, at: datetime) -> float:
        """Gives the time in the file of a moment; what was on air before the file is at 0."""
        points = (TimeMark(self.started_at, 0.0), *self.marks)
        index = bisect_left(points, at, key=lambda mark: mark.at)
        if index == len(points):
            last = points[-1]
            return last.media_s + (at - last.at).total_seconds()
        # What came before a mark lies before it, second by second; what was late came later than it lies.
        mark = points[index]
        floor_s = points[index - 1].media_s if index else 0.0
        return max(floor_s, mark.media_s - (mark.at - at).total_seconds())

    def at(self, media_s: float) -> datetime:
        """Gives when a time in the file was on air."""
        points = (TimeMark(self.started_at, 0.0), *self.marks)
        index = min(bisect_left(points, media_s, key=lambda mark: mark.media_s), len(points) - 1)
        return points[index].at + timedelta(seconds=media_s - points[index].media_s)


@dataclass(frozen=True, slots=True)
class FilePart:
    """A part of a recording.

    Attributes:
        file: Which.
        from_s: Time in the file.
        to_s: Likewise; None for its end.
    """

    file: RecordedFile
    from_s: float
    to_s: float | None


def find_parts(files: Sequence[RecordedFile], since: datetime, until: datetime) -> list[FilePart]:
    """Gives what holds the sound of a span, in order; each file as far as the next one begins.

    Args:
        files: Of one station.
        since: Aware.
        until: Aware.
    """
    ordered = sorted(files, key=lambda file: file.started_at)
    parts = []
    for index, file in enumerate(ordered):
        later = ordered[index + 1] if index + 1 < len(ordered) else None
        ends_at = until if later is None else min(until, later.started_at)
        if file.started_at >= until or ends_at <= since:
            continue
        joins = later is not None and file.goes_on and later.started_at < until
        to_s = None if joins else file.media_s(ends_at)
        from_s = file.media_s(since) if file.started_at < since else 0.0
        if to_s is None or to_s > from_s:
            parts.append(FilePart(file, from_s, to_s))
    return parts
