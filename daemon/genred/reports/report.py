"""A report put together: the figures of each station, with those of the period before beside them."""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING

import genred
from genred.reports.dead_air import DeadAirFigures
from genred.reports.figures import SCHEMA, Availability, PeriodFigures, Report, Share, StationFigures
from genred.reports.hours import HoursOfPeriod, utc
from genred.reports.period import zone_name
from genred.reports.shares import STATES
from genred.reports.structure import CONFIDENCE_DECIMALS, SECONDS_DECIMALS, SHARE_DECIMALS, Compared
from genred.reports.summary import PeriodSummary, Totals

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from genred.airplay.rows import ReportedRow
    from genred.reports.period import Period

_NAME_LENGTH = 100


@dataclass(frozen=True, slots=True)
class StationRows:
    """What a report is made from, for one station.

    Attributes:
        station: Its id.
        name: For people.
        rows: Of the period, in order of their beginnings.
        rows_before: Of the period before, likewise.
    """

    station: str
    name: str
    rows: Iterable[ReportedRow]
    rows_before: Iterable[ReportedRow]


def in_order(*rows: Iterable[ReportedRow]) -> Iterator[ReportedRow]:
    """Merges rows that are each in order of their beginnings."""
    return heapq.merge(*rows, key=attrgetter("started_at"))


def report_of(stations: Sequence[StationRows], period: Period, now: datetime) -> Report:
    """Makes a report.

    Args:
        stations: In the order in which they are to be shown; those of which nothing was logged are left out.
        period: What it is of; where it is not over yet, what has passed of it is compared with as much of the period
            before.
        now: When it is made, aware.
    """
    passed = period.up_to(now)
    before = period.before().up_to(period.before().since + (passed.until - passed.since))
    hours = HoursOfPeriod(passed)
    made = (_station(station, PeriodSummary(passed, hours), Totals(before)) for station in stations)
    return Report(
        schema=SCHEMA,
        generator=f"genred {genred.__version__}",
        created_at=now.replace(microsecond=0),
        period=_period(passed, is_over=passed.until == period.until),
        before=_period(before, is_over=before.until == period.before().until),
        stations=[figures for figures in made if figures is not None],
    )


def _period(period: Period, *, is_over: bool) -> PeriodFigures:
    return PeriodFigures(
        kind=period.kind.value,
        since=period.since,
        until=period.until,
        time_zone=zone_name(period.zone, period.since),
        seconds=period.seconds,
        is_over=is_over,
    )


def _station(station: StationRows, summary: PeriodSummary, totals: Totals) -> StationFigures | None:
    summary.take(station.rows)
    if summary.logged_since_s is None:
        return None
    totals.take(station.rows_before)
    had_before = totals.shares.logged_s > 0
    return StationFigures(
        station=station.station,
        name=(station.name or station.station)[:_NAME_LENGTH],
        logged_s=round(summary.shares.logged_s, SECONDS_DECIMALS),
        logged_since=utc(summary.logged_since_s),
        logged_until=utc(summary.logged_until_s),
        models=summary.models,
        music=_compared(summary.shares.music_share, totals.shares.music_share, SHARE_DECIMALS),
        genre=summary.shares.genre,
        shares=_shares(summary, totals),
        strips=summary.strips.figures(),
        days=summary.days.figures(summary.loudness.of_day),
        clock=summary.clock.figures(),
        runs=summary.runs.figures(),
        dead_air=DeadAirFigures(
            count=_compared(summary.dead_air.count, totals.dead_air.count if had_before else None, 0),
            seconds=_compared(
                summary.dead_air.seconds, totals.dead_air.seconds if had_before else None, SECONDS_DECIMALS
            ),
            longest_s=_rounded(summary.dead_air.longest_s, SECONDS_DECIMALS),
            longest=summary.dead_air.longest(),
        ),
        titles=summary.plays.figures(),
        loudness=summary.loudness.figures(totals.loudness),
        availability=Availability(
            share=_compared(summary.availability, totals.availability, SHARE_DECIMALS),
            analysed_s=round(summary.analysed_s, SECONDS_DECIMALS),
            outages=_compared(summary.outages.count, totals.outages.count if had_before else None, 0),
            by_cause=summary.outages.by_cause(),
            longest=summary.outages.longest(),
        ),
    )


def _shares(summary: PeriodSummary, totals: Totals) -> list[Share]:
    now, then = summary.shares, totals.shares
    vanished = [genre for genre in then.genres if genre not in now.seconds]
    return [_share(on_air, summary, totals) for on_air in (*now.genres, *vanished, *(state.value for state in STATES))]


def _share(on_air: str, summary: PeriodSummary, totals: Totals) -> Share:
    compared = _compared(summary.shares.share(on_air), totals.shares.share(on_air), SHARE_DECIMALS)
    return Share(
        on_air=on_air,
        seconds=round(summary.shares.seconds.get(on_air, 0.0), SECONDS_DECIMALS),
        share=compared.value or 0.0,
        confidence=_rounded(summary.shares.confidence(on_air), CONFIDENCE_DECIMALS),
        share_before=compared.before,
        change=compared.change,
    )


def _compared(value: float | None, before: float | None, decimals: int) -> Compared:
    now, then = _rounded(value, decimals), _rounded(before, decimals)
    change = None if now is None or then is None else _rounded(now - then, decimals)
    return Compared(value=now, before=then, change=change)


def _rounded(value: float | None, decimals: int) -> float | None:
    return None if value is None else round(value, decimals)
