"""The index of recordings: events become rows, rows go through the log, and what is missing is a row too."""

from __future__ import annotations

import contextlib
import sqlite3
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from genred.airplay.log_clock import LogClock
from genred.airplay.merge import merge
from genred.airplay.query import AirplayLog
from genred.airplay.recording_rows import RecordingGapRow, RecordingMark, RecordingRow
from genred.airplay.recording_tables import PUT_MARK, RECORDED_UNTIL
from genred.airplay.recordings import RecordingFold
from genred.airplay.retention import trim
from genred.airplay.rows import Batch, Run
from genred.airplay.store import AirplayStore
from genred.airplay.times import to_us
from genred.cause import Cause
from genred.cli.main import main
from genred.clock import Moment
from genred.events import RecordingEnded, RecordingGap, RecordingProgress, RecordingStarted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from genred.airplay.recording_rows import RecordingRows

EPOCH = datetime(2026, 11, 29, 12, tzinfo=UTC)
RUN = Run(run="r1", node="pi", started_at=EPOCH, seen_at=EPOCH, version="1")
FILE, NEXT = "a/2026-11-29/12-00-00Z.mka", "a/2026-11-29/13-00-00Z.mka"


def moment(seconds: float, run: str = "r1") -> Moment:
    return Moment(seconds, EPOCH + timedelta(seconds=seconds), run)


def at(seconds: float) -> datetime:
    return EPOCH + timedelta(seconds=seconds)


def started(seconds: float, file: str = FILE) -> RecordingStarted:
    return RecordingStarted(
        station="a",
        at=moment(seconds),
        folder="/r",
        file=file,
        codec="mp3",
        rate_hz=44_100,
        channels=2,
        copied=True,
    )


def progress(seconds: float, media_s: float, file: str = FILE) -> RecordingProgress:
    return RecordingProgress(station="a", at=moment(seconds), file=file, media_s=media_s, size_bytes=round(media_s))


def ended(seconds: float, media_s: float, cause: Cause | None = None, file: str = FILE) -> RecordingEnded:
    return RecordingEnded(
        station="a", at=moment(seconds), file=file, media_s=media_s, size_bytes=round(media_s), cause=cause
    )


def fold(
    *events: RecordingStarted | RecordingProgress | RecordingEnded | RecordingGap, before: datetime | None = None
) -> list[RecordingRows]:
    clock = LogClock("r1", before)
    clock.observe(moment(0.0))
    rows: list[RecordingRows] = []
    folded = RecordingFold("a", clock, rows.append, before)
    for event in events:
        folded.handle(event)
    return rows


def gaps(rows: list[RecordingRows]) -> list[tuple[datetime, datetime, Cause]]:
    return [(row.started_at, row.ended_at, row.cause) for row in rows if isinstance(row, RecordingGapRow)]


def test_files_that_go_on_in_one_another_leave_no_gap() -> None:
    rows = fold(
        started(0.0), progress(10.0, 10.0), ended(20.0, 20.0), started(20.01, NEXT), ended(30.0, 10.0, file=NEXT)
    )
    assert not gaps(rows)
    assert [row.complete for row in rows if isinstance(row, RecordingRow)] == [False, True, False, True]


def test_a_gap_that_was_told_is_one_row() -> None:
    told = RecordingGap(station="a", at=moment(60.0), started_at=moment(20.0), cause=Cause.DISK_FULL)
    rows = fold(started(0.0), ended(20.0, 20.0, Cause.DISK_FULL), told, started(60.0, NEXT))
    assert gaps(rows) == [(at(20), at(60), Cause.DISK_FULL)]


def test_a_writer_that_was_killed_leaves_a_gap_from_its_last_mark_on() -> None:
    rows = fold(started(0.0), progress(10.0, 10.0), started(45.0, NEXT))
    assert gaps(rows) == [(at(10), at(45), Cause.FAULT)]
    closed = rows[2]
    assert isinstance(closed, RecordingRow)
    assert (closed.file, closed.complete, closed.ended_at, closed.seconds) == (FILE, True, at(10), 10.0)


def test_what_was_recorded_in_an_earlier_run_is_gone_on_from() -> None:
    assert gaps(fold(started(5.0), before=at(-100))) == [(at(-100), at(5), Cause.NOT_RUNNING)]
    assert not gaps(fold(started(5.0)))


def write(path: Path, rows: list[RecordingRows], run: Run = RUN) -> None:
    with AirplayStore(path, "pi") as store:
        store.write(run, Batch(list(rows)))


def test_rows_come_out_of_the_log_as_they_went_in(tmp_path: Path) -> None:
    path = tmp_path / "airplay.sqlite"
    told = RecordingGap(station="a", at=moment(60.0), started_at=moment(20.0), cause=Cause.DISK_FULL)
    rows = fold(
        started(0.0),
        progress(10.0, 10.0),
        progress(20.0, 20.0),
        ended(25.0, 25.0, Cause.DISK_FULL),
        told,
        started(60.0, NEXT),
    )
    write(path, rows)
    with AirplayLog(path) as log:
        (station,) = log.stations()
        (first, marks), (second, none) = log.recordings(station, None, None)
        assert list(log.recording_gaps(station, None, None)) == [
            row for row in rows if isinstance(row, RecordingGapRow)
        ]
    assert first == rows[3]
    assert list(marks) == [row for row in rows if isinstance(row, RecordingMark)]
    assert (second.file, second.complete, none) == (NEXT, False, ())


