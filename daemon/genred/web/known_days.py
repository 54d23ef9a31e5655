"""The figures of days, kept once they are over: a calendar of a month is read over and over."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from genred.reports import period as periods
from genred.reports.daily import day_figures
from genred.reports.report import in_order
from genred.web.log import BoundedLog

if TYPE_CHECKING:
    from genred.airplay.logged import LoggedStation
    from genred.airplay.query import AirplayLog
    from genred.reports.days import ReportedDay
    from genred.reports.period import Period

_SETTLED_AFTER = timedelta(hours=1)
"""What is missing in a day is told of when it ends. What was on air is settled when something of a later day is: a
daemon that did not run says so when it runs again."""

_MOST_KEPT = 4_000
"""Days of all stations, about a kilobyte each."""


class KnownDays:
    """Days as the log has them. To be used by one thread at a time."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str, str, date], ReportedDay] = {}

    def of(self, log: AirplayLog, station: LoggedStation, period: Period, now: datetime) -> list[ReportedDay]:
        """Gives the days of a period, as far as it has passed and the log reaches back.

        Args:
            log: Open.
            station: Of it.
            period: Whole days.
            now: Aware.

        Raises:
            TooMuchError: A day has too many rows.
        """
        extent = log.extent(station)
        if extent is None:
            return []
        first = max(period.first_day, extent[0].astimezone(period.zone).date())
        last = min(period.last_day, now.astimezone(period.zone).date())
        count = (last - first).days + 1
        return [
            self._day(log, station, periods.day(first + timedelta(days=index), period.zone), now, extent[1])
            for index in range(count)
        ]

    def _day(
        self, log: AirplayLog, station: LoggedStation, day: Period, now: datetime, newest: datetime
    ) -> ReportedDay:
        zone = periods.zone_name(day.zone, day.since)
        key = (station.node, station.station, zone, day.first_day)
        if key in self._kept:
            return self._kept[key]
        passed, rows = day.up_to(now), BoundedLog(log)
        figures = day_figures(
            in_order(rows.entries(station, passed.since, passed.until), rows.gaps(station, passed.since, passed.until)),
            passed,
        )
        if day.until + _SETTLED_AFTER < now and day.until <= newest:
            if len(self._kept) >= _MOST_KEPT:
                self._kept.pop(next(iter(self._kept)))
            self._kept[key] = figures
        return figures
