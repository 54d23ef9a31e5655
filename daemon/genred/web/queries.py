"""What a request asks of the airplay log, read from its query: one reading for the pages and for the API."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from genred.airplay.moments import MomentError, local_zone, read_period, read_zone
from genred.airplay.selection import Selection
from genred.analysis.estimate import State

if TYPE_CHECKING:
    from datetime import tzinfo

    from starlette.datastructures import QueryParams

MAX_ROWS = 5_000
"""Of one answer; whoever wants more asks for the next."""

DEFAULT_ROWS = 500

_MAX_CHARACTERS = 200


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
        offset: Rows that are left out first.
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
        period = read_period(day, zone, now)
        since, until = period.since, period.until
        if since == until:
            until = since + timedelta(days=1)
    else:
        if text := _text(query, "since"):
            since = read_period(text, zone, now).since
        if text := _text(query, "until"):
            until = read_period(text, zone, now).since
        if since is not None and until is not None and until <= since:
            raise QueryError("until is not after since")
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


def zone_or_local(query: QueryParams) -> tzinfo:
    """The zone that a query asks for, else the machine's.

    Raises:
        MomentError: There is no such zone.
    """
    name = _text(query, "time_zone")
    return read_zone(name) if name else local_zone()


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
        raise QueryError(f"state is one of {', '.join(state.value for state in State)}") from None


def _number(query: QueryParams, name: str, otherwise: float, most: float) -> float:
    text = _text(query, name)
    if not text:
        return otherwise
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= most:
        raise QueryError(f"{name} is a number from 0 to {most:g}")
    return value
