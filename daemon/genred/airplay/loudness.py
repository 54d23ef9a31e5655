"""The loudness of a station by the quarter of an hour: events to rows, and rows to what the log holds of them.

Loudness does not add up, but its histograms do: from those of quarters that of any hour or day is known. A quarter of
an hour is a part of the hour in every time zone that there is.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from genred.airplay.rows import LoudnessRow
from genred.airplay.spans import time_values
from genred.airplay.times import from_us, to_us
from genred.audio.loudness import READING_S, LoudnessSums

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from genred.airplay.log_clock import LogClock
    from genred.events import LoudnessMeasured

QUARTER_US = 900 * 1_000_000

WRITTEN_EVERY_S = 60.0
"""How often the quarter that goes on is written: what a kill loses of it at most. Its row is a kilobyte or two, too
much for each commit to an SD card."""


class LoudnessFold:
    """Folds what was measured of one station into a row for each quarter of an hour.

    Args:
        station: The station's id.
        clock: Of the log; every event's moment has been observed by it.
        emit: Takes each row; one that goes on is given again as it grows.
    """

    def __init__(self, station: str, clock: LogClock, emit: Callable[[LoudnessRow], None]) -> None:
        self._station = station
        self._clock = clock
        self._emit = emit
        self._run = ""
        self._sums = LoudnessSums()
        self._started_us = 0
        self._ended_us = 0
        self._written_us: int | None = None

    def handle(self, event: LoudnessMeasured) -> None:
        """Takes the next event of the station."""
        at_us = to_us(self._clock.at(event.at.monotonic_s))
        began_us = at_us - round(len(event.readings) * READING_S * 1e6)
        if self._sums.readings and (at_us // QUARTER_US != self._ended_us // QUARTER_US or event.at.run != self._run):
            self.finish()
        if not self._sums.readings:
            quarter_us = at_us - at_us % QUARTER_US
            self._run, self._started_us = event.at.run, max(began_us, self._ended_us, quarter_us)
        self._ended_us = max(at_us, self._started_us)
        self._sums.add(event.readings)

    def write(self, now: datetime) -> None:
        """Gives the row of the quarter that goes on, where it was not given for a while."""
        now_us = to_us(now)
        if self._written_us is None or now_us - self._written_us >= WRITTEN_EVERY_S * 1e6:
            self._written_us = now_us
            self._give()

    def finish(self) -> None:
        """Ends the quarter that goes on."""
        self._give()
        self._sums = LoudnessSums()

    def _give(self) -> None:
        sums = self._sums
        if not sums.readings:
            return
        self._emit(
            LoudnessRow(
                station=self._station,
                run=self._run,
                started_at=from_us(self._started_us),
                ended_at=from_us(self._ended_us),
                seconds=round(sums.readings * READING_S, 1),
                true_peak_dbtp=sums.true_peak_dbtp,
                momentary=tuple(sorted(sums.momentary.items())),
                short_term=tuple(sorted(sums.short_term.items())),
            )
        )


def loudness_values(row: LoudnessRow) -> tuple[object, ...]:
    """What a row's own columns hold."""
    sums = LoudnessSums()
    sums.merge(row.momentary, row.short_term, row.true_peak_dbtp)
    value = sums.value
    return (
        *time_values(row),
        None if value is None else value.integrated_lufs,
        None if value is None else value.range_lu,
        row.true_peak_dbtp,
        json.dumps(row.momentary, separators=(",", ":")),
        json.dumps(row.short_term, separators=(",", ":")),
    )
