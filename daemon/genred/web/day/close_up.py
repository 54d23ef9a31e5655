"""The part of a day that is looked at closely: which it is, its pieces, and the ways from it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from genred.web.day.links import as_query

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, tzinfo

    from genred.airplay.logged import LoggedEntry
    from genred.reports.period import Period
    from genred.web.day.rows import EntryRow, EntryRows
    from genred.web.queries import DayQuery

_LEAST_MINUTES, _MOST_MINUTES = 5, 12 * 60

_LETTERS_FROM = 3.0
"""Per cent of the part that letters need."""


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


def close_up_span(query: DayQuery, day: Period) -> tuple[datetime, datetime] | None:
    """Gives the part that is asked for, within the day; None for the whole day."""
    if query.at is None:
        return None
    length = timedelta(minutes=max(query.minutes, _LEAST_MINUTES))
    length = min(length, day.until - day.since)
    since = min(max(query.at, day.since), day.until - length)
    return since, since + length


def close_up(
    span: tuple[datetime, datetime], entries: Sequence[LoggedEntry], rows: EntryRows, query: DayQuery, day: Period
) -> CloseUp:
    """Looks at a part of a day closely.

    Args:
        span: The part.
        entries: Of the day.
        rows: Makes rows of them.
        query: Of the page.
        day: In the station's zone.
    """
    since, until = span
    length = until - since
    minutes = round(length / timedelta(minutes=1))

    def at(moment: datetime, long: int = minutes) -> str:
        return as_query(replace(query, at=moment, minutes=long, page=1))

    middle = since + length / 2
    half, twice = max(_LEAST_MINUTES, minutes // 2), minutes * 2
    pieces = (_piece(entry, rows.row(entry), span) for entry in entries)
    return CloseUp(
        title=f"{_minute(since, day.zone)} to {_minute(until, day.zone)}",
        pieces=[piece for piece in pieces if piece is not None],
        ticks=[(round(100 * step / 6, 3), _minute(since + length * step / 6, day.zone)) for step in range(7)],
        earlier=at(since - length) if since > day.since else None,
        later=at(until) if until < day.until else None,
        closer=at(middle - timedelta(minutes=half) / 2, half) if minutes > _LEAST_MINUTES else None,
        wider=at(middle - timedelta(minutes=twice) / 2, twice) if twice <= _MOST_MINUTES else None,
    )


def _piece(entry: LoggedEntry, row: EntryRow, span: tuple[datetime, datetime]) -> CloseUpPiece | None:
    since, until = span
    begins, ends = max(entry.started_at, since), min(entry.ended_at, until)
    if ends <= begins:
        return None
    x, width = (100 * part / (until - since) for part in (begins - since, ends - begins))
    return CloseUpPiece(
        x=round(x, 3),
        width=max(0.03, round(width, 3)),
        text=f"{row.at} {row.on_air}, {row.duration}{': ' if row.title else ''}{row.title}",
        row=row,
        from_s=round((begins - entry.started_at).total_seconds(), 3),
        seconds=round((ends - begins).total_seconds(), 3),
        letters=round(x + width / 2, 2) if width >= _LETTERS_FROM else None,
    )


def _minute(at: datetime, zone: tzinfo) -> str:
    return f"{at.astimezone(zone):%H:%M}"
