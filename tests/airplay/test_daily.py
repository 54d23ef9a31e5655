"""What the log comes to each day, on the station's own clocks."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import msgspec
import pytest

from genred import breaks
from genred.airplay.errors import AirplayError
from genred.airplay.rows import Batch
from genred.airplay.store import AirplayStore
from genred.clock import Moment
from genred.config.schema import AirplayConfig
from genred.events import DaemonEvent, DaySummary, StationProfile
from genred.outputs.airplay.daily import AFTER_MIDNIGHT_S, DailyOutput
from genred.outputs.airplay.day_files import DayFiles, write_day_files
from genred.outputs.airplay.owed_days import OWED_DAYS, OwedDay
from genred.outputs.mqtt.output import MqttOutput
from genred.payloads.day import day_payload
from tests.airplay.made_up import entry, run_of
from tests.outputs.events import NOON, config, profile

if TYPE_CHECKING:
    from pathlib import Path


@dataclass
class Days:
    """An output with a log, whose looks are made by hand."""

    path: Path
    zone: str = "Europe/Berlin"
    now: datetime = NOON
    said: list[DaySummary] = field(default_factory=list)
    written: list[tuple[str, str]] = field(default_factory=list)
    full: bool = False
    tried: int = 0
    run: str = "a1"

    def __post_init__(self) -> None:
        station = profile("one")
        self.profile = StationProfile(
            id="one",
            name="One",
            labels=station.labels,
            model=station.model,
            source_label=station.source_label,
            time_zone=self.zone,
        )
        self.restart()

    def restart(self, *stations: StationProfile) -> None:
        """Of the daemon, with the station or others."""
        files = DayFiles(self.path, self.path.parent / "days", self._write)
        self.output = DailyOutput(self.path, "pi", stations or [self.profile], self._take, files=files, clock=self)

    def monotonic(self) -> float:
        return self.now.timestamp()

    def moment(self, monotonic_s: float) -> Moment:
        return Moment(monotonic_s, datetime.fromtimestamp(monotonic_s, UTC), self.run)

    def timeout_s(self, seconds: float) -> float:
        return seconds

    def _take(self, event: DaemonEvent) -> None:
        assert isinstance(event, DaySummary)
        self.said.append(event)

    def _write(self, _path: Path, owed: OwedDay, _folder: Path) -> None:
        self.tried += 1
        if self.full:
            raise OSError(28, "No space left on device")
        self.written.append((owed.station, str(owed.day)))

    def look_at(self, now: datetime) -> list[DaySummary]:
        self.now, self.said = now, []
        self.output.look()
        return self.said


@pytest.fixture
def days(tmp_path: Path) -> Days:
    return Days(tmp_path / "a.sqlite")


def local(text: str, zone: str = "Europe/Berlin") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def day_of(summary: DaySummary) -> str:
    return summary.figures.day.isoformat()


def log(path: Path, *spans: tuple[datetime, float, str]) -> None:
    entries = [entry((start - NOON).total_seconds(), seconds, on_air) for start, seconds, on_air in spans]
    with AirplayStore(path, "pi") as store:
        store.write(run_of(), Batch(list(entries)))


def test_a_day_is_summed_up_so_far_and_after_midnight_as_a_whole(days: Days) -> None:
    evening = local("2026-11-22T22:00")
    log(days.path, (evening, 3_600, "jazz"), (evening + timedelta(hours=1), 60, "silence"))
    (so_far,) = days.look_at(local("2026-11-22T23:30"))
    assert (day_of(so_far), so_far.is_over, so_far.figures.music_s, so_far.figures.genre) == (
        "2026-11-22",
        False,
        3_600,
        "jazz",
    )
    assert (so_far.figures.dead_air_s, so_far.figures.dead_airs, so_far.figures.availability) == (60, 1, 1.0)
    midnight = local("2026-11-23T00:00")
    assert [day_of(one) for one in days.look_at(midnight + timedelta(seconds=AFTER_MIDNIGHT_S - 1))] == ["2026-11-23"]
    over, today = days.look_at(midnight + timedelta(seconds=AFTER_MIDNIGHT_S + 1))
    assert (day_of(over), over.is_over, over.figures.music_s) == ("2026-11-22", True, 3_600)
    assert (day_of(today), today.is_over, today.figures.music_s) == ("2026-11-23", False, 0)
    assert days.written == [("one", "2026-11-22")]
    assert len(days.look_at(midnight + timedelta(minutes=10))) == 1


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Berlin", "2026-10-25", 25),
        ("Europe/Berlin", "2026-03-29", 23),
        ("Australia/Lord_Howe", "2026-04-05", 24.5),
        ("America/New_York", "2026-11-01", 25),
        ("UTC", "2026-12-31", 24),
        ("Asia/Kolkata", "2028-02-29", 24),
    ],
)
def test_days_are_as_long_as_clocks_make_them(tmp_path: Path, zone: str, day: str, hours: float) -> None:
    days = Days(tmp_path / "a.sqlite", zone)
    start = local(f"{day}T00:00", zone)
    log(days.path, (start, hours * 3_600, "jazz"))
    days.look_at(start + timedelta(hours=hours - 1))
    over, today = days.look_at(start + timedelta(hours=hours, minutes=1))
    assert (day_of(over), over.figures.logged_s, over.figures.music_s) == (day, hours * 3_600, hours * 3_600)
    assert today.figures.logged_s == 0


def test_a_start_publishes_yesterday_but_writes_no_files_of_it(days: Days) -> None:
    log(days.path, (local("2026-11-22T12:00"), 600, "jazz"))
    assert [one.is_over for one in days.look_at(local("2026-11-23T09:00"))] == [True, False]
    assert days.written == []


def test_the_files_of_a_day_are_tried_again_until_there_is_room(days: Days, caplog: pytest.LogCaptureFixture) -> None:
    first, second = local("2026-11-22T22:00"), local("2026-11-23T22:00")
    log(days.path, (first, 86_400, "jazz"), (second, 7_000, "rock"))
    days.look_at(local("2026-11-22T23:00"))
    days.full = True
    for hours in (2, 3, 26, 27):
        days.look_at(local("2026-11-22T23:00") + timedelta(hours=hours))
    assert (days.tried, days.written) == (4, [])
    assert [record.levelname for record in caplog.records].count("WARNING") == 1
    days.full = False
    days.look_at(local("2026-11-24T03:00"))
    assert sorted(days.written) == [("one", "2026-11-22"), ("one", "2026-11-23")]
    days.look_at(local("2026-11-24T04:00"))
    assert len(days.written) == 2


def test_a_day_whose_files_cannot_be_written_for_a_week_is_given_up(days: Days) -> None:
    log(days.path, (local("2026-11-22T22:00"), 600, "jazz"))
    days.look_at(local("2026-11-22T23:00"))
    days.full = True
    days.look_at(local("2026-11-23T01:00"))
    days.look_at(local("2026-11-23T01:00") + timedelta(days=OWED_DAYS))
    days.full = False
    days.look_at(local("2026-11-23T02:00") + timedelta(days=OWED_DAYS))
    assert (days.tried, days.written) == (1, [])


def test_a_restart_does_not_forget_the_files_of_a_day_that_could_not_be_written(days: Days) -> None:
    log(days.path, (local("2026-11-22T22:00"), 7_300, "jazz"))
    days.look_at(local("2026-11-22T23:00"))
    days.full = True
    days.look_at(local("2026-11-23T00:10"))
    days.restart()
    days.look_at(local("2026-11-23T01:00"))
    assert (days.tried, days.written) == (2, [])
    days.full = False
    days.restart()
    days.look_at(local("2026-11-23T02:00"))
    days.restart()
    days.look_at(local("2026-11-23T03:00"))
    assert (days.tried, days.written) == (3, [("one", "2026-11-22")])


def test_a_day_that_ends_while_the_daemon_does_not_run_gets_its_files(days: Days) -> None:
    log(days.path, (local("2026-11-22T22:00"), 3_600, "jazz"))
    days.look_at(local("2026-11-22T23:00"))
    days.restart()
    days.look_at(local("2026-11-23T09:00"))
    assert days.written == [("one", "2026-11-22")]


def test_the_last_day_of_a_station_that_is_removed_gets_its_files(days: Days) -> None:
    log(days.path, (local("2026-11-22T22:00"), 3_600, "jazz"))
    days.look_at(local("2026-11-22T23:00"))
    days.restart(profile("two"))
    days.look_at(local("2026-11-23T01:00"))
    assert days.written == [("one", "2026-11-22")]


@pytest.mark.parametrize("content", [b"", b"\xff\x00", b'[{"station": 7}]', b'{"a": [' * 1_000])
def test_a_damaged_note_of_the_days_owed_stops_nothing(
    days: Days, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    log(days.path, (local("2026-11-22T22:00"), 7_300, "jazz"))
    days.path.with_suffix(".days.json").write_bytes(content)
    days.restart()
    assert "a.days.json cannot be read" in caplog.text
    days.look_at(local("2026-11-22T23:00"))
    days.look_at(local("2026-11-23T01:00"))
    assert days.written == [("one", "2026-11-22")]


def test_where_the_days_owed_cannot_be_noted_they_are_known_until_a_restart(
    days: Days, caplog: pytest.LogCaptureFixture
) -> None:
    log(days.path, (local("2026-11-22T22:00"), 7_300, "jazz"))
    note = days.path.with_suffix(".days.json")
    note.mkdir()
    for hour in (22, 23, 25):
        days.look_at(local("2026-11-22T00:00") + timedelta(hours=hour))
    assert days.written == [("one", "2026-11-22")]
    assert caplog.text.count("a.days.json cannot be written") == 1
    note.rmdir()
    days.look_at(local("2026-11-23T02:00"))
    assert note.is_file()


@pytest.mark.parametrize("restarted", [False, True])
def test_a_clock_that_was_ahead_costs_no_summary_and_no_files(days: Days, restarted: bool) -> None:
    log(days.path, (local("2026-11-22T22:00"), 7_300, "jazz"))
    days.look_at(local("2036-01-01T12:00"))
    if restarted:
        days.restart()
    days.look_at(local("2026-11-22T23:00"))
    assert [(day_of(one), one.is_over) for one in days.look_at(local("2026-11-23T01:00"))] == [
        ("2026-11-22", True),
        ("2026-11-23", False),
    ]
    assert days.written == [("one", "2026-11-22")]


def test_a_day_that_ended_while_the_machine_slept_gets_its_files(days: Days) -> None:
    log(days.path, (local("2026-11-22T22:00"), 3_600, "jazz"), (local("2026-11-23T12:00"), 3_600, "jazz"))
    days.look_at(local("2026-11-22T23:00"))
    days.look_at(local("2026-11-24T09:00"))
    assert days.written == [("one", "2026-11-22"), ("one", "2026-11-23")]


def test_a_day_that_ends_while_the_log_cannot_be_read_gets_its_summary_and_files(days: Days) -> None:
    log(days.path, (local("2026-11-22T22:00"), 3_600, "jazz"))
    days.look_at(local("2026-11-22T23:00"))
    with contextlib.closing(sqlite3.connect(days.path, isolation_level=None)) as connection:
        connection.execute("ALTER TABLE entries RENAME TO elsewhere")
    with pytest.raises(AirplayError):
        days.look_at(local("2026-11-23T01:00"))
    with contextlib.closing(sqlite3.connect(days.path, isolation_level=None)) as connection:
        connection.execute("ALTER TABLE elsewhere RENAME TO entries")
    assert [one.is_over for one in days.look_at(local("2026-11-23T01:05"))] == [True, False]
    assert days.written == [("one", "2026-11-22")]


def test_days_are_retained_over_mqtt(days: Days) -> None:
    output = MqttOutput(config(stations=("one",)), [days.profile], None)
    log(days.path, (local("2026-11-22T22:00"), 3_600, "jazz"))
    (so_far,) = days.look_at(local("2026-11-22T23:30"))
    output.handle_daemon(so_far)
    payload = day_payload(so_far, node="genred")
    assert output._outbox._values["genred/genred/one/today"].payload == msgspec.json.encode(payload)
    assert msgspec.json.decode(msgspec.json.encode(payload)) == {
        "schema": 1, "node": "genred", "station": "one", "day": "2026-11-22", "is_over": False, "logged_s": 3_600.0,
        "music_s": 3_600.0, "genre": "jazz", "dead_air_s": 0.0, "dead_airs": 0, "availability": 1.0,
        "at": "2026-11-22T22:30:00.000Z", "run": "a1",
    }  # fmt: skip


def test_the_files_of_a_day_are_a_report_and_a_table(days: Days, tmp_path: Path) -> None:
    log(days.path, (local("2026-11-22T22:00"), 3_600, "jazz"))
    owed = OwedDay("one", local("2026-11-22T12:00").date(), "Europe/Berlin")
    write_day_files(days.path, owed, tmp_path / "days")
    page, table = sorted((tmp_path / "days").iterdir(), key=lambda path: path.suffix, reverse=True)
    assert page.suffix == ".html"
    assert "jazz" in page.read_text()
    assert table.read_text().count("jazz") >= 1


def test_the_folder_is_nowhere_unless_asked_for() -> None:
    assert AirplayConfig().daily_folder == ""


def test_it_rests_after_each_station_so_that_the_analysis_goes_first(
    days: Days, monkeypatch: pytest.MonkeyPatch
) -> None:
    log(days.path, (NOON, 60, "jazz"))
    days.restart(*(profile(id_) for id_ in ("one", "two", "three")))
    passed, rests = iter(range(100)), []

    class Closing(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            rests.append(timeout)
            return len(rests) == 2  # closed meanwhile

    monkeypatch.setattr(breaks, "time", SimpleNamespace(monotonic=lambda: next(passed)))
    monkeypatch.setattr(days.output, "_breaks", breaks.Breaks(Closing()))
    assert {summary.station for summary in days.look_at(NOON + timedelta(seconds=70))} == {"one", "two"}
    assert rests == [breaks.REST, breaks.REST]
