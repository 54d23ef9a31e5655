"""The figures of one day of a station, and nothing else of it: they are made often, or of many days."""

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
    from genred.reports.days import ReportedDay
    from genred.reports.period import Period
    from genred.reports.pieces import Piece


def daily_figures(rows: Iterable[ReportedRow], now: datetime, zone: tzinfo) -> DayFigures:
    """Sums up a station's day.

    Args:
        rows: Of one station, in order of their beginnings; what lies outside of [midnight, now) is left out.
        now: Aware.
        zone: Of the station.
    """
    return _summed_up(rows, day(now.astimezone(zone).date(), zone).up_to(now)).only()


def day_figures(rows: Iterable[ReportedRow], period: Period) -> ReportedDay:
    """Sums up a day as reports show it, without its loudness.

    Args:
        rows: Of one station, in order of their beginnings; what lies outside of the period is left out.
        period: The day, or its beginning.
    """
    (figures,) = _summed_up(rows, period).figures()
    return figures


def _summed_up(rows: Iterable[ReportedRow], period: Period) -> Days:
    summary = _DayRows(period)
    summary.take(rows)
    return summary.days


class _DayRows(PeriodRows):
    def __init__(self, period: Period) -> None:
        super().__init__(period)
        self.days = Days(HoursOfPeriod(period))
        self._of = period.first_day

    def _add(self, piece: Piece) -> None:
        self.days.add(self._of, piece)

    def _on_outage(self, start_s: float, end_s: float, seconds: float) -> None:
        self.days.unavailable(start_s, end_s, seconds)
