"""Rows by hand: times as they stand on a station's clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from genred.airplay.rows import Entry, GapRow
from genred.analysis.estimate import State
from genred.cause import Cause

if TYPE_CHECKING:
    from collections.abc import Iterable

    from genred.reports.figures import StationFigures
    from genred.reports.period import Period

NOON = datetime(2026, 11, 10, 12, tzinfo=UTC)


def entry(
    at: datetime,
    seconds: float,
    on_air: str,
    *,
    span_s: float | None = None,
    title: str | None = None,
    artist: str | None = None,
    level_dbfs: float | None = -20.0,
    cause: Cause | None = None,
) -> Entry:
    """One entry; `span_s` where the wall clock ran otherwise than the monotonic one."""
    state = State(on_air) if on_air in {"offline", "silence", "speech", "uncertain"} else State.MUSIC
    return Entry(
        station="one",
        run="a1",
        started_at=at,
        ended_at=at + timedelta(seconds=seconds if span_s is None else span_s),
        seconds=seconds,
        state=state,
        genre=on_air if state is State.MUSIC else None,
        confidence=None if state is State.OFFLINE else 0.8,
        level_dbfs=None if state is State.OFFLINE else level_dbfs,
        title=title,
        artist=artist,
        cause=cause or (Cause.STALLED if state is State.OFFLINE else None),
    )


def gap(at: datetime, seconds: float, cause: Cause = Cause.LOST) -> GapRow:
    return GapRow(
        station="one",
        run="a1",
        started_at=at,
        ended_at=at + timedelta(seconds=seconds),
        seconds=seconds,
        cause=cause,
    )


def tiled(*pieces: tuple[float, str], since: datetime = NOON) -> list[Entry]:
    """Entries one after the other, each of its seconds and what was on air."""
    rows: list[Entry] = []
    at = since
    for seconds, on_air in pieces:
        rows.append(entry(at, seconds, on_air))
        at = rows[-1].ended_at
    return rows


def figures_of(
    rows: Iterable[Entry | GapRow], period: Period, before: Iterable[Entry | GapRow] = (), now: datetime | None = None
) -> StationFigures:
    from genred.reports.report import StationRows, in_order, report_of

    ordered = in_order(sorted(rows, key=lambda row: row.started_at))
    report = report_of([StationRows("one", "One", ordered, before)], period, now or period.until)
    (station,) = report.stations
    return station
