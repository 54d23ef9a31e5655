"""A day of a station as its page shows it, read from the airplay log."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from genred.airplay.selection import Selection
from genred.analysis.estimate import State
from genred.printable import printable
from genred.reports import charts, period, wording
from genred.reports.collect import common_zone, station_keys
from genred.reports.palette import marks
from genred.reports.report import StationRows, in_order, report_of
from genred.time_zones import machine_zone
from genred.web.clips import may_hold
from genred.web.log import RowBudget, choose, opened

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from genred.airplay.query import AirplayLog, LoggedEntry, LoggedStation
    from genred.reports.palette import Mark
    from genred.web.queries import DayQuery

PAGE_ROWS = 100

MAX_DAY_ROWS = 25_000
"""Of entries of one day: one every four seconds."""

_MAX_RECORDINGS = 5_000
_MAX_TITLE = 200
_LEAST_MINUTES, _MOST_MINUTES = 5, 12 * 60
_LETTERS_FROM = 3.0


@dataclass(frozen=True, slots=True)
class EntryRow:
    """An entry in the table.

    Attributes:
        id: Its number; None while it is on air.
        at: When it began, on the station's clock.
        started_at: Likewise, ISO 8601.
        from_s: Where it begins in the entry of the log, of which only a part may be in the day.
        to_s: Where it ends in it.
        duration: In words.
        on_air: The genre, or the state.
        mark: Of that.
        confidence: In words.
        title: As it is shown, or nothing.
        note: Why it is offline, or its level.
        plays: Whether there is a recording of it.
    """

    id: int | None
    at: str
    started_at: str
    from_s: float
    to_s: float
    duration: str
    on_air: str
    mark: Mark
    confidence: str
    title: str
    note: str
    plays: bool


@dataclass(frozen=True, slots=True)
class CloseUpPiece:
    """A piece of the part that is looked at closely.

    Attributes:
        x: In per cent of the part.
        width: Likewise.
        text: What it shows.
        row: Whose it is.
        from_s: Where the piece begins in its entry.
        seconds: Of the piece.
        letters: Where they are written, in per cent; None where they do not fit.
    """

    x: float
    width: float
    text: str
    row: EntryRow
    from_s: float
    seconds: float
    letters: float | None


@dataclass(frozen=True, slots=True)
class CloseUp:
    """The part of the day that is looked at closely.

    Attributes:
        title: Its times.
        pieces: In order.
        ticks: Position in per cent, and the time there.
        earlier: Query of the part before; None at the day's beginning.
        later: Likewise.
        closer: Of half of it; None where it is small.
        wider: Of twice as much; None where that is the day.
    """

    title: str
    pieces: list[CloseUpPiece]
    ticks: list[tuple[float, str]]
    earlier: str | None
    later: str | None
    closer: str | None
    wider: str | None


@dataclass(frozen=True, slots=True)
class DayHour:
    """An hour as a strip.

    Attributes:
        picture: The strip.
        query: Of the page that looks at it closely.
        is_looked_at: Whether this one does.
    """

    picture: charts.StripPicture
    query: str
    is_looked_at: bool


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
        return _Reading(log, station, key, replace(query, station=key), now).view(stations)


class _Reading:
    def __init__(self, log: AirplayLog, station: LoggedStation, key: str, query: DayQuery, now: datetime) -> None:
        self._log = log
        self._station = station
        self._key = key
        self._now = now
        self._zone = common_zone([station], machine_zone())
        self._today = now.astimezone(self._zone).date()
        asked = query.day or (query.at.astimezone(self._zone).date() if query.at else None)
        self._day = min(asked or self._today, self._today)
        self._query = replace(query, day=self._day)
        self._period = period.day(self._day, self._zone)

    def view(self, stations: list[LoggedStation]) -> DayView:
        since, until = self._period.since, self._period.until
        entries = list(RowBudget(MAX_DAY_ROWS).of(self._log.entries(self._station, since, until)))
        self._starts = {entry.id: entry.started_at for entry in entries}
        self._marks = marks({entry.announcement for entry in entries})
        self._recorded = self._recorded_spans(since, until)
        window = self._bounds()
        chosen = self._selection(window or (since, until))
        found = list(chosen.of(entries))
        pages = max(1, -(-len(found) // PAGE_ROWS))
        page = min(self._query.page, pages)
        shown = found[(page - 1) * PAGE_ROWS : page * PAGE_ROWS]
        hours, seen = self._hours(entries, window)
        extent = self._log.extent(self._station)
        first, last = (at.astimezone(self._zone).date() for at in extent) if extent else (None, None)
        back = replace(self._query, at=None, page=1)
        return DayView(
            query=self._query,
            station=self._key,
            name=_text(self._station.name),
            stations=[(key, _text(one.name)) for key, one in station_keys(stations).items()],
            day=self._day,
            today=self._today,
            title=wording.full_day(self._day),
            first=first,
            last=last,
            hours=hours,
            seen=seen,
            genres=sorted({entry.genre for entry in entries if entry.genre} | {self._query.genre} - {""}),
            window=self._window(entries, window) if window else None,
            rows=[self._row(entry) for entry in shown],
            found=len(found),
            pages=pages,
            recorded=bool(self._recorded),
            previous=as_query(replace(back, day=self._day - timedelta(days=1))),
            next=as_query(replace(back, day=self._day + timedelta(days=1))) if self._day < self._today else None,
            back=as_query(back),
            turn=as_query(replace(self._query, page=page + 1)) if page < pages else None,
            turn_back=as_query(replace(self._query, page=page - 1)) if page > 1 else None,
            export=self._export(window or (since, until)),
        )

    def _selection(self, span: tuple[datetime, datetime]) -> Selection:
        query = self._query
        return Selection(
            since=span[0],
            until=span[1],
            genres=frozenset({query.genre} - {""}),
            states=frozenset({query.state} if query.state else ()),
            title=query.title,
        )

    def _hours(
        self, entries: Sequence[LoggedEntry], window: tuple[datetime, datetime] | None
    ) -> tuple[list[DayHour], list[tuple[str, Mark, str]]]:
        if not entries or self._period.since >= self._now:
            return [], []
        gaps = RowBudget(MAX_DAY_ROWS).of(self._log.gaps(self._station, self._period.since, self._period.until))
        report = report_of(
            [StationRows(self._key, self._station.name, in_order(entries, gaps), ())], self._period, self._now
        )
        if not report.stations:
            return [], []
        (figures,) = report.stations
        known = marks({share.on_air for share in figures.shares})
        hours = [
            DayHour(
                picture,
                as_query(replace(self._query, at=strip.started_at, minutes=60, page=1)),
                window is not None and strip.started_at == window[0],
            )
            for strip, picture in zip(
                figures.strips.strips, charts.strip_pictures(figures, known, self._zone), strict=True
            )
        ]
        seen = [
            (wording.on_air(share.on_air), known[share.on_air], wording.share(share.share))
            for share in figures.shares
            if share.seconds > 0
        ]
        return hours, seen

    def _bounds(self) -> tuple[datetime, datetime] | None:
        """The part that is looked at, within the day."""
        if self._query.at is None:
            return None
        length = timedelta(minutes=max(self._query.minutes, _LEAST_MINUTES))
        length = min(length, self._period.until - self._period.since)
        since = min(max(self._query.at, self._period.since), self._period.until - length)
        return since, since + length

    def _window(self, entries: Sequence[LoggedEntry], span: tuple[datetime, datetime]) -> CloseUp:
        since, until = span
        minutes = round((until - since) / timedelta(minutes=1))
        length = until - since

        def at(moment: datetime, long: int = minutes) -> str:
            return as_query(replace(self._query, at=moment, minutes=long, page=1))

        middle = since + length / 2
        half, twice = max(_LEAST_MINUTES, minutes // 2), minutes * 2
        return CloseUp(
            title=f"{self._minute(since)} to {self._minute(until)}",
            pieces=[piece for entry in entries if (piece := self._piece(entry, since, until)) is not None],
            ticks=[(round(100 * step / 6, 3), self._minute(since + length * step / 6)) for step in range(7)],
            earlier=at(since - length) if since > self._period.since else None,
            later=at(until) if until < self._period.until else None,
            closer=at(middle - timedelta(minutes=half) / 2, half) if minutes > _LEAST_MINUTES else None,
            wider=at(middle - timedelta(minutes=twice) / 2, twice) if twice <= _MOST_MINUTES else None,
        )

    def _piece(self, entry: LoggedEntry, since: datetime, until: datetime) -> CloseUpPiece | None:
        begins, ends = max(entry.started_at, since), min(entry.ended_at, until)
        if ends <= begins:
            return None
        x, width = (100 * part / (until - since) for part in (begins - since, ends - begins))
        row = self._row(entry)
        fits = width >= _LETTERS_FROM
        return CloseUpPiece(
            x=round(x, 3),
            width=max(0.03, round(width, 3)),
            text=f"{self._clock(entry.started_at)} {row.on_air}, {row.duration}{': ' if row.title else ''}{row.title}",
            row=row,
            from_s=round((begins - entry.started_at).total_seconds(), 3),
            seconds=round((ends - begins).total_seconds(), 3),
            letters=round(x + width / 2, 2) if fits else None,
        )

    def _row(self, entry: LoggedEntry) -> EntryRow:
        if entry.state is State.OFFLINE:
            note = wording.cause(entry.cause.value) if entry.cause else ""
        else:
            note = wording.level(entry.level_dbfs)
        plays = entry.id is not None and any(
            start < entry.ended_at and end > entry.started_at for start, end in self._recorded
        )
        from_s = (entry.started_at - self._starts.get(entry.id, entry.started_at)).total_seconds()
        return EntryRow(
            id=entry.id,
            at=self._clock(entry.started_at),
            started_at=entry.started_at.astimezone(self._zone).isoformat(timespec="seconds"),
            from_s=round(from_s, 3),
            to_s=round(from_s + entry.seconds, 3),
            duration=wording.duration(entry.seconds),
            on_air=wording.on_air(printable(entry.announcement)),
            mark=self._marks[entry.announcement],
            confidence=wording.confidence(entry.confidence),
            title=_text(entry.title or ""),
            note=note,
            plays=plays and entry.state is not State.OFFLINE,
        )

    def _recorded_spans(self, since: datetime, until: datetime) -> list[tuple[datetime, datetime]]:
        found: list[tuple[datetime, datetime]] = []
        rows = RowBudget(_MAX_RECORDINGS).of(self._log.recordings(self._station, since, until))
        for row, _ in rows:
            if not may_hold(row, since):
                continue
            if found and (row.started_at - found[-1][1]).total_seconds() < 1:
                found[-1] = (found[-1][0], max(found[-1][1], row.ended_at))
            else:
                found.append((row.started_at, row.ended_at))
        return found

    def _export(self, span: tuple[datetime, datetime]) -> str:
        query = self._query
        values = {
            "station": f"{self._station.node}/{self._station.station}",
            "since": _utc(span[0]),
            "until": _utc(span[1]),
            "time_zone": self._station.time_zone or "",
            "genre": query.genre,
            "state": query.state.value if query.state else "",
            "title": query.title,
            "limit": "5000",
        }
        return _encoded(values)

    def _clock(self, at: datetime) -> str:
        return f"{at.astimezone(self._zone):%H:%M:%S}"

    def _minute(self, at: datetime) -> str:
        return f"{at.astimezone(self._zone):%H:%M}"


def as_query(query: DayQuery) -> str:
    """Gives the query of the page of a day."""
    return _encoded(
        {
            "station": query.station,
            "day": query.day.isoformat() if query.day else "",
            "at": _utc(query.at) if query.at else "",
            "minutes": str(query.minutes) if query.at else "",
            "title": query.title,
            "genre": query.genre,
            "state": query.state.value if query.state else "",
            "page": str(query.page) if query.page > 1 else "",
        }
    )


def _encoded(values: Mapping[str, str]) -> str:
    return urlencode({name: value for name, value in values.items() if value})


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _text(text: str) -> str:
    shown = printable(text[: _MAX_TITLE + 1])
    return shown if len(text) <= _MAX_TITLE else f"{shown[:_MAX_TITLE]}…"
