"""One station: a source, an analyzer and what goes between them.

The reader opens the source, again and again, and puts what it gives into the inbox; in its turns on a worker the
station takes it out and publishes what comes of it. So a slow analysis never keeps a soundcard waiting, and a hanging
source never keeps the station from saying that it hangs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from genred.cause import Cause
from genred.clock import SYSTEM_CLOCK
from genred.events import ConnectionState, StationSwitched
from genred.stations.analyst import Analyst, Emitter
from genred.stations.fault_log import FaultLog
from genred.stations.inbox import Inbox
from genred.stations.messages import Reset, Stopped
from genred.stations.monitor import StationMonitor
from genred.stations.reader import SourceReader
from genred.stations.retry import RetryPolicy
from genred.stations.status_events import StatusEvents

if TYPE_CHECKING:
    from collections.abc import Callable

    from genred.analysis.analyzer import Analyzer
    from genred.clock import Clock
    from genred.config.schema import AnalysisConfig, RetryConfig
    from genred.engine.worker import Worker
    from genred.errors import SourceError
    from genred.events import Event
    from genred.recording.recorder import StationTap
    from genred.sources.source import Source


class Station:
    """Runs one source for ever, or until it is stopped.

    Args:
        station: Its id.
        source: Opened by the station's own reader only.
        analyzer: Used by the station alone.
        model: Name of the model bundle.
        worker: Runs the station's turns, and its reader where that needs no thread of its own.
        analysis: For silence, clipping and faults of the channels.
        retry: How the source is opened again.
        emit: Takes each event, one at a time and in order. Must not block.
        fail_fast: Whether a source that never gave audio is given up at its first failure.
        enabled: Whether it is switched on; may be changed at any time, before the start too.
        clock: For tests.
    """

    def __init__(
        self,
        station: str,
        source: Source,
        analyzer: Analyzer,
        model: str,
        *,
        worker: Worker,
        analysis: AnalysisConfig,
        retry: RetryConfig,
        emit: Callable[[Event], None],
        fail_fast: bool = False,
        enabled: bool = True,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        self.id = station
        self.source = source
        self.model = model
        self.labels = analyzer.labels
        self._clock = clock
        self._faults = FaultLog(station)
        self._emit = Emitter(emit, self._faults)
        self._monitor = StationMonitor(
            station,
            analyzer,
            model,
            analysis,
            live=source.live,
            contiguous=source.contiguous,
            clock=clock,
            emit=self._emit,
        )
        self._worker = worker
        self._inbox = Inbox(lossy=source.live)
        self._analyst = Analyst(
            station,
            self._inbox,
            self._monitor,
            StatusEvents(station, self._monitor, source, clock),
            faults=self._faults,
            emit=self._emit,
            worker=worker,
            live=source.live,
            clock=clock,
        )
        self._turns = self._analyst.turns
        self._retry = RetryPolicy(retry)
        self._reader = SourceReader(
            station,
            source,
            self._retry,
            self._faults,
            worker=worker,
            put=self._analyst.put,
            due_s=self._analyst.due_s,
            fail_fast=fail_fast,
            enabled=enabled,
            clock=clock,
        )
        self._recording: StationTap | None = None

    def record(self, tap: StationTap) -> None:
        """Has the sound recorded; before the start."""
        self._recording = self.source.meter.tap = tap

    def measure_loudness(self) -> None:
        """Has the loudness measured; before the start."""
        self.source.meter.measures_loudness = True

    def publish(self, event: Event) -> None:
        """Publishes an event of the station's recording, in its order among the others. May be called by any thread."""
        self._emit(event)

    def start(self) -> None:
        """Starts the station; one that is not enabled waits until it is."""
        self._analyst.start(self._reader)
        self._reader.start()

    def request_stop(self) -> None:
        """Asks the station to end, without waiting."""
        self._reader.request_stop()

    def stop(self, timeout_s: float = 3.0) -> bool:
        """Ends the station: the source is released, what is waiting is analysed, the last gap is published.

        Returns:
            False when the source or the analysis hangs, and had to be left behind.
        """
        ends_at = self._clock.monotonic() + timeout_s
        self.request_stop()
        self.await_release(ends_at)
        return self.await_end(ends_at)

    def await_release(self, ends_at: float) -> None:
        """Waits until the source is released, or until a monotonic time; then takes nothing more from it."""
        self._reader.join(ends_at - self._clock.monotonic())
        self._analyst.put(Stopped(self._clock.monotonic(), Cause.STOPPING))
        self._analyst.end()
        if self._recording is not None:
            self._recording.close()

    def await_end(self, ends_at: float) -> bool:
        """Waits until what the source gave is analysed, or until a monotonic time.

        Returns:
            False when the source or the analysis hangs, and had to be left behind.
        """
        if self._turns.started:
            self._turns.ended.wait(max(0.0, ends_at - self._clock.monotonic()))
        if self._recording is not None:
            self._recording.await_end(ends_at)
        return not self._reader.alive and self._turns.started == self._turns.ended.is_set()

    @property
    def source_label(self) -> str:
        """Where its audio comes from, for people; passwords masked."""
        return self.source.label

    @property
    def enabled(self) -> bool:
        """Whether it is switched on."""
        return self._reader.enabled

    def set_enabled(self, enabled: bool) -> None:
        """Switches the station on or off, and publishes that; off, it holds nothing open."""
        with self._emit.lock:
            if enabled == self._reader.enabled:
                return
            self._reader.set_enabled(enabled)
            at = self._clock.moment(self._clock.monotonic())
            self._emit(StationSwitched(station=self.id, at=at, enabled=enabled))

    def reset(self) -> None:
        """Lets the station forget what it has received."""
        self._analyst.put(Reset(self._clock.monotonic()))

    def set_retry(self, retry: RetryConfig) -> None:
        """Changes how the source is opened again, from the next failure on."""
        self._retry.configure(retry)

    @property
    def finished(self) -> bool:
        """Whether its source ended or failed for good."""
        return self._monitor.connection.state in {ConnectionState.ENDED, ConnectionState.FAILED}

    @property
    def failure(self) -> SourceError | None:
        """Why the station failed for good, once it did."""
        return self._reader.failure

    def wedged(self) -> bool:
        """Says whether the source hangs beyond all its timeouts, so that only a fresh process can help."""
        return self._reader.is_wedged()

    def idle_s(self) -> float:
        """Seconds since the station last ended a turn without a fault; the watchdog is fed by this."""
        return self._turns.idle_s()
