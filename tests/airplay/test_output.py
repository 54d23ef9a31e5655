"""The log as an output: whatever the disk does, the stations go on, and what can be kept is kept."""

from __future__ import annotations

import contextlib
import os
import pathlib
import shutil
import sqlite3
import subprocess
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from genred.airplay.query import AirplayLog
from genred.airplay.schema import LOG
from genred.analysis.estimate import State
from genred.cause import Cause
from genred.clock import Moment
from genred.config.schema import AirplayConfig
from genred.outputs.airplay import journal as journal_module
from genred.outputs.airplay import output as output_module
from genred.outputs.airplay.log_file import LogFile
from genred.outputs.airplay.output import AirplayOutput, LogStatus
from tests.airplay.made_up import entry, write_log
from tests.outputs.events import NOON, NOON_S, RUN, changed, profile, report

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class HandClock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.ahead_s = 0.0
        self.run = RUN

    def monotonic(self) -> float:
        return NOON_S + self.seconds

    def moment(self, monotonic_s: float) -> Moment:
        return Moment(monotonic_s, NOON + timedelta(seconds=monotonic_s - NOON_S + self.ahead_s), RUN)

    def timeout_s(self, seconds: float) -> float:
        return seconds


class Log:
    """An output with its log, whose commits are made by hand."""

    def __init__(
        self, path: Path, *, stations: tuple[str, ...] = ("kitchen",), config: AirplayConfig | None = None
    ) -> None:
        self.path = path
        self.clock = HandClock()
        self.heard: list[LogStatus] = []
        self.output = AirplayOutput(
            path,
            "pi",
            config or AirplayConfig(),
            [profile(station) for station in stations],
            on_status=self.heard.append,
            clock=self.clock,
            every_s=3_600.0,
        )
        self.output.start()

    def play(self, seconds: int, genre: str = "jazz", station: str = "kitchen") -> None:
        self.output.handle(changed(genre, self.clock.seconds, station=station))
        for _ in range(seconds):
            self.clock.seconds += 1.0
            self.output.handle(report(station, genre, at_s=self.clock.seconds, title=None))

    def flush(self) -> LogStatus:
        self.output.flush()
        return self.output.status

    def read(self) -> list[tuple[str, float]]:
        with AirplayLog(self.path) as log:
            return [
                (found.announcement, round(found.seconds, 3))
                for station in log.stations()
                for found in log.entries(station, None, None)
            ]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "log" / "airplay.sqlite"


