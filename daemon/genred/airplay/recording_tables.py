"""Where the index of recordings lies in the log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genred.airplay.spans import SPAN, insertion, time_values
from genred.airplay.times import to_us

if TYPE_CHECKING:
    from genred.airplay.recording_rows import RecordingMark, RecordingRow

TABLES = f"""
CREATE TABLE recordings ({SPAN}
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
CREATE TABLE recording_gaps ({SPAN}
    cause TEXT NOT NULL,
    UNIQUE (station_id, started_us, ended_us, cause)
) STRICT;
"""
"""Part of the log's first version."""

PUT_RECORDING = (
    insertion("recordings", "folder, file, codec, rate_hz, channels, copied, size_bytes, complete, cause", "ABORT")
    + " ON CONFLICT (station_id, folder, file) DO UPDATE SET ended_us = excluded.ended_us, seconds = excluded.seconds, "
    "size_bytes = excluded.size_bytes, complete = excluded.complete, cause = excluded.cause"
)
PUT_MARK = (
    "INSERT OR REPLACE INTO recording_marks (recording_id, media_us, at_us, size_bytes) "
    "SELECT id, ?, ?, ? FROM recordings WHERE station_id = ? AND file = ? ORDER BY started_us DESC LIMIT 1"
)
PUT_GAP = insertion("recording_gaps", "cause")
CLOSE_RECORDINGS = (
    "UPDATE recordings SET complete = 1, cause = 'not_running', "
    "ended_us = max(ended_us, coalesce((SELECT max(at_us) FROM recording_marks WHERE recording_id = id), 0)), "
    "seconds = coalesce((SELECT max(media_us) / 1e6 FROM recording_marks WHERE recording_id = id), seconds) "
    "WHERE complete = 0 AND station_id IN (SELECT id FROM stations WHERE node = ?)"
)
"""What a run that was killed has left open."""

_STATION = "(SELECT id FROM stations WHERE (node, station) = (?1, ?2))"

RECORDED_UNTIL = (
    f"SELECT max(until) FROM (SELECT max(ended_us) AS until FROM recordings WHERE station_id = {_STATION} "
    f"UNION ALL SELECT max(ended_us) FROM recording_gaps WHERE station_id = {_STATION})"
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


def recording_values(row: RecordingRow) -> tuple[object, ...]:
    """What a recording's own columns hold."""
    return (
        *time_values(row),
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
