"""A day of a station, read from the airplay log."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from genred.airplay.selection import Selection
from genred.reports import period, wording
from genred.reports.collect import common_zone, station_keys
from genred.reports.report import StationRows, in_order
from genred.time_zones import machine_zone
from genred.web.day.close_up import close_up, close_up_span
from genred.web.day.hours import DayHours, day_hours
from genred.web.day.links import as_query, export_query
from genred.web.day.rows import EntryRows, recorded_spans, shown_text
from genred.web.log import RowBudget, choose, opened

if TYPE_CHECKING:
    from pathlib import Path

    from genred.airplay.logged import LoggedStation
    from genred.airplay.query import AirplayLog
    from genred.reports.palette import Mark
    from genred.web.day.close_up import CloseUp
    from genred.web.day.hours import DayHour
    from genred.web.day.rows import EntryRow
    from genred.web.queries import DayQuery

PAGE_ROWS = 100

MAX_DAY_ROWS = 25_000
"""Of entries of one day: one every four seconds."""


@dataclass(frozen=True, slots=True)
class DayView:
    """All that the page shows.

    Attributes:
        query: What was asked for.
        station: The chosen one's key.
        name: Its name.
        stations: Key and name of all.
        day: Which day.
        today: On the station's clock.
        title: The day in words.
        first: First day in the log, None where it has nothing of the station.
        last: Its last.
        hours: Of the day so far; none where nothing of it was logged.
        seen: What was on air, most of it first, with mark and words.
        genres: Of the day.
        window: The part that is looked at closely, if any.
        rows: Of the table.
        found: How many rows there are on all pages.
        pages: How many.
        recorded: Whether any of the day is recorded.
        previous: Query of the day before.
        next: Of the day after; None where that is to come.
        back: Query of the whole day.
        turn: Query of the table's next page; None on the last.
        turn_back: Of the one before; None on the first.
        export: Query of the API that gives the same rows.
    """

    query: DayQuery
    station: str
    name: str
    stations: list[tuple[str, str]]
    day: date
    today: date
    title: str
    first: date | None
    last: date | None
    hours: list[DayHour]
    seen: list[tuple[str, Mark, str]]
    genres: list[str]
    window: CloseUp | None
    rows: list[EntryRow]
    found: int
    pages: int
    recorded: bool
    previous: str
    next: str | None
    back: str
    turn: str | None
    turn_back: str | None
    export: str


def read_day(path: Path | None, query: DayQuery, now: datetime | None = None) -> DayView:
    """Reads a day.

    Args:
        path: Of the log.
        query: What is asked for.
        now: Aware; None for the present.

    Raises:
        AirplayError: The log cannot be read, or has no such station.
        TooMuchError: The day has too many entries.
    """
    now = now or datetime.now(UTC)
    with opened(path) as log:
        stations = log.stations()
        key, station = choose(stations, query.station)
        return _view(log, stations, station, replace(query, station=key), now)


def _view(
    log: AirplayLog, stations: list[LoggedStation], station: LoggedStation, query: DayQuery, now: datetime
) -> DayView:
    zone = common_zone([station], machine_zone())
    today = now.astimezone(zone).date()
    asked = query.day or (query.at.astimezone(zone).date() if query.at else None)
    day = min(asked or today, today)
    query, whole = replace(query, day=day), period.day(day, zone)
    entries = list(RowBudget(MAX_DAY_ROWS).of(log.entries(station, whole.since, whole.until)))
    recorded = recorded_spans(log, station, whole.since, whole.until)
    rows, part = EntryRows(entries, recorded, zone), close_up_span(query, whole)
    found = list(_selection(query, part or (whole.since, whole.until)).of(entries))
    pages = max(1, -(-len(found) // PAGE_ROWS))
    page = min(query.page, pages)
    strips = DayHours([], [])
    if entries and whole.since < now:
        gaps = RowBudget(MAX_DAY_ROWS).of(log.gaps(station, whole.since, whole.until))
        of_day = StationRows(query.station, station.name, in_order(entries, gaps), ())
        strips = day_hours(of_day, whole, now, query, part)
    extent = log.extent(station)
    first, last = (at.astimezone(zone).date() for at in extent) if extent else (None, None)
    back = replace(query, at=None, page=1)
    return DayView(
        query=query,
        station=query.station,
        name=shown_text(station.name),
        stations=[(key, shown_text(one.name)) for key, one in station_keys(stations).items()],
        day=day,
        today=today,
        title=wording.full_day(day),
        first=first,
        last=last,
        hours=strips.hours,
        seen=strips.seen,
        genres=sorted({entry.genre for entry in entries if entry.genre} | {query.genre} - {""}),
        window=close_up(part, entries, rows, query, whole) if part else None,
        rows=[rows.row(entry) for entry in found[(page - 1) * PAGE_ROWS : page * PAGE_ROWS]],
        found=len(found),
        pages=pages,
        recorded=bool(recorded),
        previous=as_query(replace(back, day=day - timedelta(days=1))),
        next=as_query(replace(back, day=day + timedelta(days=1))) if day < today else None,
        back=as_query(back),
        turn=as_query(replace(query, page=page + 1)) if page < pages else None,
        turn_back=as_query(replace(query, page=page - 1)) if page > 1 else None,
        export=export_query(station, query, part or (whole.since, whole.until)),
    )


def _selection(query: DayQuery, span: tuple[datetime, datetime]) -> Selection:
    return Selection(
        since=span[0],
        until=span[1],
        genres=frozenset({query.genre} - {""}),
        states=frozenset({query.state} if query.state else ()),
        title=query.title,
    )
