"""Events become entries that tile the time of a station, whatever the clock does."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genred.airplay.entries import LogEnding, StationFold
from genred.airplay.log_clock import LogClock
from genred.airplay.rows import ClockStep, Entry, GapRow, TitleSpan
from genred.analysis.estimate import Level, State
from genred.cause import Cause
from genred.clock import Moment
from genred.events import (
    AnnouncementChanged,
    Event,
    Gap,
    SilenceStarted,
    SourceLost,
    StationReport,
    StationSwitched,
    TitleChanged,
)

if TYPE_CHECKING:
    from collections.abc import Callable

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)


@dataclass
class Machine:
    """A station on a machine whose wall clock can be set, and its log over several starts of the daemon."""

    monotonic_s: float = 1_000.0
    wall: datetime = NOON
    rows: list[Entry | GapRow | TitleSpan | ClockStep] = field(default_factory=list)
    suspended_s: float = 0.0
    runs: int = 0
    title: str | None = None

    def __post_init__(self) -> None:
        self.start()

    def start(self) -> None:
        self.runs += 1
        self.run = f"run{self.runs}"
        entries = self.entries
        before = entries[-1].ended_at if entries else None
        self.clock = LogClock(self.run, before, after_boot=self.monotonic_s < 600.0)
        self.fold = StationFold(
            "one", self.clock, self.rows.append, before=None if before is None else LogEnding(before)
        )
        self.on_air = "offline"
        self.since_s: float | None = None

    def restart(self, wait_s: float) -> None:
        self.kill()
        self.pass_time(wait_s)
        self.start()

    def kill(self) -> None:
        open_entry = self.fold.open_entry
        if open_entry is not None:
            self.rows.append(open_entry)

    def pass_time(self, seconds: float) -> None:
        self.monotonic_s += seconds
        self.wall += timedelta(seconds=seconds)

    def step(self, seconds: float) -> None:
        self.wall += timedelta(seconds=seconds)

    def suspend(self, seconds: float) -> None:
        self.wall += timedelta(seconds=seconds)
        self.suspended_s += seconds

    def moment(self, ago_s: float = 0.0) -> Moment:
        return Moment(self.monotonic_s - ago_s, self.wall - timedelta(seconds=ago_s), self.run)

    def take(self, event: Event) -> None:
        jump = self.clock.observe(event.at, self.suspended_s)
        if jump is not None:
            self.rows.append(jump.step)
            self.fold.jump(jump)
        self.fold.handle(event)

    def announce(self, announcement: str) -> None:
        self.take(
            AnnouncementChanged(
                station="one",
                at=self.moment(),
                previous=self.on_air,
                previous_since=None,
                announcement=announcement,
                confidence=0.9,
            )
        )
        self.on_air = announcement
        self.report()

    def report(self, confidence: float = 0.9) -> None:
        offline = self.on_air == "offline"
        state = State(self.on_air) if self.on_air in {"offline", "silence", "speech", "uncertain"} else State.MUSIC
        self.take(
            StationReport(
                station="one",
                at=self.moment(),
                state=state,
                genre=self.on_air if state is State.MUSIC else None,
                confidence=None if offline else confidence,
                probabilities={} if offline else {"jazz": confidence, "rock": 1 - confidence},
                since=self.moment(),
                level=None if offline else Level(-20.0, -3.0, 0.0),
                title=self.title,
                model="student",
                windows=1,
                dropped_windows=0,
                reconnects=0,
            )
        )

    def play(self, announcement: str, seconds: int, title: str | None = None) -> None:
        self.title = title
        if announcement != self.on_air:
            self.announce(announcement)
        for _ in range(seconds):
            self.pass_time(1.0)
            self.report()

    @property
    def entries(self) -> list[Entry]:
        return [row for row in self.rows if isinstance(row, Entry)]

    @property
    def words(self) -> list[str]:
        return [entry.announcement for entry in self.entries]


def assert_tiled(entries: list[Entry]) -> None:
    for before, later in itertools.pairwise(entries):
        assert before.ended_at == later.started_at
    for entry in entries:
        assert entry.ended_at > entry.started_at
        assert entry.seconds >= 0.0


def test_a_station_that_went_off_air_with_the_daemon_was_stopping() -> None:
    machine = Machine()
    machine.play("jazz", 5)
    machine.pass_time(0.4)
    machine.announce("offline")
    machine.fold.close(machine.monotonic_s)
    assert [(entry.announcement, entry.cause) for entry in machine.entries] == [
        ("jazz", None),
        ("offline", Cause.STOPPING),
    ]
    machine.pass_time(1.0)
    machine.announce("offline")
    machine.pass_time(1.0)
    machine.play("jazz", 5)
    assert_tiled(machine.entries)
    assert machine.entries[-1].cause is Cause.STARTING


def test_a_station_that_never_had_audio_was_starting_until_the_end() -> None:
    machine = Machine()
    machine.announce("offline")
    machine.pass_time(3.0)
    machine.fold.close(machine.monotonic_s)
    assert [entry.cause for entry in machine.entries] == [Cause.STARTING]


def test_each_thing_on_air_is_an_entry_with_its_means() -> None:
    machine = Machine()
    machine.play("jazz", 60)
    machine.play("rock", 30)
    machine.kill()
    jazz, rock = machine.entries
    assert (jazz.genre, jazz.seconds, jazz.reports) == ("jazz", 60.0, 61)
    assert (jazz.confidence, jazz.least_confidence) == pytest.approx((0.9, 0.9))
    assert jazz.probabilities == pytest.approx((0.9, 0.1))
    assert jazz.level_dbfs == pytest.approx(-20.0)
    assert rock.started_at == jazz.ended_at == NOON + timedelta(seconds=60)


def test_a_title_cuts_an_entry_and_is_a_span_by_itself() -> None:
    machine = Machine()
    machine.play("jazz", 10)
    machine.take(TitleChanged(station="one", at=machine.moment(), title="A - B", artist="A", song="B", previous=None))
    machine.play("jazz", 20, title="A - B")
    machine.play("rock", 20, title="A - B")
    machine.play("rock", 20, title=None)
    machine.kill()
    assert [(entry.genre, entry.artist, entry.seconds) for entry in machine.entries] == [
        ("jazz", None, 10.0),
        ("jazz", "A", 20.0),
        ("rock", "A", 21.0),
        ("rock", None, 19.0),
    ]
    assert [(row.title, row.song, row.seconds) for row in machine.rows if isinstance(row, TitleSpan)] == [
        ("A - B", "B", 41.0)
    ]


def test_silence_begins_with_its_first_second_and_offline_with_the_last_that_was_heard() -> None:
    machine = Machine()
    machine.play("jazz", 30)
    machine.take(SilenceStarted(station="one", at=machine.moment(ago_s=5.0), level_dbfs=-90.0))
    machine.play("silence", 15)
    machine.pass_time(10.0)
    machine.take(SourceLost(station="one", at=machine.moment(), cause=Cause.STALLED, message="no audio"))
    machine.announce("offline")
    machine.pass_time(5.0)
    machine.take(Gap(station="one", at=machine.moment(), started_at=machine.moment(ago_s=15.0), cause=Cause.STALLED))
    machine.kill()
    assert [(entry.announcement, entry.seconds, entry.cause) for entry in machine.entries] == [
        ("jazz", 25.0, None),
        ("silence", 20.0, None),
        ("offline", 15.0, Cause.STALLED),
    ]
    assert [(row.cause, row.seconds) for row in machine.rows if isinstance(row, GapRow)] == [(Cause.STALLED, 15.0)]


def test_a_station_that_is_switched_off_says_so() -> None:
    machine = Machine()
    machine.play("jazz", 5)
    machine.take(StationSwitched(station="one", at=machine.moment(), enabled=False))
    machine.announce("offline")
    machine.pass_time(60.0)
    machine.report()
    machine.kill()
    assert machine.entries[-1].cause is Cause.DISABLED


def test_the_time_until_a_restart_is_a_gap() -> None:
    machine = Machine()
    machine.play("jazz", 10)
    machine.restart(120.0)
    machine.play("jazz", 10)
    machine.kill()
    assert_tiled(machine.entries)
    assert [(entry.announcement, entry.seconds, entry.cause) for entry in machine.entries] == [
        ("jazz", 10.0, None),
        ("offline", 120.0, Cause.NOT_RUNNING),
        ("jazz", 10.0, None),
    ]


@pytest.mark.parametrize("hours", [1, -1])
def test_a_step_of_the_clock_is_a_row_of_its_own_and_no_duration_follows_it(hours: int) -> None:
    machine = Machine()
    machine.play("jazz", 60)
    machine.step(hours * 3_600.0)
    machine.play("jazz", 60)
    machine.kill()
    assert_tiled(machine.entries)
    assert [row.seconds for row in machine.rows if isinstance(row, ClockStep)] == [pytest.approx(hours * 3_600.0)]
    jazz = [entry for entry in machine.entries if entry.genre == "jazz"]
    assert sum(entry.seconds for entry in jazz) == pytest.approx(120.0)
    assert sum(entry.seconds for entry in machine.entries) == pytest.approx(120.0)
    if hours > 0:
        assert machine.entries[1].cause is Cause.CLOCK_STEP
        assert machine.entries[-1].ended_at == machine.wall


@pytest.mark.parametrize("clock_is_behind_s", [0.0, 1_700_000_000.0])
def test_days_without_power_are_an_outage_on_a_board_whose_clock_stands_still_meanwhile(
    clock_is_behind_s: float,
) -> None:
    machine = Machine()
    machine.play("jazz", 60)
    machine.kill()
    machine.monotonic_s = 20.0
    machine.step(-clock_is_behind_s)
    machine.start()
    machine.play("jazz", 30)
    machine.step(clock_is_behind_s + 3 * 86_400.0)
    machine.play("jazz", 60)
    machine.kill()
    assert_tiled(machine.entries)
    assert machine.entries[-1].ended_at == machine.wall
    (off,) = (one for one in machine.entries if one.seconds > 3_600)
    assert off.cause is Cause.NOT_RUNNING
    assert off.seconds == pytest.approx(3 * 86_400.0, abs=60)
    machine.step(3_600.0)
    machine.play("jazz", 60)
    machine.kill()
    assert [one.seconds for one in machine.entries if one.cause is Cause.CLOCK_STEP] == [0.0]


def test_a_new_log_on_a_board_whose_clock_is_set_later_has_no_outage() -> None:
    machine = Machine(monotonic_s=20.0)
    machine.play("jazz", 60)
    machine.step(3 * 86_400.0)
    machine.play("jazz", 60)
    machine.kill()
    assert [one.seconds for one in machine.entries if one.cause is Cause.CLOCK_STEP] == [0.0]


def test_a_clock_that_was_set_back_is_caught_up_with() -> None:
    machine = Machine()
    machine.play("jazz", 60)
    machine.step(-60.0)
    machine.play("jazz", 200)
    machine.kill()
    assert_tiled(machine.entries)
    assert machine.entries[-1].ended_at == machine.wall


def test_the_sleep_of_the_machine_is_a_gap() -> None:
    machine = Machine()
    machine.play("jazz", 60)
    machine.suspend(7_200.0)
    machine.play("jazz", 60)
    machine.kill()
    assert_tiled(machine.entries)
    assert [(entry.announcement, round(entry.seconds), entry.cause) for entry in machine.entries] == [
        ("jazz", 61, None),
        ("offline", 7_200, Cause.SUSPENDED),
        ("jazz", 59, None),
    ]


@pytest.mark.parametrize(
    ("set_clock", "parts"),
    [
        (lambda machine: machine.step(7_200.0), [(0, 10, 10.0), (10, 7_210, 0.0), (7_210, 7_220, 10.0)]),
        (lambda machine: machine.suspend(7_200.0), [(0, 10, 10.0), (10, 7_210, 7_200.0), (7_210, 7_220, 10.0)]),
        (lambda machine: machine.step(-7_200.0), [(0, 10, 10.0), (10, 15, 10.0)]),
    ],
)
def test_a_gap_ends_where_the_clock_is_set_and_goes_on_behind_it(
    set_clock: Callable[[Machine], None], parts: list[tuple[float, float, float]]
) -> None:
    machine = Machine()
    machine.report()
    since_s = machine.monotonic_s
    machine.pass_time(10.0)
    set_clock(machine)
    machine.report()
    machine.pass_time(10.0)
    at = machine.moment()
    machine.take(Gap(station="one", at=at, started_at=at.on_this_clock(since_s), cause=Cause.DNS))
    found = [
        ((row.started_at - NOON).total_seconds(), (row.ended_at - NOON).total_seconds(), row.seconds)
        for row in machine.rows
        if isinstance(row, GapRow)
    ]
    assert sorted(found) == parts


PLAY = st.tuples(st.sampled_from(["jazz", "rock", "silence", "speech", "uncertain", "offline"]), st.integers(0, 20))
DEED = st.one_of(
    st.tuples(st.just("play"), PLAY),
    st.tuples(st.just("step"), st.floats(-1e5, 1e5)),
    st.tuples(st.just("suspend"), st.floats(0.0, 1e5)),
    st.tuples(st.just("restart"), st.floats(0.0, 1e4)),
    st.tuples(st.just("silence"), st.floats(0.0, 30.0)),
    st.tuples(st.just("gap"), st.floats(0.0, 300.0)),
    st.tuples(st.just("lost"), st.sampled_from([Cause.STALLED, Cause.DNS])),
    st.tuples(st.just("title"), st.sampled_from([None, "A - B", "C"])),
    st.tuples(st.just("switch"), st.booleans()),
)


def do(machine: Machine, deed: str, what: object) -> None:
    match deed, what:
        case "play", (str(announcement), int(seconds)):
            machine.play(announcement, seconds)
        case "step", float(seconds):
            machine.step(seconds)
        case "suspend", float(seconds):
            machine.suspend(seconds)
        case "restart", float(seconds):
            machine.restart(seconds)
        case "silence", float(ago_s):
            machine.take(SilenceStarted(station="one", at=machine.moment(ago_s), level_dbfs=-90.0))
        case "gap", float(ago_s):
            at, started_at = machine.moment(), machine.moment(ago_s)
            machine.take(Gap(station="one", at=at, started_at=started_at, cause=Cause.LOST))
        case "lost", Cause() as cause:
            machine.take(SourceLost(station="one", at=machine.moment(), cause=cause, message=""))
        case "switch", bool(enabled):
            machine.take(StationSwitched(station="one", at=machine.moment(), enabled=enabled))
        case _:
            title = what if isinstance(what, str) else None
            machine.take(
                TitleChanged(station="one", at=machine.moment(), title=title, artist=None, song=None, previous=None)
            )


@given(deeds=st.lists(DEED, max_size=40))
@settings(max_examples=300, deadline=None)
def test_any_events_with_any_clock_steps_tile_the_time(deeds: list[tuple[str, object]]) -> None:
    machine = Machine()
    for deed, what in deeds:
        do(machine, deed, what)
    machine.kill()
    assert_tiled([entry for entry in machine.entries if entry.ended_at > entry.started_at])
    for row in machine.rows:
        if isinstance(row, GapRow | TitleSpan):
            assert row.ended_at >= row.started_at
            assert row.seconds >= 0.0


@given(deeds=st.lists(DEED.filter(lambda deed: deed[0] not in {"restart", "suspend"}), min_size=1, max_size=30))
@settings(max_examples=200, deadline=None)
def test_the_seconds_of_all_entries_are_those_of_the_monotonic_clock(deeds: list[tuple[str, object]]) -> None:
    machine = Machine()
    machine.report()
    started_s = machine.monotonic_s
    for deed, what in deeds:
        do(machine, deed, what)
    machine.kill()
    total_s = sum(entry.seconds for entry in machine.entries)
    assert total_s == pytest.approx(machine.fold._until - started_s, abs=1e-3)
