"""What a request asks of the airplay log, read from its query: one reading for the pages and for the API."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from genred.airplay.moments import MomentError, read_period, read_zone
from genred.airplay.selection import Selection
from genred.analysis.estimate import State
from genred.reports import period as periods
from genred.reports.period import PeriodKind

if TYPE_CHECKING:
    from datetime import tzinfo

    from starlette.datastructures import QueryParams

    from genred.airplay.moments import TimeSpan
    from genred.reports.period import Period

MAX_ROWS = 5_000
"""Of one answer; whoever wants more asks for the next."""

DEFAULT_ROWS = 500

_MAX_CHARACTERS = 200
_DAY_MINUTES = 25 * 60
_FIRST_YEAR, _LAST_YEAR = 1971, 9_000


class QueryError(MomentError):
    """A query that cannot be answered; the message says what would be right."""


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
    zone = read_zone(_text(query, "time_zone"))
    since = until = None
    if day := _text(query, "day"):
        period = _span(day, zone, now)
        since, until = period.since, period.until
        if since == until:
            until = since + timedelta(days=1)
    else:
        if text := _text(query, "since"):
            since = _span(text, zone, now).since
        if text := _text(query, "until"):
            until = _span(text, zone, now).since
        if since is not None and until is not None and until <= since:
            raise QueryError("until must be after since")
    return AirplayQuery(
        stations=tuple(_list(query, "station")),
        selection=Selection(
            since=since,
            until=until,
            genres=frozenset(_list(query, "genre")),
            states=frozenset(_states(query)),
            title=_text(query, "title"),
            min_seconds=_number(query, "min_seconds", 0.0, 1e9),
            merge_under_s=_number(query, "merge_under", 0.0, 1e6),
        ),
        zone=zone,
        limit=int(_number(query, "limit", DEFAULT_ROWS, MAX_ROWS)),
        offset=int(_number(query, "offset", 0, 1e9)),
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
    states = _states(query)
    at = _text(query, "at")
    return DayQuery(
        station=_text(query, "station"),
        day=_date(query, "day"),
        at=_instant(at) if at else None,
        minutes=int(_number(query, "minutes", 60, _DAY_MINUTES)) or 60,
        title=_text(query, "title"),
        genre=_text(query, "genre"),
        state=states[0] if states else None,
        page=max(1, int(_number(query, "page", 1, 10_000))),
    )


@dataclass(frozen=True, slots=True)
class ReportQuery:
    """What the page of a report shows.

    Attributes:
        station: One, `all`, or several with commas between them; empty for the first.
        kind: A day, a week, or a month.
        day: A day in it; None for the newest that has passed.
    """

    station: str = ""
    kind: PeriodKind = PeriodKind.DAY
    day: date | None = None

    def period(self, zone: tzinfo, otherwise: date) -> Period:
        """Gives the period in a zone."""
        return {PeriodKind.WEEK: periods.week, PeriodKind.MONTH: periods.month}.get(self.kind, periods.day)(
            self.day or otherwise, zone
        )


def read_report_query(query: QueryParams) -> ReportQuery:
    """Reads what the page of a report is asked for.

    Raises:
        QueryError: A value is none of those that there are.
    """
    kind = _text(query, "kind") or PeriodKind.DAY.value
    if kind not in {PeriodKind.DAY, PeriodKind.WEEK, PeriodKind.MONTH}:
        raise QueryError("kind must be day, week or month")
    return ReportQuery(",".join(_list(query, "station")), PeriodKind(kind), _date(query, "date"))


def read_report_period(query: QueryParams, station: str) -> ReportQuery:
    """Reads what the API is asked to report: `day`, `week` or `month`, each with a date.

    Raises:
        QueryError: More than one of them, or no date.
    """
    asked = [kind for kind in (PeriodKind.DAY, PeriodKind.WEEK, PeriodKind.MONTH) if _text(query, kind.value)]
    if len(asked) > 1:
        raise QueryError("ask for a day, a week or a month, not for several of them")
    kind = asked[0] if asked else PeriodKind.DAY
    return ReportQuery(station, kind, _date(query, kind.value))


def read_month(query: QueryParams) -> tuple[str, date | None]:
    """Reads a station and a month; None for the present one.

    Raises:
        QueryError: It is no month.
    """
    return _text(query, "station"), _date(query, "month")


def read_clip_span(query: QueryParams, most_s: float) -> tuple[float, float]:
    """Reads where a clip begins within its entry, and how long it may be.

    Raises:
        QueryError: It is longer than it may be, or no number.
    """
    return _number(query, "offset", 0.0, 1e9), _number(query, "seconds", most_s, most_s) or most_s


def _span(text: str, zone: tzinfo, now: datetime) -> TimeSpan:
    try:
        return read_period(text, zone, now)
    except (OverflowError, ValueError):
        raise QueryError(f"{text!r} is outside the supported range") from None


def _date(query: QueryParams, name: str) -> date | None:
    """A day: `2026-11-29`, `2026-W48` or `2026-11`, of years that have a year before and after them."""
    text = _text(query, name)
    if not text:
        return None
    try:
        found = date.fromisoformat(f"{text}-01" if len(text) == len("2026-11") else text)
    except ValueError:
        raise QueryError(f"{name} must be a date such as 2026-11-29, not {text!r}") from None
    if not _FIRST_YEAR <= found.year <= _LAST_YEAR:
        raise QueryError(f"{name} must be a date from {_FIRST_YEAR} to {_LAST_YEAR}, not {text!r}")
    return found


def _instant(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise QueryError(f"at must be a time such as 2026-11-29T12:00:00Z, not {text!r}") from None
    if found.tzinfo is None or not _FIRST_YEAR <= found.year <= _LAST_YEAR:
        raise QueryError(f"at must be a time with its offset from UTC, such as 2026-11-29T12:00:00Z, not {text!r}")
    return found.astimezone(UTC)


def _text(query: QueryParams, name: str) -> str:
    text = query.get(name, "").strip()
    if len(text) > _MAX_CHARACTERS:
        raise QueryError(f"{name} is longer than {_MAX_CHARACTERS} characters")
    return text


def _list(query: QueryParams, name: str) -> list[str]:
    texts = [part.strip() for text in query.getlist(name)[:_MAX_CHARACTERS] for part in text.split(",")]
    found = [text for text in texts if text]
    if any(len(text) > _MAX_CHARACTERS for text in found):
        raise QueryError(f"{name} is longer than {_MAX_CHARACTERS} characters")
    return found


def _states(query: QueryParams) -> list[State]:
    try:
        return [State(text) for text in _list(query, "state")]
    except ValueError:
        raise QueryError(f"state must be one of {', '.join(state.value for state in State)}") from None


def _number(query: QueryParams, name: str, otherwise: float, most: float) -> float:
    text = _text(query, name)
    if not text:
        return otherwise
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= most:
        raise QueryError(f"{name} must be a number from 0 to {most:g}")
    return value
