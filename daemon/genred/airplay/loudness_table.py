"""Where the loudness of a station by the quarter of an hour lies in the log."""

from __future__ import annotations

import json
from typing import Any

from genred.airplay.spans import SPAN, insertion

TABLE = f"""
CREATE TABLE loudness ({SPAN}
    loudness_lufs REAL,
    loudness_range_lu REAL,
    true_peak_dbtp REAL NOT NULL,
    momentary TEXT NOT NULL,
    short_term TEXT NOT NULL,
    UNIQUE (station_id, started_us)
) STRICT;
"""

PUT_LOUDNESS = (
    insertion("loudness", "loudness_lufs, loudness_range_lu, true_peak_dbtp, momentary, short_term", "ABORT")
    + " ON CONFLICT (station_id, started_us) DO UPDATE SET ended_us = excluded.ended_us, seconds = excluded.seconds, "
    "loudness_lufs = excluded.loudness_lufs, loudness_range_lu = excluded.loudness_range_lu, "
    "true_peak_dbtp = excluded.true_peak_dbtp, momentary = excluded.momentary, short_term = excluded.short_term"
)


def read_histogram(text: str) -> tuple[tuple[int, int], ...]:
    """Gives a histogram as a row has it."""
    found: list[Any] = json.loads(text)
    return tuple((int(step), int(times)) for step, times in found)
