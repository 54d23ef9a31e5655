"""The events of all stations, folded into what is to be written next; the part of the output that knows no disk."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import genred
from genred.airplay.entries import LogEnding, StationFold
from genred.airplay.log_clock import LogClock
from genred.airplay.loudness import LoudnessFold
from genred.airplay.recordings import RecordingFold, is_of_recording
from genred.airplay.rows import Batch, Run
from genred.cause import Cause
from genred.events import LoudnessMeasured

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from genred.airplay.rows import LogRow
    from genred.clock import Moment
    from genred.events import Event

MAX_ROWS = 20_000
"""Rows that wait while the log cannot be written, about ten megabytes: hours of dozens of stations."""


class Journal:
    """Folds events as they come, from any thread, and gives what has become of them.

    Args:
        node: Id of this machine.
        now: The start of the daemon.
        configuration_sha256: For the row of its run.
        not_before: The latest time that the log holds; None where it is empty or not known.
        endings: Where the log of each station ends, as far as known.
        recorded: How far each station was recorded, likewise.
        after_boot: See `LogClock`.

    Attributes:
        dropped: Rows given up since the start, as too many waited.
    """

    def __init__(
        self,
        node: str,
        now: Moment,
        *,
        configuration_sha256: str = "",
        not_before: datetime | None = None,
        endings: Mapping[str, LogEnding] | None = None,
        recorded: Mapping[str, datetime] | None = None,
        after_boot: bool = False,
    ) -> None:
        self.dropped = 0
        self._lock = threading.Lock()
        self._clock = LogClock(now.run, not_before, after_boot=after_boot)
        self._endings = dict(endings or {})
        self._folds: dict[str, StationFold] = {}
        self._recorded = dict(recorded or {})
        self._recordings: dict[str, RecordingFold] = {}
        self._loudness: dict[str, LoudnessFold] = {}
        self._rows: list[LogRow] = []
        self._observe(now, 0.0)
        started_at = self._clock.at(now.monotonic_s)
        self._run = Run(
            run=now.run,
            node=node,
            started_at=started_at,
            seen_at=started_at,
            version=genred.__version__,
            configuration_sha256=configuration_sha256,
        )

    def handle(self, event: Event, suspended_s: float = 0.0) -> None:
        """Takes an event of any station.

        Args:
            event: Those of a station in their order.
            suspended_s: For how long the machine has slept since it was started.

        A station that is no more may still say its last, where its source hung for longer than was waited: only its
        recording ends with that.
        """
        with self._lock:
            self._observe(event.at, suspended_s)
            if is_of_recording(event):
                self._recording(event.station).handle(event)
            elif event.station in self._folds:
                self._fold(event.station).handle(event)
                if isinstance(event, LoudnessMeasured):
                    self._loudness_of(event.station).handle(event)

    def update(self, stations: Mapping[str, str], now: Moment) -> None:
        """Takes the stations as they are from now on: the time of new ones begins, that of removed ones ends.

        Args:
            stations: The SHA-256 of each one's model, empty where it is not known.
            now: When.
        """
        with self._lock:
            self._observe(now, 0.0)
            for name in self._folds.keys() - stations.keys():
                fold = self._folds.pop(name)
                fold.close(now.monotonic_s)
                self._endings[name] = LogEnding(self._clock.at(now.monotonic_s), Cause.NOT_CONFIGURED)
                if name in self._loudness:
                    self._loudness.pop(name).finish()
            for name, digest in stations.items():
                fold = self._fold(name)
                fold.model_sha256 = digest
                fold.begin(now)

    def take(self, now: Moment, suspended_s: float = 0.0) -> tuple[Run, Batch]:
        """Gives all that is to be written, and keeps nothing of it but what is on air."""
        with self._lock:
            self._observe(now, suspended_s)
            self._run = replace(self._run, seen_at=self._clock.at(now.monotonic_s))
            for loudness in self._loudness.values():
                loudness.write(self._run.seen_at)
            rows, self._rows = self._rows, []
            on_air = {name: fold.open_entry for name, fold in self._folds.items()}
            return self._run, Batch(rows, {name: entry for name, entry in on_air.items() if entry is not None})

    def give_back(self, batch: Batch) -> None:
        """Takes back the rows of a batch that could not be written; the oldest are given up when there are too many."""
        with self._lock:
            self._rows[:0] = batch.rows
            self._bound()

    def ahead_s(self, now: Moment) -> float:
        """How far the log's time is ahead of the wall clock."""
        with self._lock:
            return self._clock.ahead_s(now.monotonic_s)

    def end_log(self, now: Moment) -> None:
        """Ends the time of all stations in this log, as another one will be begun."""
        with self._lock:
            self._close_folds(now)

    def begin_log(self, now: Moment) -> None:
        """Begins the time of all stations in an empty log, by the wall clock as it stands."""
        with self._lock:
            self._clock = LogClock(now.run)
            self._clock.observe(now)
            self._endings.clear()
            self._recordings.clear()
            self._loudness.clear()
            self._recorded.clear()
            # Of events that came since the old log ended; in its time, they would keep the new one closed until then.
            self._rows.clear()
            started_at = self._clock.at(now.monotonic_s)
            self._run = replace(self._run, started_at=started_at, seen_at=started_at)
            hashes = {name: fold.model_sha256 for name, fold in self._folds.items()}
            self._folds.clear()
            for name, digest in hashes.items():
                fold = self._fold(name)
                fold.model_sha256 = digest
                fold.begin(now)

    @property
    def waiting(self) -> int:
        """Rows that wait to be written."""
        with self._lock:
            return len(self._rows)

    def close(self, now: Moment) -> None:
        """Ends the time of all stations and the run."""
        with self._lock:
            self._observe(now, 0.0)
            self._close_folds(now)
            self._run = replace(self._run, ended="stopped")

    def _close_folds(self, now: Moment) -> None:
        for fold in self._folds.values():
            fold.close(now.monotonic_s)
        for loudness in self._loudness.values():
            loudness.finish()

    def _loudness_of(self, station: str) -> LoudnessFold:
        fold = self._loudness.get(station)
        if fold is None:
            fold = self._loudness[station] = LoudnessFold(station, self._clock, self._keep)
        return fold

    def _fold(self, station: str) -> StationFold:
        fold = self._folds.get(station)
        if fold is None:
            fold = StationFold(station, self._clock, self._keep, before=self._endings.pop(station, None))
            self._folds[station] = fold
        return fold

    def _recording(self, station: str) -> RecordingFold:
        fold = self._recordings.get(station)
        if fold is None:
            fold = RecordingFold(station, self._clock, self._keep, self._recorded.pop(station, None))
            self._recordings[station] = fold
        return fold

    def _observe(self, now: Moment, suspended_s: float) -> None:
        jump = self._clock.observe(now, suspended_s)
        if jump is None:
            return
        self._keep(jump.step)
        for fold in self._folds.values():
            fold.jump(jump)

    def _keep(self, row: LogRow) -> None:
        self._rows.append(row)
        self._bound()

    def _bound(self) -> None:
        excess = len(self._rows) - MAX_ROWS
        if excess > 0:
            del self._rows[:excess]
            self.dropped += excess
