"""Rows by hand: times as they stand on a station's clock."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from genred.airplay.rows import Entry, GapRow, LoudnessRow
from genred.analysis.estimate import State
from genred.cause import Cause

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from genred.airplay.rows import ReportedRow
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
    rows: Iterable[ReportedRow], period: Period, before: Iterable[ReportedRow] = (), now: datetime | None = None
) -> StationFigures:
    from genred.reports.report import StationRows, in_order, report_of

    ordered = in_order(sorted(rows, key=lambda row: row.started_at))
    report = report_of([StationRows("one", "One", ordered, before)], period, now or period.until)
    (station,) = report.stations
    return station


def quarter(at: datetime, lufs: float = -23.0, *, seconds: float = 900.0, peak_dbtp: float = -1.0) -> LoudnessRow:
    """A quarter of an hour whose loudness moves by 3 LU around one."""
    steps = [(round(lufs * 10) + step, round(seconds * 10 / 61)) for step in range(-30, 31)]
    return LoudnessRow(
        station="one",
        run="a1",
        started_at=at,
        ended_at=at + timedelta(seconds=seconds),
        seconds=seconds,
        true_peak_dbtp=peak_dbtp,
        momentary=tuple(steps),
        short_term=tuple(steps),
    )


def quarters(since: datetime, until: datetime, seed: int = 1) -> Iterator[LoudnessRow]:
    """The loudness of a station that does not level its programme."""
    chance = random.Random(seed)
    at = since
    while at < until:
        yield quarter(at, round(chance.gauss(-18.0, 2.0), 1), peak_dbtp=round(-abs(chance.gauss(0.0, 1.5)), 1))
        at += timedelta(minutes=15)
