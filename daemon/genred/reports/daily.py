"""The figures of a station's day so far, from midnight on its clocks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genred.reports.days import Days
from genred.reports.hours import HoursOfPeriod
from genred.reports.period import day
from genred.reports.summary import PeriodRows

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime, tzinfo

    from genred.airplay.rows import ReportedRow
    from genred.day_figures import DayFigures
    from genred.reports.period import Period
    from genred.reports.pieces import Piece


def daily_figures(rows: Iterable[ReportedRow], now: datetime, zone: tzinfo) -> DayFigures:
    """Sums up a station's day.

    Args:
        rows: Of one station, in order of their beginnings; what lies outside of [midnight, now) is left out.
        now: Aware.
        zone: Of the station.
    """
    summary = _DayRows(day(now.astimezone(zone).date(), zone).up_to(now))
    summary.take(rows)
    return summary.figures()


class _DayRows(PeriodRows):
    """Only the day's own figures: they are made anew every few minutes, beside the analysis."""

    def __init__(self, period: Period) -> None:
        super().__init__(period)
        self._days = Days(HoursOfPeriod(period))
        self._of = period.first_day

    def figures(self) -> DayFigures:
        return self._days.only()

    def _add(self, piece: Piece) -> None:
        self._days.add(self._of, piece)

    def _on_outage(self, start_s: float, end_s: float, seconds: float) -> None:
        self._days.unavailable(start_s, end_s, seconds)