def test_an_export_reads_the_recordings_of_its_span_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "airplay.sqlite"
    write(path, fold(*(started(3_600.0 * hour, f"a/{hour}.mka") for hour in range(50))))
    read: list[str] = []
    recordings = AirplayLog.recordings

    def counted(*arguments: Any) -> Iterator[tuple[RecordingRow, tuple[RecordingMark, ...]]]:
        for row, marks in recordings(*arguments):
            read.append(row.file)
            yield row, marks

    monkeypatch.setattr(AirplayLog, "recordings", counted)
    span = ["--since", at(36_010).isoformat(), "--until", at(36_020).isoformat()]
    main(["recording", "export", "--log", str(path), "--station", "a", *span, "-o", str(tmp_path / "clip.mka")])
    assert "a/10.mka" in read
    assert len(read) <= 5


def test_what_a_killed_daemon_left_open_is_closed_at_its_last_mark(tmp_path: Path) -> None:
    path = tmp_path / "airplay.sqlite"
    write(path, fold(started(0.0), progress(10.0, 10.0), progress(20.0, 20.0)))
    with AirplayStore(path, "pi") as store:
        assert store.recorded_until("a") == at(20)
        assert store.recorded_until("b") is None
    with AirplayLog(path) as log:
        ((row, marks),) = log.recordings(log.stations()[0], None, None)
    assert (row.complete, row.cause, row.ended_at, row.seconds) == (True, Cause.NOT_RUNNING, at(20), 20.0)
    assert len(marks) == 2


@pytest.mark.parametrize(("statement", "values"), [(PUT_MARK, (0, 0, 0, 1, NEXT)), (RECORDED_UNTIL, ("pi", "a"))])
def test_what_is_written_again_and_again_costs_no_more_with_years_of_recordings(
    tmp_path: Path, statement: str, values: tuple[object, ...]
) -> None:
    path = tmp_path / "airplay.sqlite"
    write(path, fold(started(0.0), progress(10.0, 10.0)))
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        plan = connection.execute(f"EXPLAIN QUERY PLAN {statement}", values).fetchall()
    assert not [step for *_, step in plan if step.startswith(("SCAN recording", "USE TEMP B-TREE"))]


@pytest.mark.parametrize(
    ("since_s", "until_s", "found"),
    [(0, 10, [FILE]), (3_500, 3_700, [FILE, NEXT]), (3_700, 3_800, [NEXT]), (9_000, 9_999, []), (-50, -10, [])],
)
def test_a_span_is_looked_up(tmp_path: Path, since_s: int, until_s: int, found: list[str]) -> None:
    path = tmp_path / "airplay.sqlite"
    write(
        path,
        fold(started(0.0), ended(3_600.0, 3_600.0), started(3_600.0, NEXT), ended(7_200.0, 3_600.0, file=NEXT)),
    )
    with AirplayLog(path) as log:
        rows = log.recordings(log.stations()[0], at(since_s), at(until_s))
        assert [row.file for row, _ in rows] == found


def test_the_logs_retention_takes_the_index_along(tmp_path: Path) -> None:
    path = tmp_path / "airplay.sqlite"
    write(path, fold(started(0.0), progress(10.0, 10.0), ended(20.0, 20.0)))
    with AirplayStore(path, "pi") as store:
        while trim(store, before_us=to_us(at(100)), at_most=None):
            pass
        assert store.execute("SELECT count(*) FROM recordings") == [(0,)]
        assert store.execute("SELECT count(*) FROM recording_marks") == [(0,)]


def index_of(path: Path) -> list[object]:
    with AirplayLog(path) as log:
        return [
            found
            for station in log.stations()
            for found in (*log.recordings(station, None, None), *log.recording_gaps(station, None, None))
        ]


def test_merging_takes_the_index_along_once(tmp_path: Path) -> None:
    killed = tmp_path / "killed.sqlite"
    write(killed, fold(started(0.0), progress(10.0, 10.0)))
    later = tmp_path / "later.sqlite"
    told = RecordingGap(station="a", at=moment(60.0), started_at=moment(20.0), cause=Cause.DISK_FULL)
    write(
        later,
        fold(started(0.0), progress(10.0, 10.0), progress(20.0, 20.0), ended(20.0, 20.0), told, started(60.0, NEXT)),
    )
    merge([later, killed], tmp_path / "forth.sqlite")
    merge([killed, later], tmp_path / "back.sqlite")
    merge([killed], tmp_path / "back.sqlite")
    assert index_of(tmp_path / "forth.sqlite") == index_of(tmp_path / "back.sqlite") == index_of(later)
    assert len(index_of(later)) == 3
