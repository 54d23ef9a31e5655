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
from genred.reports.days import ReportedDay
from genred.reports.period import PeriodKind
from genred.reports.report import report_of
from genred.time_zones import machine_zone
from genred.web.calendar import as_query, calendar_of
from genred.web.log import ALL, BoundedLog, choose, choose_several, opened

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import tzinfo
    from pathlib import Path

    from genred.airplay.logged import LoggedStation
    from genred.airplay.query import AirplayLog
    from genred.reports.figures import Report
    from genred.web.calendar import CalendarDay
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
    days: list[ReportedDay]


@dataclass(frozen=True, slots=True)
class ReportView:
    """All that the page of a report shows.

    Attributes:
        query: What was asked for, with all that was not.
        station: The key of the chosen one, `all`, or several keys with commas between them.
        name: Of what is chosen.
        stations: Key and name of all that can be chosen at a click.
        chosen: The keys of those that are.
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
    chosen: frozenset[str]
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


def read_report(path: Path | None, query: ReportQuery, now: datetime | None = None) -> tuple[Report, tzinfo]:
    """Makes a report, and gives the zone of its times.

    Raises:
        AirplayError: The log cannot be read, or has no such station.
        TooMuchError: It has too many rows in that time.
    """
    now = now or datetime.now(UTC)
    with opened(path) as log:
        chosen = choose_several(log.stations(), query.station)
        zone = common_zone(list(chosen.values()), machine_zone())
        period = query.period(zone, _newest(log, chosen.values(), zone, now), now.astimezone(zone).date())
        bounded = BoundedLog(log)
        return report_of([rows_of(bounded, station, key, period) for key, station in chosen.items()], period, now), zone


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
        chosen = choose_several(stations, query.station)
        zone = common_zone(list(chosen.values()), machine_zone())
        today = now.astimezone(zone).date()
        day = min(query.day or _newest(log, chosen.values(), zone, now), today)
        key = query.station if query.station == ALL else ",".join(chosen)
        query = replace(query, station=key, day=day)
        period = query.period(zone, day, today)
        month = day.replace(day=1)
        whole_month = periods.month(day, zone)
        found = [figures for station in chosen.values() for figures in days.of(log, station, whole_month, now)]
        logged = [extent for station in chosen.values() if (extent := log.extent(station)) is not None]
        name = _name(key, chosen)
        after = period.last_day + timedelta(days=1)
        next_month = (month + timedelta(days=31)).replace(day=1)
        return ReportView(
            query=query,
            station=key,
            name=name,
            stations=_choices(key, name, stations),
            chosen=frozenset(chosen),
            title=_title(period),
            today=today,
            first=min(first for first, _ in logged).astimezone(zone).date() if logged else None,
            last=max(last for _, last in logged).astimezone(zone).date() if logged else None,
            is_empty=all(
                next(log.entries(station, period.since, period.until), None) is None for station in chosen.values()
            ),
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
            calendar=calendar_of(found, query, next_month),
        )


def _name(key: str, chosen: Mapping[str, LoggedStation]) -> str:
    if key == ALL:
        return "all stations"
    names = [printable(station.name[:200]) for station in chosen.values()]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _choices(key: str, name: str, stations: Sequence[LoggedStation]) -> list[tuple[str, str]]:
    found = [(one, printable(station.name[:200])) for one, station in station_keys(stations).items()]
    if len(found) > 1:
        found.insert(0, (ALL, "All stations"))
    return found if key in dict(found) else [(key, name), *found]


def _newest(log: AirplayLog, stations: Iterable[LoggedStation], zone: tzinfo, now: datetime) -> date:
    """Yesterday, or the last day before it that is logged; today where nothing is older."""
    today = now.astimezone(zone).date()
    extents = [extent for station in stations if (extent := log.extent(station)) is not None]
    if not extents:
        return today
    first = min(first for first, _ in extents).astimezone(zone).date()
    last = max(last for _, last in extents).astimezone(zone).date()
    yesterday = today - timedelta(days=1)
    return min(last, yesterday) if first <= yesterday else min(first, today)


def _title(period: periods.Period) -> str:
    first = period.first_day
    match period.kind:
        case PeriodKind.WEEK:
            return f"Week {first.isocalendar().week}, {first.isocalendar().year}"
        case PeriodKind.MONTH:
            return wording.month(first)
        case _:
            return wording.full_day(first)
