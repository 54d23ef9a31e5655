"""The tables of the airplay log, and how an older log becomes one of today's. docs/airplay.md describes them.

Times are whole microseconds since 1970-01-01 UTC, which sort, subtract and index; the views give them as ISO 8601.
"""

from __future__ import annotations

from genred.airplay.database import DatabaseKind
from genred.airplay.loudness_table import TABLE as LOUDNESS_TABLE
from genred.airplay.recording_tables import TABLES as RECORDING_TABLES
from genred.airplay.spans import SPAN, TIMES

_ENTRY_COLUMNS = """
    state TEXT NOT NULL CHECK (state IN ('offline', 'silence', 'speech', 'uncertain', 'music')),
    genre TEXT,
    confidence REAL,
    least_confidence REAL,
    probabilities TEXT,
    level_dbfs REAL,
    loudness_lufs REAL,
    loudness_range_lu REAL,
    true_peak_dbtp REAL,
    title TEXT,
    artist TEXT,
    song TEXT,
    model_id INTEGER REFERENCES models (id),
    reports INTEGER NOT NULL DEFAULT 0,
    cause TEXT"""

_VERSION_1 = f"""
CREATE TABLE stations (
    id INTEGER PRIMARY KEY,
    node TEXT NOT NULL,
    station TEXT NOT NULL,
    name TEXT NOT NULL DEFAULT '',
    time_zone TEXT,
    UNIQUE (node, station)
) STRICT;
CREATE TABLE models (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    labels TEXT NOT NULL,
    UNIQUE (name, sha256, labels)
) STRICT;
CREATE TABLE runs (
    id INTEGER PRIMARY KEY,
    run TEXT NOT NULL,
    node TEXT NOT NULL,
    started_us INTEGER NOT NULL,
    seen_us INTEGER NOT NULL,
    version TEXT NOT NULL,
    configuration_sha256 TEXT NOT NULL,
    ended TEXT NOT NULL CHECK (ended IN ('running', 'stopped', 'killed')),
    UNIQUE (node, run)
) STRICT;
CREATE TABLE entries ({SPAN}{_ENTRY_COLUMNS},
    UNIQUE (station_id, started_us),
    CHECK (ended_us >= started_us)
) STRICT;
CREATE TABLE open_entries (
    station_id INTEGER PRIMARY KEY REFERENCES stations (id),
    run_id INTEGER NOT NULL REFERENCES runs (id),{TIMES}{_ENTRY_COLUMNS}
) STRICT;
CREATE TABLE gaps ({SPAN}
    cause TEXT NOT NULL,
    UNIQUE (station_id, started_us, ended_us, cause)
) STRICT;
CREATE TABLE titles ({SPAN}
    title TEXT NOT NULL,
    artist TEXT,
    song TEXT,
    UNIQUE (station_id, started_us, title)
) STRICT;
CREATE TABLE clock_steps (
    id INTEGER PRIMARY KEY,
    run_id INTEGER NOT NULL REFERENCES runs (id),
    at_us INTEGER NOT NULL,
    seconds REAL NOT NULL,
    suspended INTEGER NOT NULL,
    UNIQUE (run_id, at_us)
) STRICT;
{RECORDING_TABLES}
CREATE VIEW all_entries AS
    SELECT id, station_id, run_id, started_us, ended_us, seconds, state, genre, confidence, least_confidence,
        probabilities, level_dbfs, loudness_lufs, loudness_range_lu, true_peak_dbtp, title, artist, song, model_id,
        reports, cause
    FROM entries
    UNION ALL
    SELECT NULL, station_id, run_id, started_us, ended_us, seconds, state, genre, confidence, least_confidence,
        probabilities, level_dbfs, loudness_lufs, loudness_range_lu, true_peak_dbtp, title, artist, song, model_id,
        reports, cause
    FROM open_entries;
CREATE VIEW airplay AS
    SELECT entry.id, node, station,
        strftime('%Y-%m-%dT%H:%M:%S', started_us / 1000000, 'unixepoch')
            || printf('.%06dZ', started_us % 1000000) AS started_at,
        strftime('%Y-%m-%dT%H:%M:%S', ended_us / 1000000, 'unixepoch')
            || printf('.%06dZ', ended_us % 1000000) AS ended_at,
        seconds, state, genre, confidence, least_confidence, probabilities, title, artist, song, level_dbfs,
        loudness_lufs, loudness_range_lu, true_peak_dbtp, cause AS gap_cause, models.name AS model,
        models.sha256 AS model_sha256, models.labels AS labels
    FROM all_entries AS entry
    JOIN stations ON stations.id = entry.station_id
    LEFT JOIN models ON models.id = entry.model_id;
"""

LOG = DatabaseKind(
    name="airplay log",
    application_id=0x67656E72,  # `genr`
    migrations=(_VERSION_1, LOUDNESS_TABLE),
    elsewhere="airplay.file",
    gives_pages_back=True,
)

LOUDNESS_SINCE = 2
"""Version from which on a log has loudness by the quarter of an hour; what is only read stays of its version."""
