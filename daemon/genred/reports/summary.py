"""What the rows of one station come to over a period: one pass, in memory that does not grow with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genred.airplay.rows import Entry, GapRow, LoudnessRow
from genred.analysis.estimate import State
from genred.reports.clock_hours import ClockHours
from genred.reports.days import Days
from genred.reports.dead_air import DeadAirs
from genred.reports.hours import HoursOfPeriod
from genred.reports.loudness import MeasuredLoudness
from genred.reports.outages import Outages
from genred.reports.pieces import Cutter
from genred.reports.plays import Plays
from genred.reports.runs import LongestRuns
from genred.reports.shares import TimeShares
from genred.reports.strips import StripDrawing

if TYPE_CHECKING:
    from collections.abc import Iterable

    from genred.airplay.rows import ReportedRow
    from genred.reports.hours import Hour
    from genred.reports.period import Period
    from genred.reports.pieces import Piece

_MODELS = 20


class PeriodRows:
    """Cuts rows to a period, and makes outages of what was not analysed.

    Args:
        period: What lies outside of it is left out.
    """

    def __init__(self, period: Period) -> None:
        self._cutter = Cutter(period)
        self.outages = Outages(self._on_outage)

    def take(self, rows: Iterable[ReportedRow]) -> None:
        """Takes all rows, in order of their beginnings."""
        for row in rows:
            if isinstance(row, Entry):
                piece = self._cutter.piece(row)
                if piece is not None:
                    self._add(piece)
                    if row.state is State.OFFLINE:
                        self.outages.add(piece.start_s, piece.end_s, piece.seconds, row.cause)
            elif isinstance(row, GapRow):
                span = self._cutter.span(row)
                if span is not None:
                    self.outages.add(span[0], span[1], row.seconds * span[2], row.cause)
            elif isinstance(row, LoudnessRow):
                self._on_loudness(row)
        self._finish()

    def _add(self, piece: Piece) -> None:
        raise NotImplementedError

    def _on_outage(self, start_s: float, end_s: float, seconds: float) -> None:
        pass

    def _on_loudness(self, row: LoudnessRow) -> None:
        pass

    def _finish(self) -> None:
        self.outages.finish()


class Totals(PeriodRows):
    """What can be compared between two periods.

    Args:
        period: What lies outside of it is left out.
    """

    def __init__(self, period: Period) -> None:
        super().__init__(period)
        self.shares = TimeShares()
        self.dead_air = DeadAirs()
        self.loudness = MeasuredLoudness(period)

    @property
    def analysed_s(self) -> float:
        """Logged time without the outages."""
        return max(0.0, self.shares.logged_s - self.outages.seconds)

    @property
    def availability(self) -> float | None:
        """The share of the logged time that was analysed; None where nothing was logged."""
        return self.analysed_s / self.shares.logged_s if self.shares.logged_s else None

    def _add(self, piece: Piece) -> None:
        self.shares.add(piece)
        self.dead_air.add(piece)

    def _on_loudness(self, row: LoudnessRow) -> None:
        self.loudness.add(row)

    def _finish(self) -> None:
        super()._finish()
        self.dead_air.finish()


class PeriodSummary(Totals):
    """All that a report needs of one station.

    Args:
        period: What lies outside of it is left out.
        hours: Of the period, where they are at hand.
    """

    def __init__(self, period: Period, hours: HoursOfPeriod | None = None) -> None:
        super().__init__(period)
        self._hours = hours or HoursOfPeriod(period)
        self._hour: Hour | None = None
        self._hour_start_s = self._hour_end_s = 0.0
        self.runs = LongestRuns()
        self.plays = Plays()
        self.strips = StripDrawing(period, self._hours)
        self.days = Days(self._hours)
        self.clock = ClockHours()
        self.models: list[str] = []
        self.logged_since_s: float | None = None
        self.logged_until_s = 0.0

    def _add(self, piece: Piece) -> None:
        super()._add(piece)
        self.runs.add(piece)
        self.plays.add(piece)
        model = piece.entry.model
        if model is not None and model.name not in self.models and len(self.models) < _MODELS:
            self.models.append(model.name)
        if self.logged_since_s is None:
            self.logged_since_s = piece.start_s
        self.logged_until_s = piece.end_s
        self._add_to_hours(piece)

    def _add_to_hours(self, piece: Piece) -> None:
        if self._hour is None or self._hour_end_s <= piece.start_s:
            self._move_to(piece.start_s)
        if piece.end_s <= self._hour_end_s:
            self._add_to_hour(piece)
            return
        start_s = piece.start_s
        while start_s < piece.end_s:
            end_s = min(piece.end_s, self._hour_end_s)
            self._add_to_hour(piece.part(start_s, end_s))
            if end_s < piece.end_s:
                self._move_to(end_s)
            start_s = end_s

    def _move_to(self, at_s: float) -> None:
        self._hour = self._hours.at(at_s)
        self._hour_start_s, self._hour_end_s = self._hour.started_at.timestamp(), self._hour.ended_at.timestamp()

    def _add_to_hour(self, piece: Piece) -> None:
        assert self._hour is not None  # noqa: S101 - it is moved to before
        hour, hour_start_s = self._hour, self._hour_start_s
        self.clock.add(hour, piece)
        self.days.add(hour.day, piece)
        self.strips.add(hour, piece.start_s - hour_start_s, piece.end_s - hour_start_s, piece.on_air)

    def _on_outage(self, start_s: float, end_s: float, seconds: float) -> None:
        self.days.unavailable(start_s, end_s, seconds)
