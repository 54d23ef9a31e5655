"""The index of recordings: events to rows.

The index is made of events alone. What a process that was killed could not tell is told by its marks: a recording
reaches to the last of them at least.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, TypeGuard

from genred.airplay.recording_rows import RecordingGapRow, RecordingMark, RecordingRow
from genred.cause import Cause
from genred.events import RecordingEnded, RecordingGap, RecordingProgress, RecordingStarted

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from genred.airplay.log_clock import LogClock
    from genred.airplay.recording_rows import RecordingRows
    from genred.events import Event

RecordingEvent = RecordingStarted | RecordingProgress | RecordingEnded | RecordingGap

LEAST_GAP = timedelta(seconds=0.5)
"""As of a recording within one run: less is the jitter of the network."""


def is_of_recording(event: Event) -> TypeGuard[RecordingEvent]:
    """Says whether an event is one of recordings."""
    return isinstance(event, RecordingEvent)


class RecordingFold:
    """Folds the recording events of one station into rows.

    Args:
        station: The station's id.
        clock: Of the log; every event's moment has been observed by it.
        emit: Takes each row.
        before: How far the station was recorded in earlier runs; None where it was not.
    """

    def __init__(
        self, station: str, clock: LogClock, emit: Callable[[RecordingRows], None], before: datetime | None = None
    ) -> None:
        self._station = station
        self._clock = clock
        self._emit = emit
        self._until = before
        self._cause: Cause | None = Cause.NOT_RUNNING
        self._open: RecordingRow | None = None

    def handle(self, event: RecordingEvent) -> None:
        """Takes the next event of the station's recording."""
        at = self._clock.at(event.at.monotonic_s)
        match event:
            case RecordingStarted():
                self._start(event, at)
            case RecordingProgress():
                self._mark(event, at)
            case RecordingEnded():
                self._end(event, at)
            case RecordingGap():
                started_at = self._clock.at(event.started_at.monotonic_s)
                self._gap(event.at.run, started_at, at, event.duration_s, event.cause)

    def _start(self, event: RecordingStarted, at: datetime) -> None:
        if self._open is not None:
            # Whoever wrote it was killed, and a successor goes on.
            self._emit(replace(self._open, complete=True, cause=Cause.FAULT))
            self._cause = Cause.FAULT
        if self._until is not None and at - self._until > LEAST_GAP:
            seconds = (at - self._until).total_seconds()
            self._gap(event.at.run, self._until, at, seconds, self._cause or Cause.FAULT)
        self._open = RecordingRow(
            station=self._station,
            run=event.at.run,
            started_at=at,
            ended_at=at,
            seconds=0.0,
            folder=event.folder,
            file=event.file,
            codec=event.codec,
            rate_hz=event.rate_hz,
            channels=event.channels,
            copied=event.copied,
        )
        self._emit(self._open)
        self._reach(at)

    def _mark(self, event: RecordingProgress, at: datetime) -> None:
        self._emit(
            RecordingMark(
                station=self._station, file=event.file, at=at, media_s=event.media_s, size_bytes=event.size_bytes
            )
        )
        if self._open is not None and self._open.file == event.file:
            self._grow(at, event.media_s, event.size_bytes)
        self._reach(at)

    def _end(self, event: RecordingEnded, at: datetime) -> None:
        if self._open is not None and self._open.file == event.file:
            self._grow(at, event.media_s, event.size_bytes)
            self._emit(replace(self._open, complete=True, cause=event.cause))
            self._open = None
        self._cause = event.cause
        self._reach(at)

    def _grow(self, at: datetime, seconds: float, size_bytes: int) -> None:
        assert self._open is not None  # noqa: S101 - as was looked for
        at = max(at, self._open.started_at)
        self._open = replace(self._open, ended_at=at, seconds=seconds, size_bytes=size_bytes)

    def _gap(self, run: str, started_at: datetime, ended_at: datetime, seconds: float, cause: Cause) -> None:
        if ended_at > started_at:
            self._emit(
                RecordingGapRow(
                    station=self._station,
                    run=run,
                    started_at=started_at,
                    ended_at=ended_at,
                    seconds=max(0.0, seconds),
                    cause=cause,
                )
            )
        self._reach(ended_at)

    def _reach(self, at: datetime) -> None:
        self._until = at if self._until is None else max(self._until, at)
