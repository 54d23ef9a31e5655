"""A whole report to look at: a month of two made-up stations, the same every time."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import cache
from typing import TYPE_CHECKING

from genred.reports import period as periods
from genred.reports.report import StationRows, in_order, report_of
from tests.reports.programme import BERLIN, CITY_STATION, JAZZ_STATION, Programme
from tests.reports.rows import quarters

if TYPE_CHECKING:
    from genred.reports.figures import Report
    from genred.reports.period import Period

OCTOBER = periods.month(date(2026, 10, 1), BERLIN)
LONG_DAY = periods.day(date(2026, 10, 25), BERLIN)
"""On it clocks are set back."""
AFTERWARDS = datetime(2026, 11, 1, 6, tzinfo=UTC)


@cache
def october() -> Report:
    return _report(OCTOBER)


@cache
def long_day() -> Report:
    return _report(LONG_DAY)


def _report(period: Period) -> Report:
    return report_of(
        [
            _station("lantern", "Radio Lantern", Programme("lantern", JAZZ_STATION), period),
            _station("city", "City Wave 97.1", Programme("city", CITY_STATION, flaws=6), period),
        ],
        period,
        AFTERWARDS,
    )


def _station(station: str, name: str, programme: Programme, period: Period) -> StationRows:
    before = list(programme.rows(period.before().since, period.since))
    now = programme.rows(period.since, period.until)
    if station != "lantern":
        return StationRows(station, name, now, before)
    # The loudness of one of the two is measured.
    loudness, loudness_before = (quarters(of.since, of.until) for of in (period, period.before()))
    return StationRows(station, name, in_order(now, loudness), in_order(before, loudness_before))
