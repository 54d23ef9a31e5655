"""A station that can be watched: an analyzer that costs nothing, and an output that can be awaited."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Self, TypeVar

import numpy as np
import pytest

from genred.analysis.estimate import Estimate, Level, State
from genred.audio import SAMPLE_RATE_HZ
from genred.clock import SYSTEM_CLOCK
from genred.config.schema import AnalysisConfig, RetryConfig
from genred.engine.worker import Worker
from genred.events import Gap, Output, StationReport, StationStatus
from genred.stations.station import Station
from tests.patience import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import NDArray

    from genred.analysis.analyzer import Analyzer
    from genred.audio.signal_frame import SignalFrame
    from genred.clock import Clock
    from genred.events import Event
    from genred.sources.source import Source

T = TypeVar("T")

QUICK = RetryConfig(first_wait_s=0.05, longest_wait_s=0.2, settle_s=1.0)
"""Waits short enough for tests."""


Shown = tuple[State, str | None, float | None, tuple[float, ...], Level | None]
"""What a report shows of an estimate."""


def shown(estimates: Iterable[Estimate]) -> list[Shown]:
    """What is to be published of estimates."""
    return [(one.state, one.genre, one.confidence, one.probabilities, one.level) for one in estimates]


class FakeAnalyzer:
    """Says `rock` of loud audio and silence of quiet, one window a step of 0.2 s; has the analyzer's interface.

    Args:
        meanwhile: What happens during the analysis of a window, as time that it takes.
    """

    labels = ("jazz", "rock")
    step_s = 0.2
    window_s = 0.2

    def __init__(self, meanwhile: Callable[[], None] = lambda: None) -> None:
        self._meanwhile = meanwhile
        self._pending: list[NDArray[np.float32]] = []
        self.inference_s = 0.0
        self.resets = 0
        self.filter_resets = 0
        self.pushed_samples = 0

    @property
    def due_s(self) -> float:
        return self.step_s - sum(samples.size for samples in self._pending) / SAMPLE_RATE_HZ

    def push(
        self,
        samples: NDArray[np.float32],
        frames: Sequence[SignalFrame] = (),
        *,
        newest_only: bool = False,
        one_in: int = 1,
    ) -> list[Estimate]:
        self.pushed_samples += samples.size
        self._pending.append(samples)
        pending = np.concatenate(self._pending)
        step = round(self.step_s * SAMPLE_RATE_HZ)
        count = pending.size // step
        self._pending = [pending[count * step :]]
        estimates = []
        for index in range(count):
            if newest_only and index < count - 1:
                continue
            self._meanwhile()
            end_samples = self.pushed_samples - pending.size + (index + 1) * step
            estimates.append(self._estimate(pending[index * step : (index + 1) * step], end_samples))
        return estimates

    @property
    def position_s(self) -> float:
        return self.pushed_samples / SAMPLE_RATE_HZ

    def finish(self) -> list[Estimate]:
        return []

    def reset(self) -> None:
        self.resets += 1
        self._pending = []

    def skip(self) -> None:
        self._pending = []

    def reset_filter(self) -> None:
        self.filter_resets += 1

    def _estimate(self, samples: NDArray[np.float32], end_samples: int) -> Estimate:
        rms = float(np.sqrt(np.mean(samples.astype(np.float64) ** 2)))
        silent = rms < 1e-3
        return Estimate(
            position_s=end_samples / SAMPLE_RATE_HZ,
            state=State.SILENCE if silent else State.MUSIC,
            genre=None if silent else "rock",
            confidence=1.0 if silent else 0.9,
            probabilities=(0.5, 0.5) if silent else (0.1, 0.9),
            window_probabilities=None if silent else (0.1, 0.9),
            level=Level(
                rms_dbfs=max(-120.0, 20 * np.log10(max(rms, 1e-6))),
                peak_dbfs=-1.0,
                clipped_share=float(np.mean(np.abs(samples) >= 1.0)),
            ),
        )


class Recorder(Output):
    """An output that keeps all events and lets a test wait for one."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self.events: list[Event] = []
        self.closed = False

    def handle(self, event: Event) -> None:
        with self._changed:
            self.events.append(event)
            self._changed.notify_all()

    def close(self) -> None:
        self.closed = True

    @property
    def connection_states(self) -> list[str]:
        """The states of the connection, one after the other."""
        states = [status.connection.state.value for status in self.of(StationStatus)]
        return [state for index, state in enumerate(states) if not index or states[index - 1] != state]

    @property
    def last_status(self) -> StationStatus:
        """How the station stood last."""
        return self.of(StationStatus)[-1]

    def shown(self, station: str) -> list[Shown]:
        """What was published of a station's estimates, one after the other."""
        return [
            (report.state, report.genre, report.confidence, tuple(report.probabilities.values()), report.level)
            for report in self.of(StationReport)
            if report.station == station and report.state is not State.OFFLINE
        ]

    def of(self, kind: type[T]) -> list[T]:
        with self._changed:
            return [event for event in self.events if isinstance(event, kind)]

    def wait(
        self,
        kind: type[T],
        *,
        count: int = 1,
        where: Callable[[T], bool] = lambda _event: True,
        timeout_s: float = PATIENCE_S,
    ) -> list[T]:
        """Gives the events of a kind, once there are so many that fit."""

        def fitting() -> list[T]:
            return [event for event in self.events if isinstance(event, kind) and where(event)]

        with self._changed:
            if not self._changed.wait_for(lambda: len(fitting()) >= count, timeout_s):
                others = [event for event in self.events if not isinstance(event, StationReport | StationStatus)]
                raise AssertionError(f"{len(fitting())} of {count} {kind.__name__} came; there were: {others}")
            return fitting()

    def wait_until(self, condition: Callable[[], bool], timeout_s: float = PATIENCE_S) -> None:
        """Waits for what no event tells by itself; looks at it with each event."""
        with self._changed:
            assert self._changed.wait_for(condition, timeout_s), self.events


