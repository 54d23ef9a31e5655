"""The index of recordings: events to rows, and where the rows lie in the log.

The index is made of events alone. What a process that was killed could not tell is told by its marks: a recording
reaches to the last of them at least.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeGuard

from genred.airplay.recording_rows import RecordingGapRow, RecordingMark, RecordingRow
from genred.airplay.times import from_us, to_us
from genred.cause import Cause
from genred.events import RecordingEnded, RecordingGap, RecordingProgress, RecordingStarted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from genred.airplay.log_clock import LogClock
    from genred.airplay.recording_rows import RecordingRows
    from genred.events import Event

RecordingEvent = RecordingStarted | RecordingProgress | RecordingEnded | RecordingGap

LEAST_GAP = timedelta(seconds=0.5)
"""As of a recording within one run: less is the jitter of the network."""

TABLES = """
CREATE TABLE recordings (
    id INTEGER PRIMARY KEY,
    station_id INTEGER NOT NULL REFERENCES stations (id),
    run_id INTEGER NOT NULL REFERENCES runs (id),
    started_us INTEGER NOT NULL,
    ended_us INTEGER NOT NULL,
    seconds REAL NOT NULL CHECK (seconds >= 0),
    folder TEXT NOT NULL,
    file TEXT NOT NULL,
    codec TEXT NOT NULL,
    rate_hz INTEGER NOT NULL,
    channels INTEGER NOT NULL,
    copied INTEGER NOT NULL,
    size_bytes INTEGER NOT NULL,
    complete INTEGER NOT NULL,
    cause TEXT,
    UNIQUE (station_id, folder, file)
) STRICT;
CREATE INDEX recordings_by_time ON recordings (station_id, started_us);
CREATE TABLE recording_marks (
    recording_id INTEGER NOT NULL REFERENCES recordings (id),
    media_us INTEGER NOT NULL,
    at_us INTEGER NOT NULL,
    size_bytes INTEGER NOT NULL,
    PRIMARY KEY (recording_id, media_us)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER recordings_deleted AFTER DELETE ON recordings BEGIN
    DELETE FROM recording_marks WHERE recording_id = OLD.id;
END;
CREATE TABLE recording_gaps (
    id INTEGER PRIMARY KEY,
    station_id INTEGER NOT NULL REFERENCES stations (id),
    run_id INTEGER NOT NULL REFERENCES runs (id),
    started_us INTEGER NOT NULL,
    ended_us INTEGER NOT NULL,
    seconds REAL NOT NULL CHECK (seconds >= 0),
    cause TEXT NOT NULL,
    UNIQUE (station_id, started_us, ended_us, cause)
) STRICT;
"""
"""Part of the log's first version."""

PUT_RECORDING = (
    "INSERT INTO recordings (station_id, run_id, started_us, ended_us, seconds, folder, file, codec, rate_hz, "
    "channels, copied, size_bytes, complete, cause) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
    "ON CONFLICT (station_id, folder, file) DO UPDATE SET ended_us = excluded.ended_us, seconds = excluded.seconds, "
    "size_bytes = excluded.size_bytes, complete = excluded.complete, cause = excluded.cause"
)
PUT_MARK = (
    "INSERT OR REPLACE INTO recording_marks (recording_id, media_us, at_us, size_bytes) "
    "SELECT id, ?, ?, ? FROM recordings WHERE station_id = ? AND file = ? ORDER BY id DESC LIMIT 1"
)
PUT_GAP = (
    "INSERT OR IGNORE INTO recording_gaps (station_id, run_id, started_us, ended_us, seconds, cause) "
    "VALUES (?, ?, ?, ?, ?, ?)"
)
CLOSE_RECORDINGS = (
    "UPDATE recordings SET complete = 1, cause = 'not_running', "
    "ended_us = max(ended_us, coalesce((SELECT max(at_us) FROM recording_marks WHERE recording_id = id), 0)), "
    "seconds = coalesce((SELECT max(media_us) / 1e6 FROM recording_marks WHERE recording_id = id), seconds) "
    "WHERE complete = 0 AND station_id IN (SELECT id FROM stations WHERE node = ?)"
)
"""What a run that was killed has left open."""

RECORDED_UNTIL = (
    "SELECT max(ended_us) FROM (SELECT ended_us, station_id FROM recordings UNION ALL "
    "SELECT ended_us, station_id FROM recording_gaps) "
    "WHERE station_id = (SELECT id FROM stations WHERE (node, station) = (?, ?))"
)

LONGEST_RECORDING_US = 2 * 3_600 * 1_000_000
"""Files are found by their start; an hour is their length, as far as the wall clock goes right."""

_NOT_MARKED_US = 60 * 1_000_000
"""So long may a file go on behind what is known of it."""

SELECT_RECORDINGS = (
    "SELECT recordings.id, runs.run, recordings.started_us, recordings.ended_us, seconds, folder, file, codec, "
    "rate_hz, channels, copied, size_bytes, complete, cause FROM recordings JOIN runs ON runs.id = run_id "
    "WHERE station_id = ? AND recordings.started_us < ? AND recordings.started_us > ? "
    f"AND (NOT complete OR recordings.ended_us > ? - {_NOT_MARKED_US}) ORDER BY recordings.started_us, recordings.id"
)
SELECT_MARKS = "SELECT media_us, at_us, size_bytes FROM recording_marks WHERE recording_id = ? ORDER BY media_us"


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


def recording_values(row: RecordingRow) -> tuple[object, ...]:
    """What a recording's own columns hold."""
    return (
        to_us(row.started_at),
        to_us(row.ended_at),
        row.seconds,
        row.folder,
        row.file,
        row.codec,
        row.rate_hz,
        row.channels,
        int(row.copied),
        row.size_bytes,
        int(row.complete),
        None if row.cause is None else row.cause.value,
    )


def mark_values(mark: RecordingMark, station_id: int) -> tuple[object, ...]:
    """What `PUT_MARK` needs."""
    return (round(mark.media_s * 1e6), to_us(mark.at), mark.size_bytes, station_id, mark.file)


def read_recording(
    station: str, row: tuple[Any, ...], marks: Iterable[tuple[int, int, int]]
) -> tuple[RecordingRow, tuple[RecordingMark, ...]]:
    """Makes a recording and its index of what the log holds of them.

    Args:
        station: The station's id.
        row: Of `SELECT_RECORDINGS`.
        marks: Of `SELECT_MARKS`.
    """
    _, run, started_us, ended_us, seconds, folder, file, codec, rate_hz, channels, copied, size, complete, cause = row
    index = tuple(
        RecordingMark(station=station, file=file, at=from_us(at_us), media_s=media_us / 1e6, size_bytes=size_bytes)
        for media_us, at_us, size_bytes in marks
    )
    recording = RecordingRow(
        station=station,
        run=run,
        started_at=from_us(started_us),
        ended_at=from_us(ended_us),
        seconds=seconds,
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
