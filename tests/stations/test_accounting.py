"""Whatever comes and whenever it does, each second of a station is in a window or in one gap, by its events alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from math import floor
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genred.analysis.estimate import Estimate, Level, State
from genred.audio import RESET_AFTER_S, SAMPLE_RATE_HZ, AudioBlock, SkippedAudio
from genred.cause import Cause
from genred.config.schema import AnalysisConfig
from genred.engine.load import EFFORTS
from genred.events import Event, Gap, StationStatus
from genred.stations.audio_batch import BEHIND_S, batches
from genred.stations.messages import ItemReceived, Reset, SessionFailed, SessionOpened, Stopped
from genred.stations.monitor import StationMonitor
from genred.stations.status_events import StatusEvents
from genred.stations.time_account import CLOCK_TOLERANCE, MAX_ADVANCE_S, MIN_GAP_S
from tests.soak.ledger import Ledger
from tests.stations.virtual import ScriptedSource, VirtualClock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from genred.audio.signal_frame import SignalFrame
    from genred.stations.messages import Message

BLOCK_S = 0.5
SILENCE = np.zeros(SAMPLE_RATE_HZ * 10, np.float32)


class CountingAnalyzer:
    """Has the analyzer's interface and its windows, and listens to nothing.

    Attributes:
        windowed_s: Seconds of audio that are in a window.
    """

    labels = ("jazz", "rock")
    step_s = 1.0
    window_s = 5.0

    def __init__(self) -> None:
        self._samples = 0
        self._begun_s = 0.0
        self._next_s = self.window_s
        self._windowed_until_s = 0.0
        self._due = 0
        self.windowed_s = 0.0
        self.inference_s = 0.0

    @property
    def position_s(self) -> float:
        return self._samples / SAMPLE_RATE_HZ

    @property
    def due_s(self) -> float:
        return self._next_s - self.position_s

    def push(
        self,
        samples: NDArray[np.float32],
        _frames: Sequence[SignalFrame] = (),
        *,
        newest_only: bool = False,
        one_in: int = 1,
    ) -> list[Estimate]:
        self._samples += samples.size
        ends = []
        while self._next_s <= self.position_s:
            ends.append(self._next_s)
            self._next_s += self.step_s
        estimates = []
        for index, end_s in enumerate(ends):
            self._due += 1
            if not (newest_only and index < len(ends) - 1) and self._due % one_in == 0:
                estimates.append(self._estimate(end_s))
        return estimates

    def finish(self) -> list[Estimate]:
        return []

    def reset(self) -> None:
        self._windowed_until_s, self._next_s = self.position_s, self.position_s + self.window_s

    skip = reset

    def reset_filter(self) -> None:
        """There is none."""

    def _estimate(self, end_s: float) -> Estimate:
        self.windowed_s += end_s - max(self._windowed_until_s, end_s - self.window_s)
        self._windowed_until_s = end_s
        level = Level(rms_dbfs=-20.0, peak_dbfs=-1.0, clipped_share=0.0)
        return Estimate(end_s, State.MUSIC, "rock", 0.9, (0.1, 0.9), (0.1, 0.9), level)


@dataclass
class Life:
    """A station from its beginning to its end, with a clock that is moved by hand, and what it published."""

    contiguous: bool = True
    clock: VirtualClock = field(default_factory=VirtualClock)
    events: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.began_at = self.clock.moment(self.clock.now)
        self.analyzer = CountingAnalyzer()
        self.monitor = StationMonitor(
            "fm",
            self.analyzer,  # type: ignore[arg-type]
            "counting",
            AnalysisConfig(),
            live=True,
            contiguous=self.contiguous,
            clock=self.clock,
            emit=self.events.append,
        )
        self._status = StatusEvents("fm", self.monitor, ScriptedSource(), self.clock)
        self._publish_status()
        self._open()

    def give(self, seconds: float, *, lost_s: float = 0.0, dropped_s: float = 0.0) -> None:
        """Audio that comes at once."""
        for part_s in parts(seconds):
            block = AudioBlock(SILENCE[: round(part_s * SAMPLE_RATE_HZ)], lost_s)
            self._handle(ItemReceived(self.clock.now, block, dropped_s))
            lost_s = dropped_s = 0.0

    def play(self, seconds: float, pace: float = 1.0) -> None:
        for part_s in parts(seconds):
            self.wait(part_s / pace)
            self.give(part_s)

    def wait(self, seconds: float) -> None:
        for part_s in parts(seconds):
            self.clock.now += part_s
            self.monitor.tick()
            self._publish_status()

    def lump(self, seconds: float) -> None:
        """As much as time has passed, at its end."""
        self.wait(seconds)
        self.give(seconds)

    def lose(self, seconds: float) -> None:
        """Audio comes at the pace of time, and some is missing in it."""
        self.wait(seconds + BLOCK_S)
        self.give(BLOCK_S, lost_s=seconds)

    def drop(self, seconds: float) -> None:
        """The inbox was full."""
        self.wait(seconds + BLOCK_S)
        self.give(BLOCK_S, dropped_s=seconds)

    def rest(self, seconds: float) -> None:
        """Audio comes at the pace of time and is not decoded."""
        for part_s in parts(seconds):
            self.wait(part_s)
            self._handle(ItemReceived(self.clock.now, SkippedAudio(part_s)))

    def leave_out(self, seconds: float) -> None:
        """Audio that comes at once is not decoded."""
        self._handle(ItemReceived(self.clock.now, SkippedAudio(seconds)))

    def break_off_with_a_hole(self, seconds: float) -> None:
        """The session ends while some of what it gave in advance lacks, and what comes after that does not."""
        self.give(6.0)
        self.leave_out(seconds)
        self.give(9.0)
        self.break_off(seconds / 4)

    def fall_behind(self, seconds: float) -> None:
        """Audio waits until only the newest of its windows counts."""
        messages = []
        for part_s in parts(seconds):
            self.clock.now += part_s
            block = AudioBlock(SILENCE[: round(part_s * SAMPLE_RATE_HZ)])
            messages.append(ItemReceived(self.clock.now, block))
        self.clock.now += BEHIND_S + 0.1
        self._handle(*messages)

    def break_off(self, seconds: float) -> None:
        self._handle(SessionFailed(self.clock.now, Cause.RESET, "it broke", seconds))
        self.wait(seconds)
        self._open()

    def switch_off(self, seconds: float) -> None:
        self._handle(Stopped(self.clock.now))
        self.wait(seconds)
        self._open()

    def fail(self, seconds: float) -> None:
        """The analysis cannot take a block."""
        push = self.analyzer.push
        self.analyzer.push = _failing_push  # type: ignore[method-assign]
        with pytest.raises(RuntimeError):
            self.give(BLOCK_S)
        self.analyzer.push = push  # type: ignore[method-assign]
        self.monitor.abort(self.clock.now)
        self.give(seconds)
        self.break_off(seconds)

    def reset(self, _amount: float) -> None:
        self._handle(Reset(self.clock.now))

    def shed(self, share: float) -> None:
        self.monitor.effort = EFFORTS[floor(share * 5)]

    def step_clock(self, seconds: float) -> None:
        """Somebody sets the wall clock."""
        self.clock.stepped_s += 100 * (seconds - 5)

    def close(self) -> None:
        self._handle(Stopped(self.clock.now, Cause.STOPPING))
        self.monitor.close()
        self._publish_status(last=True)

    @property
    def gaps(self) -> list[Gap]:
        return [event for event in self.events if isinstance(event, Gap)]

    @property
    def last_status(self) -> StationStatus:
        return [event for event in self.events if isinstance(event, StationStatus)][-1]

    @property
    def lasted_s(self) -> float:
        return self.clock.now - self.began_at.monotonic_s

    def _open(self) -> None:
        self._handle(SessionOpened(self.clock.now))

    def _handle(self, *messages: Message) -> None:
        for batch in batches(messages, self.clock.now, live=True):
            self.monitor.handle(batch)
        self._publish_status()

    def _publish_status(self, *, last: bool = False) -> None:
        status = self._status.due(enabled=True, overloaded=False, faults=0, last=last)
        if status is not None:
            self.events.append(status)


def _failing_push(*_arguments: object, **_settings: object) -> list[Estimate]:
    raise RuntimeError


def parts(seconds: float) -> Iterator[float]:
    """Divides a length into blocks, the last of them shorter."""
    whole = floor(seconds / BLOCK_S)
    yield from [BLOCK_S] * whole
    if seconds - whole * BLOCK_S > 0.01:
        yield seconds - whole * BLOCK_S


def slow(life: Life, amount: float) -> None:
    life.play(20.0, pace=0.5 + amount / 20)


def fast(life: Life, amount: float) -> None:
    life.play(20.0, pace=1.0 + amount / 50)


HAPPENINGS: tuple[Callable[[Life, float], None], ...] = (
    Life.play,
    Life.give,
    Life.wait,
    Life.lump,
    slow,
    fast,
    Life.lose,
    Life.drop,
    Life.rest,
    Life.leave_out,
    Life.fall_behind,
    Life.break_off,
    Life.break_off_with_a_hole,
    Life.switch_off,
    Life.fail,
    Life.reset,
    lambda life, amount: life.shed(amount / 10.1),
    Life.step_clock,
)
programmes = st.lists(st.tuples(st.sampled_from(HAPPENINGS), st.floats(0.01, 10.0)), max_size=30)


def assert_every_second_is_accounted_for(life: Life) -> None:
    """By the events alone, and by what the analyzer was given."""
    ledger = Ledger(CountingAnalyzer.window_s)
    for event in life.events:
        ledger.handle(event)
    ended_at = life.clock.moment(life.clock.now)
    ledger.end("fm", life.began_at, ended_at)
    assert ledger.sheets["fm"].unaccounted_s == 0.0
    counters = life.last_status.counters
    assert counters.analysed_s + counters.unanalysed_s == pytest.approx(life.lasted_s)
    assert counters.unanalysed_s == pytest.approx(sum(gap.duration_s for gap in life.gaps))
    assert all(one.at.monotonic_s <= two.started_at.monotonic_s for one, two in pairwise(life.gaps))
    assert all(gap.duration_s > RESET_AFTER_S / 2 for gap in life.gaps)
    windowed_s = life.analyzer.windowed_s
    assert counters.analysed_s <= windowed_s * (1 + CLOCK_TOLERANCE) + MIN_GAP_S


@settings(max_examples=300, deadline=None)
@given(programmes, st.booleans())
def test_every_second_is_in_a_window_or_in_one_gap(
    programme: list[tuple[Callable[[Life, float], None], float]], contiguous: bool
) -> None:
    life = Life(contiguous)
    for happens, amount in programme:
        happens(life, amount)
    life.close()
    assert_every_second_is_accounted_for(life)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.lists(st.tuples(st.floats(1.0, 25.0), st.floats(0.0, 1.0)), min_size=1, max_size=6), st.floats(0.0, 1.0)
        ),
        min_size=1,
        max_size=6,
    )
)
def test_while_a_player_would_have_something_to_play_there_is_no_gap(
    sessions: list[tuple[list[tuple[float, float]], float]],
) -> None:
    life = Life()
    life.clock.now += BLOCK_S
    covered_until = life.clock.now
    for bursts, share_away in sessions:
        given_s, plays_until = 0.0, life.clock.now - BLOCK_S
        for longest_s, share_waited in bursts:
            burst_s = max(0.0, min(longest_s, life.clock.now + MAX_ADVANCE_S - BLOCK_S - plays_until))
            life.give(burst_s)
            given_s, plays_until = given_s + burst_s, plays_until + burst_s
            life.wait(share_waited * max(0.0, plays_until - life.clock.now))
        if given_s > CountingAnalyzer.window_s:
            in_no_window_s = (given_s - CountingAnalyzer.window_s) % CountingAnalyzer.step_s
            # Blocks are whole samples, and so a window that would just be complete may lack one.
            in_no_window_s += CountingAnalyzer.step_s if in_no_window_s < 0.01 else 0.0
            covered_until = max(covered_until, plays_until - in_no_window_s)
        if covered_until < life.clock.now:
            break
        life.break_off(share_away * (covered_until - life.clock.now))
    life.close()
    assert_every_second_is_accounted_for(life)
    gaps = [gap for gap in life.gaps if gap.started_at != life.began_at]
    assert sum(gap.duration_s for gap in gaps) <= max(0.0, life.clock.now - covered_until) + 0.01
    assert all(gap.started_at.monotonic_s > covered_until - 0.01 for gap in gaps)
