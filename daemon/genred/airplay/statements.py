"""The statements by which rows go into the log's tables, and their values."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from genred.airplay.spans import TIME_COLUMNS, insertion, time_values
from genred.airplay.times import to_us

if TYPE_CHECKING:
    from genred.airplay.recording_rows import RecordingGapRow
    from genred.airplay.rows import Entry, GapRow, Run, TitleSpan

SHARE_DECIMALS = 4
"""Of the mean probabilities: an entry of an hour has more of them right than a report's three."""

_ENTRY = (
    "state, genre, confidence, least_confidence, probabilities, level_dbfs, loudness_lufs, loudness_range_lu, "
    "true_peak_dbtp, title, artist, song, model_id, reports, cause"
)
ENTRY_COLUMNS = f"{TIME_COLUMNS}, {_ENTRY}"
INSERT_ENTRY = insertion("entries", _ENTRY, "REPLACE")
INSERT_OPEN = insertion("open_entries", _ENTRY, "ABORT")
CLOSE_OPEN = (
    f"INSERT OR IGNORE INTO entries (station_id, run_id, {ENTRY_COLUMNS}) "
    f"SELECT station_id, run_id, {ENTRY_COLUMNS} FROM open_entries WHERE ended_us > started_us"
)
INSERT_GAP = insertion("gaps", "cause")
INSERT_TITLE = insertion("titles", "title, artist, song", "REPLACE")
INSERT_STEP = "INSERT OR IGNORE INTO clock_steps (run_id, at_us, seconds, suspended) VALUES (?, ?, ?, ?)"

LAST_ENDED = (
    "SELECT ended_us FROM entries WHERE station_id = (SELECT id FROM stations WHERE (node, station) = (?, ?)) "
    "ORDER BY started_us DESC LIMIT 1"
)
PUT_RUN = (
    "INSERT INTO runs (run, node, started_us, seen_us, version, configuration_sha256, ended) "
    "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (node, run) DO UPDATE SET seen_us = excluded.seen_us, "
    "ended = excluded.ended, configuration_sha256 = excluded.configuration_sha256"
)
PUT_STATION = (
    "INSERT INTO stations (node, station, name, time_zone) VALUES (?, ?, ?, ?) "
    "ON CONFLICT DO UPDATE SET name = excluded.name, time_zone = excluded.time_zone"
)


def entry_values(entry: Entry, model_id: int | None) -> tuple[object, ...]:
    """What an entry's own columns hold."""
    loudness = entry.loudness
    shares = json.dumps([round(share, SHARE_DECIMALS) for share in entry.probabilities], separators=(",", ":"))
    return (
        *time_values(entry),
        entry.state.value,
        entry.genre,
        entry.confidence,
        entry.least_confidence,
        shares if entry.probabilities else None,
        entry.level_dbfs,
        loudness.integrated_lufs if loudness else None,
        loudness.range_lu if loudness else None,
        loudness.true_peak_dbtp if loudness else None,
        entry.title,
        entry.artist,
        entry.song,
        model_id,
        entry.reports,
        None if entry.cause is None else entry.cause.value,
    )


def gap_values(gap: GapRow | RecordingGapRow | Entry) -> tuple[object, ...]:
    """What a gap's own columns hold; an entry may be one."""
    return (*time_values(gap), None if gap.cause is None else gap.cause.value)


def title_values(span: TitleSpan) -> tuple[object, ...]:
    """What a title's own columns hold."""
    return (*time_values(span), span.title, span.artist, span.song)


def run_values(run: Run) -> tuple[object, ...]:
    """What a run's columns hold."""
    return (
        run.run,
        run.node,
        to_us(run.started_at),
        to_us(run.seen_at),
        run.version,
        run.configuration_sha256,
        run.ended,
    )
