"""What a station says, with a clock that is moved by hand: any sequence of faults, in no time."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genred.audio import AudioBlock, SourceInfo
from genred.cause import Cause
from genred.config.schema import AnalysisConfig, ClippingConfig, SilenceConfig
from genred.errors import GenredError
from genred.events import (
    AnnouncementChanged,
    ClippingEnded,
    ClippingStarted,
    ConnectionState,
    Event,
    Gap,
    SilenceEnded,
    SilenceStarted,
    SourceLost,
    SourceRecovered,
    StationReport,
    TitleChanged,
)
from genred.sources.source import Title
from genred.sources.titles import NO_TITLE
from genred.stations.audio_batch import BEHIND_S, batches
from genred.stations.connection import TRANSITIONS
from genred.stations.messages import ItemReceived, Reset, SessionEnded, SessionFailed, SessionOpened, Stopped
from genred.stations.monitor import StationMonitor
from genred.stations.stall_watch import OFFLINE_AFTER_S, STALLED_AFTER_S
from genred.stations.station_title import LEAST_S, SONGS_A_MINUTE
from tests.stations.harness import FakeAnalyzer
from tests.stations.virtual import VirtualClock

if TYPE_CHECKING:
    from collections.abc import Sequence

    from genred.analysis.estimate import Estimate
    from genred.sources.source import SourceItem
    from genred.stations.messages import Message

T = TypeVar("T")
BLOCK_S = 0.2
CONFIG = AnalysisConfig(
    silence=SilenceConfig(start_s=5.0, end_s=1.0), clipping=ClippingConfig(share=0.01, start_s=1.0, end_s=2.0)
)


@dataclass
class Desk:
    """A monitor, its clock, and what it said."""

    live: bool = True
    clock: VirtualClock = field(default_factory=VirtualClock)
    events: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.analyzer = FakeAnalyzer()
        self.started_at = self.clock.now
        self.monitor = StationMonitor(
            "fm",
            self.analyzer,  # type: ignore[arg-type]
            "fake",
            CONFIG,
            live=self.live,
            clock=self.clock,
            emit=self.events.append,
        )

    def handle(self, messages: Sequence[Message]) -> None:
        for batch in batches(messages, self.clock.now, live=self.live):
            self.monitor.handle(batch)

    def of(self, kind: type[T]) -> list[T]:
        return [event for event in self.events if isinstance(event, kind)]

    def give(self, item: SourceItem, *, dropped_s: float = 0.0) -> None:
        self.handle([ItemReceived(self.clock.now, item, dropped_s)])

    def block(self, amplitude: float = 0.5, lost_s: float = 0.0) -> AudioBlock:
        samples = np.full(round(BLOCK_S * 22_050), amplitude, np.float32)
        return AudioBlock(samples, lost_s)

    def connect(self) -> None:
        self.handle([SessionOpened(self.clock.now)])

    def stream(self, seconds: float, amplitude: float = 0.5) -> None:
        for _ in range(round(seconds / BLOCK_S)):
            self.clock.now += BLOCK_S
            self.give(self.block(amplitude))
            self.monitor.tick()

    def lose(self, cause: Cause = Cause.RESET, wait_s: float | None = 1.0) -> None:
        self.handle([SessionFailed(self.clock.now, cause, "it broke", wait_s)])

    def wait(self, seconds: float) -> None:
        ends_at = self.clock.now + seconds
        while self.clock.now < ends_at:
            self.clock.now = min(ends_at, self.clock.now + 0.5)
            self.monitor.tick()

    def suffer(self, kind: str, amount: float) -> None:
        """One fault of a random programme, `amount` of it."""
        if kind == "backlog":
            messages = []
            for _ in range(round(amount / BLOCK_S)):
                self.clock.now += BLOCK_S
                messages.append(ItemReceived(self.clock.now, self.block()))
            self.clock.now += BEHIND_S + 0.1
            self.handle(messages)
        elif kind == "burst":
            for _ in range(round(amount / BLOCK_S)):
                self.give(self.block())
        elif kind in {"lost", "dropped"}:
            self.clock.now += BLOCK_S + amount
            lost_s, dropped_s = (amount, 0.0) if kind == "lost" else (0.0, amount)
            self.give(self.block(lost_s=lost_s), dropped_s=dropped_s)
        elif kind in {"break", "switch off"}:
            if kind == "break":
                self.lose(wait_s=amount)
            else:
                self.handle([Stopped(self.clock.now)])
            self.wait(amount)
            self.connect()
        elif kind == "forget":
            self.handle([Reset(self.clock.now)])
        elif kind == "title":
            self.give(Title(f"at {self.clock.now}"))
        else:
            {"stream": self.stream, "wait": self.wait}[kind](amount)


def test_the_first_audio_ends_the_gap_since_the_start() -> None:
    desk = Desk()
    desk.connect()
    desk.wait(3.0)
    desk.stream(1.0)
    (gap,) = desk.of(Gap)
    assert (gap.cause, gap.started_at) == ("starting", desk.clock.moment(1_000.0))
    assert gap.duration_s == pytest.approx(3.0)
    assert not desk.of(SourceRecovered)


def test_a_loss_is_said_once_whatever_follows_until_audio_comes() -> None:
    desk = Desk()
    desk.connect()
    desk.stream(2.0)
    for cause in (Cause.RESET, Cause.REFUSED, Cause.REFUSED, Cause.DNS):
        desk.lose(cause)
        desk.wait(1.0)
        desk.connect()
    desk.stream(1.0)
    (lost,) = desk.of(SourceLost)
    (recovered,) = desk.of(SourceRecovered)
    assert (lost.cause, recovered.cause, recovered.attempts) == ("reset", "reset", 4)
    assert recovered.lost_at == lost.at
    assert [event.announcement for event in desk.of(AnnouncementChanged)] == ["rock", "offline", "rock"]
    assert desk.of(StationReport)[-1].reconnects == 1


def test_an_offline_report_holds_nothing_of_before() -> None:
    desk = Desk()
    desk.connect()
    desk.give(Title("A - B", "A", "B"))
    desk.stream(2.0)
    desk.lose()
    report = desk.of(StationReport)[-1]
    assert (report.announcement, report.confidence, report.level, report.title) == ("offline", None, None, None)
    assert report.probabilities == {}


def test_a_stall_is_a_state_of_its_own_and_its_gap_says_so() -> None:
    desk = Desk()
    desk.connect()
    desk.stream(5.0)
    desk.wait(6.0)
    assert desk.monitor.connection.state is ConnectionState.STALLED
    desk.stream(4.0)
    assert str(desk.monitor.connection.state) == "streaming"
    (gap,) = desk.of(Gap)
    assert gap.cause == "stalled"
    assert gap.duration_s == pytest.approx(6.0, abs=0.1)
    assert not desk.of(SourceLost)


def test_a_stall_that_lasts_is_a_loss_though_the_session_stands() -> None:
    desk = Desk()
    desk.connect()
    desk.give(Title("A - B", "A", "B"))
    desk.stream(5.0)
    desk.wait(STALLED_AFTER_S + OFFLINE_AFTER_S - 1.0)
    assert not desk.of(SourceLost)
    desk.wait(20.0)
    (lost,) = desk.of(SourceLost)
    assert lost.cause == "stalled"
    report = desk.of(StationReport)[-1]
    assert (report.announcement, report.title, report.probabilities) == ("offline", None, {})
    desk.stream(4.0)
    (recovered,) = desk.of(SourceRecovered)
    assert (recovered.cause, recovered.lost_at) == ("stalled", lost.at)
    assert str(desk.monitor.connection.state) == "streaming"
    assert [event.announcement for event in desk.of(AnnouncementChanged)] == ["rock", "offline", "rock"]
    (gap,) = desk.of(Gap)
    assert gap.cause == "stalled"
    assert gap.duration_s == pytest.approx(20.0 + STALLED_AFTER_S + OFFLINE_AFTER_S - 1.0, abs=0.3)
    report = desk.of(StationReport)[-1]
    assert (report.title, report.reconnects) == ("A - B", 0)
    desk.lose()
    assert len(desk.of(SourceLost)) == 2


def test_a_stalled_session_that_then_breaks_is_one_loss() -> None:
    desk = Desk()
    desk.connect()
    desk.stream(2.0)
    desk.wait(20.0)
    desk.lose(Cause.STALLED)
    desk.connect()
    desk.stream(2.0)
    assert len(desk.of(SourceLost)) == len(desk.of(SourceRecovered)) == 1
    assert desk.of(StationReport)[-1].reconnects == 1


def test_the_analyzer_forgets_after_a_gap_and_the_genre_filter_after_a_title() -> None:
    desk = Desk()
    desk.connect()
    desk.stream(2.0)
    resets = desk.analyzer.resets
    desk.lose()
    desk.connect()
    desk.stream(1.0)
    assert desk.analyzer.resets > resets
    desk.give(Title("One"))
    assert desk.analyzer.filter_resets == 0
    desk.give(Title("One"))
    desk.give(Title("Two"))
    desk.give(Title("Three"))
    desk.stream(LEAST_S + 1.0)
    assert desk.analyzer.filter_resets == 1
    assert [event.title for event in desk.of(TitleChanged)] == ["One", "Three"]
    assert desk.of(StationReport)[-1].title == "Three"


def test_a_flood_of_titles_is_a_few_events_and_resets_and_an_emptied_one_is_no_title() -> None:
    desk = Desk()
    desk.connect()
    for number in range(300):
        desk.give(Title(f"{number} s"))
        desk.stream(BLOCK_S)
    assert len(desk.of(TitleChanged)) <= 1 + 60.0 / LEAST_S
    assert desk.analyzer.filter_resets <= SONGS_A_MINUTE
    desk.stream(LEAST_S)
    assert desk.of(TitleChanged)[-1].title == "299 s"
    desk.give(NO_TITLE)
    desk.stream(LEAST_S)
    assert desk.of(TitleChanged)[-1].title is None
    assert desk.of(StationReport)[-1].title is None


def test_titles_of_a_file_read_fast_are_published_whole() -> None:
    desk = Desk(live=False)
    desk.connect()
    for text in ("One", "Two", "Three"):
        desk.give(Title(text))
    assert [event.title for event in desk.of(TitleChanged)] == ["One", "Two", "Three"]


def test_a_lost_packet_is_no_reason_to_forget_but_a_lost_second_is() -> None:
    desk = Desk()
    desk.connect()
    desk.stream(2.0)
    resets = desk.analyzer.resets
    desk.clock.now += BLOCK_S
    desk.give(desk.block(lost_s=0.026))
    assert desk.analyzer.resets == resets
    desk.clock.now += BLOCK_S + 1.0
    desk.give(desk.block(lost_s=1.0))
    assert desk.analyzer.resets == resets + 1
    assert [gap.cause for gap in desk.of(Gap)] == ["lost"]


def test_dead_air_has_a_beginning_dated_back_and_an_end() -> None:
    desk = Desk()
    desk.connect()
    desk.stream(5.0)
    began_at = desk.clock.moment(desk.clock.now + BLOCK_S - CONFIG.silence.start_s)
    desk.stream(8.0, amplitude=0.0)
    desk.stream(3.0)
    (started,), (ended,) = desk.of(SilenceStarted), desk.of(SilenceEnded)
    assert (started.at, started.digital) == (began_at, True)
    assert ended.started_at == started.at
    assert ended.duration_s > 0
    assert "silence" in {event.announcement for event in desk.of(AnnouncementChanged)}


def test_quiet_noise_is_dead_air_but_no_stuck_carrier() -> None:
    desk = Desk()
    desk.connect()
    desk.stream(2.0, amplitude=1e-4)
    (started,) = desk.of(SilenceStarted)
    assert not started.digital
    desk.lose()
    assert len(desk.of(SilenceEnded)) == 1


def test_clipping_has_a_beginning_and_an_end() -> None:
    desk = Desk()
    desk.connect()
    desk.stream(2.0)
    desk.stream(3.0, amplitude=1.0)
    desk.stream(1.0)
    desk.stream(0.4, amplitude=1.0)
    assert not desk.of(ClippingEnded)
    desk.stream(3.0)
    (started,), (ended,) = desk.of(ClippingStarted), desk.of(ClippingEnded)
    assert started.clipped_share == 1.0
    assert ended.started_at == started.at
    assert 2.0 < ended.duration_s < 6.0


def test_a_backlog_is_heard_at_its_newest_window_only_and_the_rest_is_a_gap() -> None:
    desk = Desk()
    desk.connect()
    desk.stream(2.0)
    backlog = []
    for _ in range(50):
        desk.clock.now += BLOCK_S
        backlog.append(ItemReceived(desk.clock.now, desk.block()))
    desk.clock.now += BEHIND_S + 1
    before = len(desk.of(StationReport))
    desk.handle(backlog)
    reports = desk.of(StationReport)[before:]
    assert len(reports) == 1
    assert reports[0].dropped_windows >= 49
    overrun_s = sum(gap.duration_s for gap in desk.of(Gap) if gap.cause == "overrun")
    assert overrun_s == pytest.approx(50 * BLOCK_S - FakeAnalyzer.window_s, abs=0.3)


def test_a_file_read_fast_is_never_late_and_has_no_gaps() -> None:
    desk = Desk(live=False)
    desk.connect()
    desk.give(SourceInfo("mp3", 44_100, 2))
    for _ in range(100):
        desk.give(desk.block())
    desk.wait(60.0)
    desk.handle([SessionEnded(desk.clock.now)])
    desk.monitor.close()
    assert not desk.of(Gap)
    assert desk.of(StationReport)[-1].windows == 100
    assert desk.monitor.connection.state is ConnectionState.ENDED


def test_states_follow_one_another_only_as_documented() -> None:
    desk = Desk()
    with pytest.raises(GenredError, match="there is no transition"):
        desk.give(desk.block())


def failing_push(*_arguments: object, **_settings: object) -> list[Estimate]:
    raise RuntimeError("no tensor")


def test_a_fault_ends_its_session_and_leaves_no_old_genre_on_air() -> None:
    desk = Desk()
    desk.connect()
    desk.stream(2.0)
    assert desk.monitor.announcement == "rock"
    push = desk.analyzer.push
    desk.analyzer.push = failing_push  # type: ignore[method-assign]
    with pytest.raises(RuntimeError, match="no tensor"):
        desk.give(desk.block())
    desk.monitor.abort(desk.clock.now)
    assert desk.monitor.announcement == "offline"
    desk.analyzer.push = push  # type: ignore[method-assign]
    desk.stream(1.0)
    assert desk.monitor.announcement == "offline", "audio of the session that was ended counts for nothing"
    desk.lose(Cause.FAULT)
    desk.wait(2.0)
    desk.connect()
    desk.stream(2.0)
    assert [event.announcement for event in desk.of(AnnouncementChanged)] == ["rock", "offline", "rock"]
    (lost,), (gap,) = desk.of(SourceLost), desk.of(Gap)
    assert (lost.cause, gap.cause) == (Cause.FAULT, Cause.FAULT)
    assert gap.duration_s == pytest.approx(3.0, abs=0.3)
    assert desk.monitor.account.analysed_s == pytest.approx(4.0, abs=0.3)


@pytest.mark.parametrize("step_s", [-3_600.0, 3_600.0])
def test_a_step_of_the_wall_clock_changes_no_duration(step_s: float) -> None:
    desk = Desk()
    desk.connect()
    desk.stream(5.0)
    desk.stream(8.0, amplitude=0.0)
    desk.lose()
    desk.clock.stepped_s = step_s
    desk.wait(3.0)
    desk.connect()
    desk.stream(2.0)
    (recovered,), (ended,), (gap,) = desk.of(SourceRecovered), desk.of(SilenceEnded), desk.of(Gap)
    assert recovered.duration_s == pytest.approx(3.2, abs=0.3)
    assert gap.duration_s == pytest.approx(3.0, abs=0.5)
    assert 5.0 < ended.duration_s < 13.0
    report = desk.of(StationReport)[-1]
    assert report.since.utc <= report.at.utc
    assert recovered.lost_at.utc < recovered.at.utc


faults = st.one_of(
    st.tuples(st.just("stream"), st.floats(0.2, 20)),
    st.tuples(st.just("burst"), st.floats(0.2, 12)),
    st.tuples(st.just("wait"), st.floats(0.1, 30)),
    st.tuples(st.just("lost"), st.floats(0.01, 4)),
    st.tuples(st.just("dropped"), st.floats(0.2, 4)),
    st.tuples(st.just("backlog"), st.floats(0.4, 12)),
    st.tuples(st.just("break"), st.floats(0.1, 20)),
    st.tuples(st.just("switch off"), st.floats(0.1, 20)),
    st.tuples(st.just("forget"), st.just(0.0)),
    st.tuples(st.just("title"), st.just(0.0)),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(faults, max_size=20))
def test_whatever_the_faults_analysed_time_and_gaps_are_wall_time(programme: list[tuple[str, float]]) -> None:
    desk = Desk()
    desk.connect()
    for kind, amount in programme:
        desk.suffer(kind, amount)
    desk.monitor.close()
    wall_s = desk.clock.now - desk.started_at
    gaps = sorted(desk.of(Gap), key=lambda gap: gap.started_at.monotonic_s)
    gaps_s = sum(gap.duration_s for gap in gaps)
    assert desk.monitor.account.analysed_s + gaps_s == pytest.approx(wall_s, abs=1.0)
    assert all(one.at.monotonic_s - two.started_at.monotonic_s < 1e-3 for one, two in pairwise(gaps))
    outages = [type(event) for event in desk.events if isinstance(event, SourceLost | SourceRecovered)]
    assert outages == [SourceLost, SourceRecovered] * (len(outages) // 2) + [SourceLost] * (len(outages) % 2)
    words = [event.announcement for event in desk.of(AnnouncementChanged)]
    assert all(one != two for one, two in pairwise(words))


@settings(max_examples=150, deadline=None)
@given(st.lists(faults.filter(lambda fault: fault[0] not in {"burst", "backlog"}), max_size=12))
def test_analysed_time_is_the_time_of_the_windows_and_not_only_of_the_audio(
    programme: list[tuple[str, float]],
) -> None:
    desk = Desk()
    desk.connect()
    for kind, amount in programme:
        desk.suffer(kind, amount)
    desk.handle([Stopped(desk.clock.now)])
    desk.monitor.close()
    # What is given up on forgetting and is shorter than a quarter of a block is not worth an event each time.
    assert desk.monitor.account.analysed_s == pytest.approx(
        desk.monitor.progress.windows * FakeAnalyzer.step_s, abs=0.6 + 0.06 * len(programme)
    )


def test_sessions_shorter_than_a_window_are_gaps_from_one_end_to_the_other() -> None:
    desk = Desk()
    desk.connect()
    for _ in range(20):
        desk.clock.now += 0.15
        desk.give(AudioBlock(np.full(3_300, 0.5, np.float32)))
        desk.lose()
        desk.wait(1.0)
        desk.connect()
    desk.handle([Stopped(desk.clock.now)])
    desk.monitor.close()
    assert desk.monitor.progress.windows == 0
    assert desk.monitor.account.analysed_s == pytest.approx(0.0, abs=0.01)
    assert sum(gap.duration_s for gap in desk.of(Gap)) == pytest.approx(23.0, abs=0.01)


def test_every_state_can_be_left_and_reached() -> None:
    reached = {state for states in TRANSITIONS.values() for state in states}
    assert reached == set(ConnectionState) == set(TRANSITIONS)
    assert all(TRANSITIONS[state] - {state} for state in ConnectionState)
