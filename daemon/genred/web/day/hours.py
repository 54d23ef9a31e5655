"""The hours of a day as strips, and what was on air in all of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from genred.reports import charts, wording
from genred.reports.palette import marks
from genred.reports.report import report_of
from genred.web.day.links import as_query

if TYPE_CHECKING:
    from datetime import datetime

    from genred.reports.palette import Mark
    from genred.reports.period import Period
    from genred.reports.report import StationRows
    from genred.web.queries import DayQuery


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
class DayHours:
    """A day so far.

    Attributes:
        hours: In order; none where nothing of it was logged.
        seen: What was on air, most of it first, with mark and words.
    """

    hours: list[DayHour]
    seen: list[tuple[str, Mark, str]]


def day_hours(
    rows: StationRows, day: Period, now: datetime, query: DayQuery, span: tuple[datetime, datetime] | None
) -> DayHours:
    """Draws the hours of a day.

    Args:
        rows: Of the station.
        day: In its zone.
        now: Aware.
        query: Of the page.
        span: Which part is looked at closely, if any.
    """
    report = report_of([rows], day, now)
    if not report.stations:
        return DayHours([], [])
    (figures,) = report.stations
    known = marks({share.on_air for share in figures.shares})
    pictures = charts.strip_pictures(figures, known, day.zone)
    hours = [
        DayHour(
            picture,
            as_query(replace(query, at=strip.started_at, minutes=60, page=1)),
            span is not None and strip.started_at == span[0],
        )
        for strip, picture in zip(figures.strips.strips, pictures, strict=True)
    ]
    seen = [
        (wording.on_air(share.on_air), known[share.on_air], wording.share(share.share))
        for share in figures.shares
        if share.seconds > 0
    ]
    return DayHours(hours, seen)
