"""The figures of a station's day so far, from midnight on its clocks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genred.reports.period import day
from genred.reports.summary import PeriodSummary

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime, tzinfo

    from genred.airplay.rows import ReportedRow
    from genred.day_figures import DayFigures


def daily_figures(rows: Iterable[ReportedRow], now: datetime, zone: tzinfo) -> DayFigures:
    """Sums up a station's day.

    Args:
        rows: Of one station, in order of their beginnings; what lies outside of [midnight, now) is left out.
        now: Aware.
        zone: Of the station.
    """
    summary = PeriodSummary(day(now.astimezone(zone).date(), zone).up_to(now))
    summary.take(rows)
    return summary.days.last()
