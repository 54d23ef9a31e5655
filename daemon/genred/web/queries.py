"""What a request asks of the airplay log, read from its query: one reading for the pages and for the API."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from genred.airplay.moments import NAMED_PERIODS, read_period, read_zone
from genred.airplay.selection import Selection
from genred.reports import period as periods
from genred.reports.period import PeriodKind
from genred.web.query_values import QueryError, read_date, read_instant, read_list, read_number, read_states, read_text

if TYPE_CHECKING:
    from datetime import tzinfo

    from starlette.datastructures import QueryParams

    from genred.airplay.moments import TimeSpan
    from genred.analysis.estimate import State
    from genred.reports.period import Period

MAX_ROWS = 5_000
"""Of one answer; whoever wants more asks for the next."""

DEFAULT_ROWS = 500

_DAY_MINUTES = 25 * 60


@dataclass(frozen=True, slots=True)
class AirplayQuery:
    """A query of entries.

    Attributes:
        stations: Ids or `node/id`; none for all.
        selection: Which entries.
        zone: Of all times.
        limit: Rows at most.
        offset: Number of rows to skip.
    """

    stations: tuple[str, ...]
    selection: Selection
    zone: tzinfo
    limit: int
    offset: int


def read_airplay_query(query: QueryParams, now: datetime | None = None) -> AirplayQuery:
    """Reads what is asked for: `station`, `day` and so on, as the API describes them.

    Raises:
        MomentError: A time cannot be read, or a value is none of those that there are.
    """
    now = now or datetime.now(UTC)
    zone = read_zone(read_text(query, "time_zone"))
    since = until = None
    if day := read_text(query, "day"):
        period = _span(day, zone, now)
        since, until = period.since, period.until
        if since == until:
            until = since + timedelta(days=1)
    else:
        if text := read_text(query, "since"):
            since = _span(text, zone, now).since
        if text := read_text(query, "until"):
            until = _span(text, zone, now).since
        if since is not None and until is not None and until <= since:
            raise QueryError("until must be after since")
    return AirplayQuery(
        stations=tuple(read_list(query, "station")),
        selection=Selection(
            since=since,
            until=until,
            genres=frozenset(read_list(query, "genre")),
            states=frozenset(read_states(query)),
            title=read_text(query, "title"),
            min_seconds=read_number(query, "min_seconds", 0.0, 1e9),
            merge_under_s=read_number(query, "merge_under", 0.0, 1e6),
        ),
        zone=zone,
        limit=int(read_number(query, "limit", DEFAULT_ROWS, MAX_ROWS)),
        offset=int(read_number(query, "offset", 0, 1e9)),
    )


@dataclass(frozen=True, slots=True)
class DayQuery:
    """What the page of a day shows.

    Attributes:
        station: Empty for the first.
        day: None for today.
        at: Beginning of the part of it that is looked at closely; None for the whole day.
        minutes: Of that part.
        title: Text that the title contains.
        genre: Empty for all.
        state: None for all.
        page: Of the table, from 1.
    """

    station: str = ""
    day: date | None = None
    at: datetime | None = None
    minutes: int = 60
    title: str = ""
    genre: str = ""
    state: State | None = None
    page: int = 1


def read_day_query(query: QueryParams) -> DayQuery:
    """Reads what the page of a day is asked for.

    Raises:
        QueryError: A value is none of those that there are.
    """
    states = read_states(query)
    at = read_text(query, "at")
    return DayQuery(
        station=read_text(query, "station"),
        day=read_date(query, "day"),
        at=read_instant(at) if at else None,
        minutes=int(read_number(query, "minutes", 60, _DAY_MINUTES)) or 60,
        title=read_text(query, "title"),
        genre=read_text(query, "genre"),
        state=states[0] if states else None,
        page=max(1, int(read_number(query, "page", 1, 10_000))),
    )


@dataclass(frozen=True, slots=True)
class ReportQuery:
    """What the page of a report shows.

    Attributes:
        station: One, `all`, or several with commas between them; empty for the first.
        kind: A day, a week, or a month.
        day: A day in it; None for the newest that has passed.
        named: What it is called instead, such as `yesterday` or `last month`; which day that is, zones tell.
    """

    station: str = ""
    kind: PeriodKind = PeriodKind.DAY
    day: date | None = None
    named: str = ""

    def period(self, zone: tzinfo, otherwise: date, today: date) -> Period:
        """Gives the period in a zone."""
        day = NAMED_PERIODS[self.named](today)[0] if self.named else self.day or otherwise
        return {PeriodKind.WEEK: periods.week, PeriodKind.MONTH: periods.month}.get(self.kind, periods.day)(day, zone)


def read_report_query(query: QueryParams) -> ReportQuery:
    """Reads what the page of a report is asked for.

    Raises:
        QueryError: A value is none of those that there are.
    """
    kind = read_text(query, "kind") or PeriodKind.DAY.value
    if kind not in {PeriodKind.DAY, PeriodKind.WEEK, PeriodKind.MONTH}:
        raise QueryError("kind must be day, week or month")
    return ReportQuery(",".join(read_list(query, "station")), PeriodKind(kind), read_date(query, "date"))


def read_report_period(query: QueryParams, station: str) -> ReportQuery:
    """Reads what the API is asked to report: `day`, `week` or `month`, each with a date or what it is called.

    Raises:
        QueryError: More than one of them, or no date.
    """
    asked = [kind for kind in (PeriodKind.DAY, PeriodKind.WEEK, PeriodKind.MONTH) if read_text(query, kind.value)]
    if len(asked) > 1:
        raise QueryError("ask for a day, a week or a month, not for several of them")
    kind = asked[0] if asked else PeriodKind.DAY
    words = " ".join(read_text(query, kind.value).lower().split())
    if words in NAMED_PERIODS:
        return ReportQuery(station, kind, named=words)
    return ReportQuery(station, kind, read_date(query, kind.value))


def read_month(query: QueryParams) -> tuple[str, date | None]:
    """Reads a station and a month; None for the present one.

    Raises:
        QueryError: It is no month.
    """
    return read_text(query, "station"), read_date(query, "month")


def read_clip_span(query: QueryParams, most_s: float) -> tuple[float, float]:
    """Reads where a clip begins within its entry, and how long it may be.

    Raises:
        QueryError: It is longer than it may be, or no number.
    """
    return read_number(query, "offset", 0.0, 1e9), read_number(query, "seconds", most_s, most_s) or most_s


def _span(text: str, zone: tzinfo, now: datetime) -> TimeSpan:
    try:
        return read_period(text, zone, now)
    except (OverflowError, ValueError):
        raise QueryError(f"{text!r} is outside the supported range") from None
