"""One station: a source, an analyzer and what goes between them.

The reader opens the source, again and again, and puts what it gives into the inbox; in its turns on a worker the
station takes it out and publishes what comes of it. So a slow analysis never keeps a soundcard waiting, and a hanging
source never keeps the station from saying that it hangs.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from genred.audio import AudioBlock, SkippedAudio
from genred.cause import Cause
from genred.clock import SYSTEM_CLOCK
from genred.engine.fiber import current_fiber
from genred.events import ConnectionState, StationSwitched
from genred.stations.audio_batch import batches
from genred.stations.fault_log import FaultLog
from genred.stations.inbox import Inbox
from genred.stations.messages import ItemReceived, Reset, Stopped
from genred.stations.monitor import StationMonitor
from genred.stations.reader import SourceReader
from genred.stations.retry import RetryPolicy
from genred.stations.status_events import StatusEvents

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from genred.analysis.analyzer import Analyzer
    from genred.clock import Clock
    from genred.config.schema import AnalysisConfig, RetryConfig
    from genred.engine.worker import Worker
    from genred.errors import SourceError
    from genred.events import Event
    from genred.sources.source import Source
    from genred.stations.messages import Message

TICK_S = 0.5
"""How often the station looks at the time while nothing comes."""


class Station:
    """Runs one source for ever, or until it is stopped.

    Args:
        station: Its id.
        source: Opened by the station's own reader only.
        analyzer: Used by the station alone.
        model: Name of the model bundle.
        worker: Runs the station's turns, and its reader where that needs no thread of its own.
        analysis: For silence and clipping.
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
        self._output = emit
        # Events of one station come in one order, whichever thread they are of.
        self._emitting = threading.RLock()
        self._faults = FaultLog(station)
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
        self._retry = RetryPolicy(retry)
        self._reader = SourceReader(
            station,
            source,
            self._retry,
            self._faults,
            worker=worker,
            put=self._put,
            due_s=self._due_s,
            fail_fast=fail_fast,
            enabled=enabled,
            clock=clock,
        )
        self._status = StatusEvents(station, self._monitor, source, clock)
        self._turn_due = threading.Event()
        self._turn_at = clock.monotonic()
        self._called_at = 0.0
        self._turned = True
        self._started = False
        self._ended = threading.Event()

    def start(self) -> None:
        """Starts the station; one that is not enabled waits until it is."""
        self._started = True
        self._worker.call(self._tick)
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
        self._put(Stopped(self._clock.monotonic(), Cause.STOPPING))
        self._inbox.close()
        self._call_turn()

    def await_end(self, ends_at: float) -> bool:
        """Waits until what the source gave is analysed, or until a monotonic time.

        Returns:
            False when the source or the analysis hangs, and had to be left behind.
        """
        if self._started:
            self._ended.wait(max(0.0, ends_at - self._clock.monotonic()))
        return not self._reader.alive and self._started == self._ended.is_set()

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
        with self._emitting:
            if enabled == self._reader.enabled:
                return
            self._reader.set_enabled(enabled)
            at = self._clock.moment(self._clock.monotonic())
            self._emit(StationSwitched(station=self.id, at=at, enabled=enabled))

    def reset(self) -> None:
        """Lets the station forget what it has received."""
        self._put(Reset(self._clock.monotonic()))

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
        return self._clock.monotonic() - self._turn_at

    # The worker's thread.

    def _due_s(self) -> float:
        """Seconds of audio that complete the next window, with what waits already."""
        return max(0.0, self._monitor.progress.due_s - self._inbox.seconds)

    def _put(self, message: Message) -> bool:
        taken = self._inbox.put(message)
        if current_fiber() is None:
            self._call_turn()
        elif not self._ended.is_set():
            # The reader's own fiber: the turn would have to wait until all other stations have decoded theirs.
            self._called_at = time.monotonic()
            self._take_turn()
        return taken

    def _call_turn(self) -> None:
        if self._started and not self._turn_due.is_set():
            self._turn_due.set()
            self._called_at = time.monotonic()
            self._worker.call(self._turn)

    def _turn(self) -> None:
        """Takes what has come; on the worker's thread, as all that the monitor does."""
        self._turn_due.clear()
        if self._ended.is_set():
            return
        self._worker.mark(self.id)
        try:
            self._take_turn()
        finally:
            self._worker.mark(None)

    def _take_turn(self) -> None:
        self._turned = True
        messages = self._inbox.take()
        self._note_load(messages)
        self._reader.repeat_interrupt()
        is_last = self._inbox.closed and not messages
        if self._handle(messages, is_last=is_last):
            # A turn that failed is no life: an analysis that can only fail must not keep the watchdog calm.
            self._turn_at = self._clock.monotonic()
        if is_last:
            self._ended.set()
        elif self._inbox.closed:
            self._call_turn()

    def _note_load(self, messages: Sequence[Message]) -> None:
        """Tells the worker how late the audio is, and takes what it says of the effort.

        What is not live is read as fast as it is analysed: to leave windows of it out would save no time.
        """
        if not self.source.live:
            return
        load = self._worker.load
        items = [message.item for message in messages if isinstance(message, ItemReceived)]
        waited_s = [item.waited_s for item in items if isinstance(item, AudioBlock | SkippedAudio)]
        if waited_s:
            load.note(max(waited_s) + time.monotonic() - self._called_at)
        self._monitor.effort, self._monitor.machine_late_s = load.effort, load.longest_s

    def _tick(self) -> None:
        """Sees to it that the station has a turn now and then, though nothing comes."""
        if self._ended.is_set():
            return
        if not self._turned:
            self._turn()
        self._turned = False
        self._worker.call_later(self._clock.timeout_s(TICK_S), self._tick)

    def _handle(self, messages: Sequence[Message], *, is_last: bool) -> bool:
        """Takes messages and looks at the time. Returns whether all went well."""
        well = True
        for batch in batches(messages, self._clock.monotonic(), live=self.source.live):
            try:
                self._monitor.handle(batch)
                self._publish_status()
            except Exception as error:  # noqa: BLE001 - the edge of a station: a fault ends its session and no more
                well = False
                self._faults.record("analysis", error)
                self._monitor.abort(self._clock.monotonic())
                self._reader.abort(self._monitor.session)
        try:
            self._monitor.tick()
            if is_last:
                self._monitor.close()
            self._publish_status(last=is_last)
        except Exception as error:  # noqa: BLE001 - the edge of a station
            well = False
            self._faults.record("analysis", error)
        return well

    def _publish_status(self, *, last: bool = False) -> None:
        with self._emitting:
            status = self._status.due(
                enabled=self._reader.enabled,
                overloaded=self._worker.load.overloaded,
                faults=self._faults.count,
                last=last,
            )
            if status is not None:
                self._emit(status)

    def _emit(self, event: Event) -> None:
        with self._emitting:
            try:
                self._output(event)
            except Exception as error:  # noqa: BLE001 - outputs promise not to raise; if one does, the station goes on
                self._faults.record("output", error)
