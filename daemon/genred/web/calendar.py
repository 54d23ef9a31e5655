"""The calendar of a month: how much of each day was analysed."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from genred.reports import wording
from genred.reports.period import PeriodKind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from genred.day_figures import DayFigures
    from genred.web.queries import ReportQuery

_GOOD, _FAIR = 0.999, 0.95


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


def as_query(query: ReportQuery) -> str:
    """Gives the query of the page of a report."""
    values = {"station": query.station, "kind": query.kind.value, "date": query.day.isoformat() if query.day else ""}
    return urlencode({name: value for name, value in values.items() if value})


def calendar_of(found: Iterable[DayFigures], query: ReportQuery, end: date) -> list[CalendarDay]:
    """Gives the days of a month; of several stations, what was analysed of all of them together.

    Args:
        found: Days of all stations.
        query: Of the page.
        end: First day of the month after.
    """
    known: dict[date, list[DayFigures]] = defaultdict(list)
    for figures in found:
        known[figures.day].append(figures)
    month_end = (end - timedelta(days=1)).day
    first = end - timedelta(days=month_end)
    return [
        _calendar_day(first + timedelta(days=index), known[first + timedelta(days=index)], query)
        for index in range(month_end)
    ]


def _calendar_day(day: date, figures: list[DayFigures], query: ReportQuery) -> CalendarDay:
    logged_s = sum(one.logged_s for one in figures)
    if not logged_s:
        return CalendarDay(day.day, None, f"{wording.day(day)}: nothing logged", "", "", is_chosen=False)
    share = sum((one.availability or 0.0) * one.logged_s for one in figures) / logged_s
    return CalendarDay(
        number=day.day,
        query=as_query(replace(query, kind=PeriodKind.DAY, day=day)),
        text=f"{wording.day(day)}: {wording.availability(share)} analysed",
        share=wording.availability(share).replace(" %", "").split(".")[0],
        kind="" if share >= _GOOD else "some" if share >= _FAIR else "poor",
        is_chosen=query.kind is PeriodKind.DAY and query.day == day,
    )