class Running:
    """A started station with a recorder; stops it on every way out."""

    def __init__(
        self,
        source: Source,
        *,
        analyzer: FakeAnalyzer | Analyzer | None = None,
        analysis: AnalysisConfig | None = None,
        retry: RetryConfig = QUICK,
        fail_fast: bool = False,
        enabled: bool = True,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        self._clock = clock
        self._worker = Worker("genred-test-worker")
        self.recorder = Recorder()
        self.analyzer = analyzer or FakeAnalyzer()
        self.station = Station(
            "fm",
            source,
            self.analyzer,  # type: ignore[arg-type]
            "fake",
            worker=self._worker,
            analysis=analysis or AnalysisConfig(),
            retry=retry,
            emit=self.recorder.handle,
            fail_fast=fail_fast,
            enabled=enabled,
            clock=clock,
        )
        self._start_began_at = self._start_ended_at = clock.monotonic()
        self._stop_began_at = self._stop_ended_at = clock.monotonic()

    def __enter__(self) -> Self:
        self._start_began_at = self._clock.monotonic()
        self.station.start()
        self._start_ended_at = self._clock.monotonic()
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()

    def assert_all_time_is_accounted_for(self) -> None:
        """Once it was stopped: what the station says it analysed or missed lasts as long as it ran.

        Starting and stopping may take long on a busy machine, and how much of that counts is the station's business.
        """
        counters = self.recorder.last_status.counters
        gaps_s = sum(gap.duration_s for gap in self.recorder.of(Gap))
        assert counters.unanalysed_s == pytest.approx(gaps_s, abs=0.1)
        least_s, most_s = self._stop_began_at - self._start_ended_at, self._stop_ended_at - self._start_began_at
        assert least_s - 1.0 <= counters.analysed_s + counters.unanalysed_s <= most_s + 1.0

    def stop(self) -> bool:
        self._stop_began_at = self._clock.monotonic()
        stopped = self.station.stop(PATIENCE_S)
        self._stop_ended_at = self._clock.monotonic()
        self._worker.close()
        return stopped