@contextlib.contextmanager
def small_disk(folder: Path, kilobytes: int) -> Iterator[None]:
    """A disk of its own for a folder, where the system lets us have one."""
    folder.mkdir(parents=True, exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("no disk of its own can be mounted here")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def test_what_is_on_air_is_in_the_log_after_each_commit(path: Path) -> None:
    log = Log(path)
    log.play(30)
    assert log.flush() == LogStatus()
    assert log.read() == [("jazz", 30.0)]
    log.play(20, "rock")
    log.flush()
    log.output.close()
    assert log.read() == [("jazz", 30.0), ("rock", 20.0)]
    with AirplayLog(path) as read:
        assert [run.ended for run in read.runs()] == ["stopped"]
        assert read.stations()[0].name == "Kitchen"


def test_a_new_start_goes_on_where_the_last_one_ended(path: Path) -> None:
    write_log(path, entry(-3_600, 600, station="kitchen"))
    log = Log(path)
    log.play(10)
    log.output.close()
    found = log.read()
    assert [word for word, _ in found] == ["jazz", "offline", "jazz"]
    assert found[1][1] == 3_000.0


@pytest.mark.parametrize(("uptime_s", "cause"), [(20.0, Cause.NOT_RUNNING), (7_200.0, Cause.CLOCK_STEP)])
def test_a_clock_that_is_set_after_the_machine_was_started_shows_how_long_it_was_off(
    path: Path, monkeypatch: pytest.MonkeyPatch, uptime_s: float, cause: Cause
) -> None:
    monkeypatch.setattr(output_module, "uptime_s", lambda: uptime_s)
    write_log(path, entry(-600, 600, station="kitchen"))
    log = Log(path)
    log.play(5)
    log.clock.ahead_s = 3 * 86_400.0
    log.clock.seconds += 1.0
    assert log.flush() == LogStatus()
    with AirplayLog(path) as written:
        (station,) = written.stations()
        (off,) = (one for one in written.entries(station, None, None) if one.cause is cause)
    assert off.seconds == (3 * 86_400.0 if cause is Cause.NOT_RUNNING else 0.0)


def test_a_station_that_is_removed_ends_and_one_that_is_added_begins(path: Path) -> None:
    log = Log(path)
    log.play(10)
    log.output.update([profile("bath")])
    log.clock.seconds += 60.0
    log.play(10, "rock", "bath")
    log.output.update([profile("kitchen")])
    log.play(5, "jazz")
    log.output.close()
    with AirplayLog(path) as read:
        bath, kitchen = read.stations()
        assert [(one.announcement, one.cause) for one in read.entries(bath, None, None)] == [
            ("offline", Cause.STARTING),
            ("rock", None),
        ]
        assert [(one.announcement, one.cause) for one in read.entries(kitchen, None, None)] == [
            ("jazz", None),
            ("offline", Cause.NOT_CONFIGURED),
            ("jazz", None),
        ]


def test_what_a_removed_station_says_late_is_not_logged(path: Path) -> None:
    log = Log(path, stations=("kitchen", "bath"))
    log.play(10)
    log.output.update([profile("bath")])
    log.play(10, "rock")
    log.output.close()
    with AirplayLog(path) as read:
        (kitchen,) = (station for station in read.stations() if station.station == "kitchen")
        assert [one.announcement for one in read.entries(kitchen, None, None)] == ["jazz"]


def test_a_log_that_another_process_holds_is_written_later(path: Path) -> None:
    log = Log(path)
    log.play(10)
    log.flush()
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        log.play(10, "rock")
        log.play(10, "classical")
        status = log.flush()
        assert status.problem is not None
        assert "locked" in status.problem
        assert status.waiting == 2
    assert log.flush() == LogStatus()
    assert log.read() == [("jazz", 10.0), ("rock", 10.0), ("classical", 10.0)]
    assert [heard.problem is None for heard in log.heard] == [False, True]


def test_a_full_disk_stops_nothing_and_what_waits_is_written_when_there_is_room(path: Path) -> None:
    with small_disk(path.parent, 400):
        log = Log(path)
        log.play(10)
        assert log.flush().problem is None
        ballast = path.with_name("ballast")
        with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as file:
            while True:
                file.write(bytes(4_096))
        for _ in range(300):
            log.play(1, "rock")
            log.play(1, "classical")
        status = log.flush()
        assert status.problem is not None
        assert "full" in status.problem
        assert status.waiting >= 600
        ballast.unlink()
        assert log.flush() == LogStatus()
        assert len(log.read()) == 601
        log.output.close()


def test_a_read_only_disk_is_told_of(path: Path) -> None:
    with small_disk(path.parent, 400):
        write_log(path, entry(-60, 60, station="kitchen"))
        subprocess.run(["mount", "-o", "remount,ro", str(path.parent)], check=True)
        log = Log(path)
        log.play(10, "rock")
        problem = log.flush().problem
        assert problem is not None
        assert "airplay.sqlite" in problem
        assert "ead-only" in problem
        assert log.read() == [("jazz", 60.0)]
        subprocess.run(["mount", "-o", "remount,rw", str(path.parent)], check=True)
        assert log.flush() == LogStatus()
        assert log.read() == [("jazz", 60.0), ("rock", 10.0)]
        log.output.close()


def test_a_log_from_the_future_is_set_aside_when_the_clock_is_sure_to_be_right(path: Path) -> None:
    write_log(path, entry(86_400 * 2_000, 60, station="kitchen"))
    log = Log(path)
    log.play(600)
    log.flush()
    assert not list(path.parent.glob("airplay.future-*"))
    log.play(3_700, "rock")
    log.flush()
    log.play(60, "classical")
    log.flush()
    assert log.read()[-1] == ("classical", 60.0)
    with AirplayLog(path) as read:
        (station,) = read.stations()
        *_, last = read.entries(station, None, None)
        assert last.ended_at == NOON + timedelta(seconds=4_360)
    (aside,) = path.parent.glob("airplay.future-*Z.sqlite")
    with AirplayLog(aside) as read:
        (station,) = read.stations()
        assert sum(one.seconds for one in read.entries(station, None, None)) == pytest.approx(60 + 4_300, abs=1.0)
    log.output.close()


def test_what_happens_while_a_log_from_the_future_is_set_aside_does_not_close_the_new_one(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_log(path, entry(86_400 * 2_000, 60, station="kitchen"))
    log = Log(path)
    log.play(10)
    log.flush()
    log.play(3_700, "rock")
    set_aside = LogFile.set_aside

    def slow(file: LogFile, why: str) -> Path | None:
        log.play(2, "speech")
        return set_aside(file, why)

    monkeypatch.setattr(LogFile, "set_aside", slow)
    log.flush()
    log.play(60, "classical")
    log.flush()
    assert log.read()[-1] == ("classical", 60.0)
    with AirplayLog(path) as read:
        (station,) = read.stations()
        ends = [one.ended_at for one in read.entries(station, None, None)]
    assert max(ends) == NOON + timedelta(seconds=3_772)
    log.output.close()


def test_a_folder_that_cannot_be_made_is_told_of_and_tried_again(path: Path) -> None:
    path.parent.write_text("a file in the place of the folder")
    log = Log(path)
    log.play(10)
    problem = log.flush().problem
    assert problem is not None
    assert "airplay.sqlite" in problem
    path.parent.unlink()
    log.play(10, "rock")
    assert log.flush() == LogStatus()
    assert log.read() == [("jazz", 10.0), ("rock", 10.0)]


@pytest.mark.parametrize("damage", ["truncated", "garbage"])
def test_a_damaged_log_is_set_aside_and_a_new_one_begun(path: Path, damage: str) -> None:
    write_log(path, *(entry(-60.0 * number, 60, station="kitchen") for number in range(400, 0, -1)))
    with path.open("r+b") as file:
        if damage == "truncated":
            file.truncate(5_000)
        else:
            for page in range(1, 6):
                file.seek(4_096 * page)
                file.write(os.urandom(4_096))
    log = Log(path)
    log.play(10)
    assert log.flush() == LogStatus()
    assert log.read()[-1] == ("jazz", 10.0)
    (aside,) = path.parent.glob("airplay.corrupt-*Z.sqlite")
    assert aside.stat().st_size > 4_096
    log.output.close()


def test_a_log_that_is_damaged_while_it_is_written_is_set_aside(path: Path) -> None:
    log = Log(path)
    log.play(10)
    log.flush()
    for part in ("-wal", "-shm", ""):
        whole = path.with_name(path.name + part)
        if whole.exists():
            whole.write_bytes(os.urandom(8_192))
    for _ in range(3):
        log.play(10, "rock")
        log.play(10, "classical")
        log.flush()
    assert log.output.status == LogStatus()
    assert log.read()[-1] == ("classical", 10.0)
    assert list(path.parent.glob("airplay.corrupt-*Z.sqlite"))
    log.output.close()


def test_a_log_of_a_newer_genred_is_not_touched_and_what_waits_is_kept(path: Path) -> None:
    write_log(path, entry(-120, 60, station="kitchen"))
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {LOG.version + 1}")
    log = Log(path)
    log.play(10)
    log.play(10, "rock")
    status = log.flush()
    assert status.problem is not None
    assert "newer genred" in status.problem
    assert not list(path.parent.glob("*corrupt*"))
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {LOG.version}")
    assert log.flush() == LogStatus()
    assert [word for word, _ in log.read()] == ["jazz", "offline", "jazz", "rock"]
    log.output.close()


def test_rows_that_wait_are_bounded_and_counted(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_module, "MAX_ROWS", 10)
    path.parent.write_text("a file in the place of the folder")
    log = Log(path)
    for _ in range(10):
        log.play(1, "jazz")
        log.play(1, "rock")
    status = log.flush()
    assert (status.waiting, status.dropped) == (10, 9)
    path.parent.unlink()
    assert log.flush().problem is None
    found = log.read()
    assert len(found) == 11
    log.output.close()


def test_offline_stations_are_in_the_log_with_their_cause(path: Path) -> None:
    log = Log(path)
    log.output.handle(report(state=State.OFFLINE, at_s=1.0, title=None))
    log.clock.seconds = 60.0
    log.output.close()
    with AirplayLog(path) as read:
        (station,) = read.stations()
        (only,) = read.entries(station, None, None)
        assert (only.announcement, only.cause, only.seconds) == ("offline", Cause.STARTING, 60.0)


def test_the_disk_may_be_taken_away(path: Path) -> None:
    log = Log(path)
    log.play(10)
    log.flush()
    shutil.rmtree(path.parent)
    log.play(10, "rock")
    log.flush()
    log.play(10, "classical")
    log.flush()
    log.output.close()


def test_each_commit_is_synced_to_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[Path] = []
    fdatasync = os.fdatasync

    def note(descriptor: int) -> None:
        synced.append(pathlib.Path(f"/proc/self/fd/{descriptor}").readlink())
        fdatasync(descriptor)

    monkeypatch.setattr(os, "fdatasync", note)
    log = Log(tmp_path / "airplay.sqlite")
    log.play(10)
    log.output.flush()
    assert synced == [tmp_path / "airplay.sqlite-wal"]
    log.output.close()
    assert AirplayLog(tmp_path / "airplay.sqlite").stations()


def test_a_station_that_comes_back_after_a_restart_was_not_configured_meanwhile(path: Path) -> None:
    first = Log(path, stations=("kitchen", "bath"))
    first.play(10)
    first.output.update([profile("bath")])
    first.clock.seconds += 600.0
    first.output.close()
    second = Log(path, stations=("bath",))
    second.clock.seconds = first.clock.seconds + 60.0
    second.output.update([profile("bath")])
    second.flush()
    second.clock.seconds += 600.0
    second.output.update([profile("bath"), profile("kitchen")])
    second.play(10, "rock")
    second.output.close()
    with AirplayLog(path) as read:
        (kitchen,) = (station for station in read.stations() if station.station == "kitchen")
        assert [(one.announcement, one.cause, round(one.seconds)) for one in read.entries(kitchen, None, None)] == [
            ("jazz", None, 10),
            ("offline", Cause.NOT_CONFIGURED, 1260),
            ("rock", None, 10),
        ]
