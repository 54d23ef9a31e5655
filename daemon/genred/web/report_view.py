"""Reports and the days of a month, read from the airplay log."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import msgspec

from genred.printable import printable
from genred.reports import period as periods
from genred.reports import wording
from genred.reports.collect import common_zone, rows_of, station_keys
from genred.reports.days import DayFigures
from genred.reports.period import PeriodKind
from genred.reports.report import report_of
from genred.time_zones import machine_zone
from genred.web.log import BoundedLog, choose, opened

if TYPE_CHECKING:
    from datetime import tzinfo
    from pathlib import Path

    from genred.airplay.query import AirplayLog, LoggedStation
    from genred.reports.figures import Report
    from genred.web.known_days import KnownDays
    from genred.web.queries import ReportQuery


class MonthFigures(msgspec.Struct):
    """The days of a month, as far as it has passed.

    Attributes:
        station: Id, or node/id.
        month: As in 2026-11.
        time_zone: Of its days.
        days: In order.
    """

    station: str
    month: str
    time_zone: str
    days: list[DayFigures]


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """A day in the calendar.

    Attributes:
        number: Of the month.
        query: Of the page of its report; None where nothing was logged.
        text: What it shows, in words.
        share: Availability as it is shown.
        kind: Empty, `some` where a little is missing, `poor` where much is.
        is_chosen: Whether the page shows its report.
    """

    number: int
    query: str | None
    text: str
    share: str
    kind: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class ReportView:
    """All that the page of a report shows.

    Attributes:
        query: What was asked for, with all that was not.
        station: The chosen one's key.
        name: Its name.
        stations: Key and name of all.
        title: The period in words.
        today: On the station's clock.
        first: First day in the log; None where it has nothing of the station.
        last: Its last.
        is_empty: Whether nothing of the period is logged.
        kinds: Name and query of a day, a week, a month there.
        previous: Query of the period before.
        next: Of the period after; None where that is to come.
        document: Query of the report itself.
        api: Query of the report as JSON.
        month: The calendar's, in words.
        month_before: Query of the page whose calendar is the month before.
        month_after: Of the one after; None where that is to come.
        blanks: Days of the week before the month's first.
        calendar: Its days.
    """

    query: ReportQuery
    station: str
    name: str
    stations: list[tuple[str, str]]
    title: str
    today: date
    first: date | None
    last: date | None
    is_empty: bool
    kinds: list[tuple[str, str]]
    previous: str
    next: str | None
    document: str
    api: str
    month: str
    month_before: str
    month_after: str | None
    blanks: int
    calendar: list[CalendarDay]


_GOOD, _FAIR = 0.999, 0.95


def read_report(path: Path | None, query: ReportQuery, now: datetime | None = None) -> tuple[Report, tzinfo]:
    """Makes a report, and gives the zone of its times.

    Raises:
        AirplayError: The log cannot be read, or has no such station.
        TooMuchError: It has too many rows in that time.
    """
    now = now or datetime.now(UTC)
    with opened(path) as log:
        key, station = choose(log.stations(), query.station)
        zone = common_zone([station], machine_zone())
        period = query.period(zone, _newest(log, station, zone, now))
        return report_of([rows_of(BoundedLog(log), station, key, period)], period, now), zone


def read_month_figures(
    path: Path | None, days: KnownDays, station_name: str, month: date | None, now: datetime | None = None
) -> MonthFigures:
    """Reads the days of a month.

    Raises:
        AirplayError: The log cannot be read, or has no such station.
        TooMuchError: It has too many rows in that time.
    """
    now = now or datetime.now(UTC)
    with opened(path) as log:
        key, station = choose(log.stations(), station_name)
        zone = common_zone([station], machine_zone())
        day = month or now.astimezone(zone).date()
        period = periods.month(day, zone)
        found = days.of(log, station, period, now)
        return MonthFigures(key, f"{day:%Y-%m}", periods.zone_name(zone, period.since), found)


def read_report_view(path: Path | None, days: KnownDays, query: ReportQuery, now: datetime | None = None) -> ReportView:
    """Reads what the page of a report shows beside the report.

    Raises:
        AirplayError: The log cannot be read, or has no such station.
        TooMuchError: It has too many rows in that time.
    """
    now = now or datetime.now(UTC)
    with opened(path) as log:
        stations = log.stations()
        key, station = choose(stations, query.station)
        zone = common_zone([station], machine_zone())
        today = now.astimezone(zone).date()
        day = min(query.day or _newest(log, station, zone, now), today)
        query = replace(query, station=key, day=day)
        period = query.period(zone, day)
        month = day.replace(day=1)
        found = days.of(log, station, periods.month(day, zone), now)
        extent = log.extent(station)
        after = period.last_day + timedelta(days=1)
        next_month = (month + timedelta(days=31)).replace(day=1)
        return ReportView(
            query=query,
            station=key,
            name=printable(station.name[:200]),
            stations=[(one_key, printable(one.name[:200])) for one_key, one in station_keys(stations).items()],
            title=_title(period),
            today=today,
            first=extent[0].astimezone(zone).date() if extent else None,
            last=extent[1].astimezone(zone).date() if extent else None,
            is_empty=next(log.entries(station, period.since, period.until), None) is None,
            kinds=[
                (kind.value, as_query(replace(query, kind=kind)))
                for kind in (PeriodKind.DAY, PeriodKind.WEEK, PeriodKind.MONTH)
            ],
            previous=as_query(replace(query, day=period.before().first_day)),
            next=as_query(replace(query, day=after)) if after <= today else None,
            document=as_query(query),
            api=urlencode({query.kind.value: day.isoformat()}),
            month=wording.month(month),
            month_before=as_query(replace(query, day=(month - timedelta(days=1)).replace(day=1))),
            month_after=as_query(replace(query, day=next_month)) if next_month <= today else None,
            blanks=month.weekday(),
            calendar=_calendar(found, query, next_month),
        )


def as_query(query: ReportQuery) -> str:
    """Gives the query of the page of a report."""
    values = {"station": query.station, "kind": query.kind.value, "date": query.day.isoformat() if query.day else ""}
    return urlencode({name: value for name, value in values.items() if value})


def _newest(log: AirplayLog, station: LoggedStation, zone: tzinfo, now: datetime) -> date:
    """Yesterday, or the last day before it that is logged; today where nothing is older."""
    today = now.astimezone(zone).date()
    extent = log.extent(station)
    if extent is None:
        return today
    first, last = (at.astimezone(zone).date() for at in extent)
    yesterday = today - timedelta(days=1)
    return min(last, yesterday) if first <= yesterday else min(first, today)


def _calendar(found: list[DayFigures], query: ReportQuery, end: date) -> list[CalendarDay]:
    known = {one.day: one for one in found}
    month_end = (end - timedelta(days=1)).day
    first = end - timedelta(days=month_end)
    return [
        _calendar_day(first + timedelta(days=index), known.get(first + timedelta(days=index)), query)
        for index in range(month_end)
    ]


def _calendar_day(day: date, figures: DayFigures | None, query: ReportQuery) -> CalendarDay:
    share = None if figures is None else figures.availability
    if share is None:
        return CalendarDay(day.day, None, f"{wording.day(day)}: nothing logged", "", "", is_chosen=False)
    return CalendarDay(
        number=day.day,
        query=as_query(replace(query, kind=PeriodKind.DAY, day=day)),
        text=f"{wording.day(day)}: {wording.availability(share)} analysed",
        share=wording.availability(share).replace(" %", "").split(".")[0],
        kind="" if share >= _GOOD else "some" if share >= _FAIR else "poor",
        is_chosen=query.kind is PeriodKind.DAY and query.day == day,
    )


def _title(period: periods.Period) -> str:
    first = period.first_day
    match period.kind:
        case PeriodKind.WEEK:
            return f"Week {first.isocalendar().week}, {first.isocalendar().year}"
        case PeriodKind.MONTH:
            return wording.month(first)
        case _:
            return wording.full_day(first)
