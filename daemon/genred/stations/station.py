"""One station: a source, an analyzer and the two threads between which the audio goes.

The reader opens the source, again and again, and puts what it gives into the inbox; the analyst takes it out and
says what it means. So a slow analysis never keeps a soundcard waiting, and a hanging source never keeps the
station from saying that it hangs.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING

from genred.clock import SYSTEM_CLOCK
from genred.errors import SourceError
from genred.sources.source import AudioBlock
from genred.stations.connection_state import ConnectionState, Link
from genred.stations.inbox import Inbox
from genred.stations.messages import Arrived, Broke, Connecting, Ended, Forget, Switched
from genred.stations.monitor import StationMonitor
from genred.stations.retry import RetryPolicy

if TYPE_CHECKING:
    from collections.abc import Callable

    from genred.analysis.analyzer import Analyzer
    from genred.clock import Clock
    from genred.config.schema import AnalysisConfig, RetryConfig
    from genred.events import Event
    from genred.sources.source import Source

_LOGGER = logging.getLogger(__name__)

TICK_S = 0.5
"""How often the analyst looks at the time while nothing comes."""

RATE_OVER_S = 5.0
"""Bytes a second are taken over so long."""

WEDGE_GRACE_S = 15.0
"""What a source has beyond its own timeouts before it counts as hanging."""


class Station:
    """Runs one source for ever, or until it is stopped.

    Args:
        station: Its id.
        source: Opened by the station's own thread only.
        analyzer: Used by the station alone.
        model: Name of the model bundle.
        analysis: For silence and clipping.
        retry: How the source is opened again.
        say: Takes each event, in the station's own thread. Must not block.
        patience_s: Longest time that the source may lawfully be silent in one call, by its own timeouts; None where
            there is none (a person may be typing).
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
        analysis: AnalysisConfig,
        retry: RetryConfig,
        say: Callable[[Event], None],
        patience_s: float | None = None,
        fail_fast: bool = False,
        enabled: bool = True,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        self.id = station
        self.source = source
        self.model = model
        self.labels = analyzer.labels
        self._clock = clock
        self._say = say
        self._monitor = StationMonitor(
            station, analyzer, model, analysis, live=source.live, clock=clock, say=self._safely_say
        )
        self._inbox = Inbox(lossy=source.live)
        self._retry = RetryPolicy(retry)
        self._patience_s = patience_s
        self._fail_fast = fail_fast
        self._enabled = threading.Event()
        if enabled:
            self._enabled.set()
        self._stopping = threading.Event()
        self._wake = threading.Event()
        self._heard = False
        self._asking_since: float | None = None
        self._analyst_at = clock.monotonic()
        self._traffic: deque[tuple[float, int]] = deque(maxlen=32)
        self._faults = 0
        self.failure: SourceError | None = None
        """Why the station failed for good, once it did."""
        self._reader = threading.Thread(target=self._read, name=f"{station} reader", daemon=True)
        self._analyst = threading.Thread(target=self._analyse, name=f"{station} analyst", daemon=True)

    def start(self) -> None:
        """Starts the threads; a station that is not enabled waits until it is."""
        self._analyst.start()
        self._reader.start()

    def request_stop(self) -> None:
        """Asks the station to end, without waiting."""
        self._stopping.set()
        self._wake.set()
        self.source.interrupt()

    def stop(self, timeout_s: float = 3.0) -> bool:
        """Ends the station: the source is released, what is waiting is analysed, the last gap is said.

        Returns:
            False when the source or the analysis hangs, and its thread had to be left behind.
        """
        ends_at = self._clock.monotonic() + timeout_s
        self.request_stop()
        self.await_release(ends_at)
        return self.await_end(ends_at)

    def await_release(self, ends_at: float) -> None:
        """Waits until the source is released, or until a monotonic time; then takes nothing more from it."""
        _join(self._reader, ends_at - self._clock.monotonic())
        self._inbox.put(Switched(self._clock.monotonic(), cause="stopping"))
        self._inbox.close()

    def await_end(self, ends_at: float) -> bool:
        """Waits until what the source gave is analysed, or until a monotonic time.

        Returns:
            False when the source or the analysis hangs, and its thread had to be left behind.
        """
        _join(self._analyst, ends_at - self._clock.monotonic())
        return not (self._reader.is_alive() or self._analyst.is_alive())

    def set_enabled(self, enabled: bool) -> None:
        """Switches the station on or off; off, it holds nothing open."""
        if enabled:
            self._enabled.set()
        else:
            self._enabled.clear()
            self.source.interrupt()
        self._wake.set()

    @property
    def enabled(self) -> bool:
        """Whether it is switched on."""
        return self._enabled.is_set()

    def reset(self) -> None:
        """Lets the station forget what it has heard."""
        self._inbox.put(Forget(self._clock.monotonic()))

    def set_retry(self, retry: RetryConfig) -> None:
        """Changes how the source is opened again, from the next failure on."""
        self._retry.config = retry

    @property
    def link(self) -> Link:
        """How it stands with its source, now."""
        monitor = self._monitor
        return Link(
            state=monitor.state,
            since=monitor.state_since,
            bytes_per_s=self._bytes_per_s(),
            info=monitor.info,
            title=monitor.title,
            last_error=monitor.last_error,
            retry_at=monitor.retry_at,
            attempts=monitor.attempts,
            meter=replace(self.source.meter),
        )

    @property
    def word(self) -> str:
        """What is on air: the genre while there is one, else the state."""
        return self._monitor.word

    @property
    def finished(self) -> bool:
        """Whether its source ended or failed for good."""
        return self._monitor.state in {ConnectionState.ENDED, ConnectionState.FAILED}

    @property
    def analysed_s(self) -> float:
        """Seconds of wall time that were analysed."""
        return self._monitor.coverage.analysed_s

    @property
    def inference_s(self) -> float:
        """Seconds that the network has run so far."""
        return self._monitor.inference_s

    @property
    def gaps_s(self) -> float:
        """Seconds of wall time that were not."""
        return self._monitor.coverage.gaps_s

    def wedged(self) -> bool:
        """Says whether the source hangs beyond all its timeouts, so that only a fresh process can help."""
        since = self._asking_since
        return (
            since is not None
            and self._patience_s is not None
            and self._clock.monotonic() - since > self._patience_s + WEDGE_GRACE_S
        )

    def analyst_idle_s(self) -> float:
        """Seconds since the analyst last ended a round without a fault; the watchdog is fed by this."""
        return self._clock.monotonic() - self._analyst_at

    # The reader's thread.

    def _read(self) -> None:
        switched_off = True
        while not self._stopping.is_set():
            if not self._enabled.is_set():
                if not switched_off:
                    self._inbox.put(Switched(self._clock.monotonic()))
                    switched_off = True
                self._pause(None)
                continue
            switched_off = False
            self._wake.clear()
            self._inbox.put(Connecting(self._clock.monotonic()))
            try:
                self._session()
            except SourceError as error:
                again = self._after(error)
            except Exception as error:  # noqa: BLE001 - the edge of a station: no fault may touch the others
                self._count_fault("source", error)
                again = self._after(SourceError(f"{self.source.label}: {error!r}", cause="fault"))
            else:
                again = self._after(None)
            if not again:
                self._pause(None)

    def _session(self) -> None:
        self._retry.session_opened()
        items = iter(self.source.session())
        try:
            while not self._stopping.is_set() and self._enabled.is_set():
                self._asking_since = self._clock.monotonic()
                try:
                    item = next(items, None)
                finally:
                    self._asking_since = None
                if item is None:
                    return
                now = self._clock.monotonic()
                if isinstance(item, AudioBlock):
                    self._heard = True
                    self._retry.audio_received(now)
                if not self._inbox.put(Arrived(now, item)):
                    return
        finally:
            # Closing is where PortAudio likes to hang.
            self._asking_since = self._clock.monotonic()
            close = getattr(items, "close", None)
            if close is not None:
                close()
            self._asking_since = None

    def _after(self, error: SourceError | None) -> bool:
        """Says how a session ended, and waits before the next.

        Returns:
            Whether there is a next one.
        """
        now = self._clock.monotonic()
        if self._stopping.is_set() or not self._enabled.is_set():
            return True
        if error is None and not self.source.endless:
            self._inbox.put(Ended(now))
            return False
        error = error or SourceError(f"{self.source.label}: ended", cause="ended")
        if self._fail_fast and not self._heard:
            self.failure = error
            self._inbox.put(Broke(now, error.cause, str(error), None))
            return False
        wait_s = self._retry.next_wait_s(now, permanent=error.permanent)
        self._inbox.put(Broke(now, error.cause, str(error), wait_s))
        self._pause(wait_s)
        return True

    def _pause(self, seconds: float | None) -> None:
        """Waits until somebody stops or switches the station, or the time is over."""
        if not self._stopping.is_set():
            self._wake.wait(seconds)
        self._wake.clear()

    # The analyst's thread.

    def _analyse(self) -> None:
        while True:
            messages = self._inbox.take(TICK_S)
            self._repeat_interrupt()
            try:
                self._monitor.handle(messages)
                self._monitor.tick()
                self._take_traffic()
                if self._inbox.closed and not messages:
                    self._monitor.close()
            except Exception as error:  # noqa: BLE001 - the edge of a station
                self._count_fault("analysis", error)
            else:
                # A round that failed is no life: an analysis that can only fail must not keep the watchdog calm.
                self._analyst_at = self._clock.monotonic()
            if self._inbox.closed and not messages:
                return

    def _repeat_interrupt(self) -> None:
        # An interruption that comes just before a session begins is forgotten by it.
        if self._asking_since is not None and (self._stopping.is_set() or not self._enabled.is_set()):
            self.source.interrupt()

    def _safely_say(self, event: Event) -> None:
        try:
            self._say(event)
        except Exception as error:  # noqa: BLE001 - outputs promise not to raise; if one does, the station goes on
            self._count_fault("output", error)

    def _count_fault(self, where: str, error: Exception) -> None:
        self._faults += 1
        level = logging.ERROR if self._faults == 1 else logging.DEBUG
        _LOGGER.log(level, "%s: fault %d, in its %s; it goes on", self.id, self._faults, where, exc_info=error)

    def _take_traffic(self) -> None:
        now = self._clock.monotonic()
        if not self._traffic or now - self._traffic[-1][0] >= TICK_S:
            self._traffic.append((now, self.source.meter.received_bytes))
        while len(self._traffic) > 2 and now - self._traffic[0][0] > RATE_OVER_S:
            self._traffic.popleft()

    def _bytes_per_s(self) -> float:
        samples = list(self._traffic)
        if len(samples) < 2 or samples[-1][0] <= samples[0][0]:
            return 0.0
        return (samples[-1][1] - samples[0][1]) / (samples[-1][0] - samples[0][0])


def _join(thread: threading.Thread, timeout_s: float) -> None:
    """Waits for a thread, if it was started and there is time left."""
    if thread.ident is not None:
        thread.join(max(0.0, timeout_s))
