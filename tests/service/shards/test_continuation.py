"""Whatever a station's processes say and whenever one ends, its events tell of one life."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import asdict

from genred.analysis.estimate import Level, State
from genred.analysis.signal_faults import SignalFault
from genred.cause import Cause
from genred.events import (
    AnnouncementChanged,
    ClippingEnded,
    ClippingStarted,
    ConnectionState,
    ConnectionStatus,
    Gap,
    RecordingEnded,
    RecordingProgress,
    RecordingStarted,
    SignalFaultEnded,
    SignalFaultStarted,
    SilenceEnded,
    SilenceStarted,
    SourceLost,
    SourceRecovered,
    StationCounters,
    StationReport,
    StationStatus,
    StationSwitched,
)
from genred.service.shards.continuation import Continuation
from tests.stations.virtual import VirtualClock

if TYPE_CHECKING:
    from genred.events import Event


class Process:
    """What one process says of a station, by the rules that a station keeps."""

    def __init__(self, clock: VirtualClock, *, enabled: bool = True, live: bool = True) -> None:
        self.clock, self.live = clock, live
        self.announced: str | None = None
        self.since = clock.moment(clock.now)
        self.counters = StationCounters()
        self.started_at = clock.now
        self.covered_until = clock.now
        self.enabled = enabled
        self.state = ConnectionState.CONNECTING if enabled else ConnectionState.STOPPED
        self.connected_since = self.since
        self.lost: SourceLost | None = None
        self.silence: SilenceStarted | None = None
        self.clipping: ClippingStarted | None = None
        self.fault: SignalFaultStarted | None = None
        self.windows = 0
        self.gaps_s = 0.0

    def status(self) -> StationStatus:
        counters = StationCounters(
            analysed_s=self.covered_until - self.started_at - self.gaps_s,
            unanalysed_s=self.gaps_s,
            windows=self.windows,
        )
        connection = ConnectionStatus(state=self.state, since=self.connected_since)
        return StationStatus(
            station="a",
            at=self.clock.moment(self.clock.now),
            enabled=self.enabled,
            connection=connection,
            clipping=self.clipping is not None,
            bytes_per_s=1.0,
            accounted_until=self.clock.moment(self.covered_until) if self.live else None,
            counters=counters,
        )

    def play(self, announcement: str, seconds: float) -> list[Event]:
        """Audio flows for a while, and a window is made of it."""
        events: list[Event] = []
        before, self.clock.now = self.clock.now, self.clock.now + seconds
        at = self.clock.moment(self.clock.now)
        if self.state is not ConnectionState.STREAMING:
            if before > self.covered_until:
                events.append(self.gap(before, Cause.STARTING))
            self.state, self.connected_since = ConnectionState.STREAMING, at
            if self.lost is not None:
                events.append(
                    SourceRecovered(station="a", at=at, lost_at=self.lost.at, cause=self.lost.cause, attempts=1)
                )
                self.lost = None
        self.covered_until = self.clock.now
        self.windows += 1
        # Under load, what did not change is reported seldom.
        is_reported = announcement != self.announced or self.windows % 3 == 0
        return [*events, *(self.say(announcement) if is_reported else []), self.status()]

    def say(self, announcement: str) -> list[Event]:
        at = self.clock.moment(self.clock.now)
        events: list[Event] = []
        if announcement != self.announced:
            events.append(
                AnnouncementChanged(
                    station="a",
                    at=at,
                    previous=self.announced,
                    previous_since=None if self.announced is None else self.since,
                    announcement=announcement,
                    confidence=None,
                )
            )
            self.announced, self.since = announcement, at
        offline = announcement == "offline"
        report = StationReport(
            station="a",
            at=at,
            state=State.OFFLINE if offline else State.MUSIC,
            genre=None if offline else announcement,
            confidence=None if offline else 0.5,
            probabilities={},
            since=self.since,
            level=None if offline else Level(-20.0, -10.0, 0.0),
            title=None,
            model="m",
            windows=self.windows,
            dropped_windows=0,
            reconnects=0,
        )
        return [*events, report]

    def lose(self) -> list[Event]:
        if self.lost is not None:
            return []
        at = self.clock.moment(self.clock.now)
        self.state, self.connected_since = ConnectionState.BACKING_OFF, at
        self.lost = SourceLost(station="a", at=at, cause=Cause.CLOSED, message="closed")
        return [self.lost, *self.end_spans(), *self.say("offline"), self.status()]

    def begin_spans(self) -> list[Event]:
        if self.silence is not None or self.state is not ConnectionState.STREAMING:
            return []
        at = self.clock.moment(self.clock.now)
        self.silence = SilenceStarted(station="a", at=at, level_dbfs=-90.0)
        self.clipping = ClippingStarted(station="a", at=at, clipped_share=0.5)
        self.fault = SignalFaultStarted(station="a", at=at, fault=SignalFault.IMBALANCE, channel=1, value=20.0)
        return [self.silence, self.clipping, self.fault]

    def end_spans(self) -> list[Event]:
        if self.silence is None or self.clipping is None or self.fault is None:
            return []
        at = self.clock.moment(self.clock.now)
        ended: list[Event] = [
            SilenceEnded(station="a", at=at, started_at=self.silence.at, level_dbfs=-20.0),
            ClippingEnded(station="a", at=at, started_at=self.clipping.at),
            SignalFaultEnded(station="a", at=at, started_at=self.fault.at, fault=self.fault.fault),
        ]
        self.silence = self.clipping = self.fault = None
        return ended

    def gap(self, until: float, cause: Cause) -> Gap:
        gap = Gap(
            station="a", at=self.clock.moment(until), started_at=self.clock.moment(self.covered_until), cause=cause
        )
        self.gaps_s += until - self.covered_until
        self.covered_until = until
        return gap


def test_a_recording_whose_writer_was_killed_has_ended_where_it_was_last_known_of() -> None:
    clock = VirtualClock()
    continuation = Continuation("a", live=True, clock=clock)
    at = clock.moment(clock.now)
    started = RecordingStarted(
        station="a", at=at, folder="/r", file="a/1.mka", codec="mp3", rate_hz=44_100, channels=2, copied=True
    )
    later = clock.moment(clock.now + 10.0)
    progress = RecordingProgress(station="a", at=later, file="a/1.mka", media_s=10.0, size_bytes=160_000)
    for event in (Process(clock).status(), started, progress):
        list(continuation.take(event))
    (ended,) = [event for event in continuation.break_off("killed") if isinstance(event, RecordingEnded)]
    assert (ended.at, ended.media_s, ended.size_bytes, ended.cause) == (later, 10.0, 160_000, Cause.FAULT)
    assert not any(isinstance(event, RecordingEnded) for event in continuation.break_off("killed again"))


def test_windows_that_were_reported_last_are_counted_though_no_status_followed() -> None:
    clock = VirtualClock()
    continuation = Continuation("a", live=True, clock=clock)
    events: list[Event] = []
    for _ in range(2):
        process = Process(clock)
        *told, _status = [process.status(), *process.play("jazz", 1.0), *process.play("rock", 1.0)]
        for event in told:
            events += continuation.take(event)
        events += continuation.break_off("killed")
    windows = [event.windows for event in events if isinstance(event, StationReport)]
    assert windows == sorted(windows)
    assert windows[-1] == 4
    counted = [event.counters.windows for event in events if isinstance(event, StationStatus)]
    assert counted == sorted(counted)
    assert counted[-1] == 4


steps = st.lists(
    st.one_of(
        st.tuples(st.just("play"), st.sampled_from(["jazz", "rock"]), st.floats(0.25, 5.0)),
        st.tuples(st.just("lose"), st.just(""), st.floats(0.0, 5.0)),
        st.tuples(st.just("spans"), st.just(""), st.just(0.0)),
        st.tuples(st.just("kill"), st.just(""), st.floats(0.0, 9.0)),
    ),
    max_size=30,
)


def live(steps: list[tuple[str, str, float]]) -> tuple[list[Event], VirtualClock, float]:
    clock = VirtualClock()
    began_at = clock.now
    continuation = Continuation("a", live=True, clock=clock)
    process = Process(clock)
    events = list(continuation.take(process.status()))
    for step, word, seconds in steps:
        said: list[Event] = []
        match step:
            case "play":
                said = process.play(word, seconds)
            case "lose":
                said = process.lose()
                clock.now += seconds
            case "spans":
                said = process.begin_spans()
            case _:
                events += continuation.break_off("killed")
                clock.now += seconds
                process = Process(clock)
                said = [process.status()]
        for event in said:
            events += continuation.take(event)
    for event in [process.gap(clock.now, Cause.STOPPING), *process.say("offline"), process.status()]:
        events += continuation.take(event)
    return events, clock, began_at


@given(steps)
def test_announcements_follow_each_other(steps: list[tuple[str, str, float]]) -> None:
    changes = [event for event in live(steps)[0] if isinstance(event, AnnouncementChanged)]
    for earlier, later in itertools.pairwise(changes):
        assert later.previous == earlier.announcement != later.announcement
        assert later.previous_since == earlier.at


@given(steps)
def test_counters_never_fall(steps: list[tuple[str, str, float]]) -> None:
    events, _, _ = live(steps)
    counters = [asdict(event.counters) for event in events if isinstance(event, StationStatus)]
    for earlier, later in itertools.pairwise(counters):
        assert all(later[name] >= earlier[name] - 1e-6 for name in earlier)
    windows = [event.windows for event in events if isinstance(event, StationReport)]
    assert windows == sorted(windows)


@given(steps)
def test_every_second_is_analysed_or_in_a_gap(steps: list[tuple[str, str, float]]) -> None:
    events, clock, began_at = live(steps)
    last = [event for event in events if isinstance(event, StationStatus)][-1].counters
    assert abs(last.analysed_s + last.unanalysed_s - (clock.now - began_at)) < 1e-6
    gaps = [event for event in events if isinstance(event, Gap)]
    assert abs(sum(gap.duration_s for gap in gaps) - last.unanalysed_s) < 1e-6
    for earlier, later in itertools.pairwise(gaps):
        assert earlier.at.monotonic_s <= later.started_at.monotonic_s + 1e-9
    accounted_until = clock.moment(began_at)
    for event in events:
        if isinstance(event, Gap):
            assert event.started_at.monotonic_s >= accounted_until.monotonic_s - 1e-9
        elif isinstance(event, StationStatus):
            assert event.accounted_until is not None
            assert event.accounted_until.monotonic_s >= accounted_until.monotonic_s
            accounted_until = event.accounted_until
    assert accounted_until.monotonic_s == clock.now


@given(steps)
def test_what_begins_ends_before_it_begins_again(steps: list[tuple[str, str, float]]) -> None:
    kinds = (
        (SourceLost, SourceRecovered),
        (SilenceStarted, SilenceEnded),
        (ClippingStarted, ClippingEnded),
        (SignalFaultStarted, SignalFaultEnded),
    )
    events, _, _ = live(steps)
    for begins, ends in kinds:
        found = [type(event) for event in events if isinstance(event, begins | ends)]
        assert found == [begins, ends] * (len(found) // 2) + [begins] * (len(found) % 2)


@given(steps)
def test_what_is_on_air_is_what_was_announced_last(steps: list[tuple[str, str, float]]) -> None:
    announced: AnnouncementChanged | None = None
    for event in live(steps)[0]:
        if isinstance(event, AnnouncementChanged):
            announced = event
        if isinstance(event, StationReport):
            assert announced is not None
            assert event.announcement == announced.announcement
            assert event.since == announced.at


def test_a_station_that_is_switched_off_is_not_lost() -> None:
    clock = VirtualClock()
    continuation = Continuation("a", live=True, clock=clock)
    list(continuation.take(Process(clock, enabled=False).status()))
    clock.advance(5.0)
    assert [type(event) for event in continuation.break_off("killed")] == [StationStatus]
    switched, status = continuation.switch(enabled=True)
    assert isinstance(switched, StationSwitched)
    assert isinstance(status, StationStatus)
    assert status.connection.state is ConnectionState.CONNECTING
    clock.advance(1.0)
    gap, _ = continuation.take(Process(clock).status())
    assert isinstance(gap, Gap)
    assert (gap.duration_s, gap.cause) == (6.0, Cause.DISABLED)


def test_before_it_said_anything_nothing_is_said_for_it() -> None:
    assert not list(Continuation("a", live=True, clock=VirtualClock()).break_off("killed"))


def test_a_file_as_fast_as_possible_has_no_gap() -> None:
    clock = VirtualClock()
    continuation = Continuation("a", live=False, clock=clock)
    list(continuation.take(Process(clock, live=False).status()))
    list(continuation.break_off("killed"))
    clock.advance(5.0)
    assert [type(event) for event in continuation.take(Process(clock, live=False).status())] == [StationStatus]
