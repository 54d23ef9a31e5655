"""The reader of a station: opens its source again and again, and passes on what it gives."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from genred.audio import AudioBlock, SkippedAudio
from genred.cause import Cause
from genred.errors import SourceError
from genred.stations.messages import ItemReceived, SessionEnded, SessionFailed, SessionOpened, Stopped
from genred.stations.switch import Switch
from genred.stations.watched_source import WatchedSource

if TYPE_CHECKING:
    from collections.abc import Callable

    from genred.clock import Clock
    from genred.engine.worker import Worker
    from genred.sources.source import Source
    from genred.stations.fault_log import FaultLog
    from genred.stations.messages import Message
    from genred.stations.retry import RetryPolicy


class SourceReader:
    """Runs the sessions of one source: in a fiber, or in a thread of its own where the source needs one.

    Args:
        station: The station's id.
        source: Opened by the reader only.
        retry: How long to wait between sessions.
        faults: Takes faults of genred.
        worker: Runs the fiber.
        put: Takes what comes; gives False when no more is wanted.
        due_s: Says how much audio is of use next, in seconds; less than that can wait where it is.
        fail_fast: Whether a source that never gave audio is given up at its first failure.
        enabled: Whether it is switched on from the start.
        clock: For tests.

    Attributes:
        failure: Why the source was given up for good, once it was.
    """

    def __init__(
        self,
        station: str,
        source: Source,
        retry: RetryPolicy,
        faults: FaultLog,
        *,
        worker: Worker,
        put: Callable[[Message], bool],
        due_s: Callable[[], float],
        fail_fast: bool,
        enabled: bool,
        clock: Clock,
    ) -> None:
        self._source = source
        self._watched = WatchedSource(source, due_s, clock)
        self._worker = worker
        self._put = put
        self._station = station
        self._retry = retry
        self._faults = faults
        self._fail_fast = fail_fast
        self._clock = clock
        self._switch = Switch(enabled=enabled, clock=clock)
        self._started = False
        self._ended = threading.Event()
        self._session = 0
        self._aborted_session = 0
        self._has_played = False
        self.failure: SourceError | None = None

    def start(self) -> None:
        """Starts to read; a source that is switched off is not opened before it is switched on."""
        self._started = True
        # What is not live waits for room in the inbox, and would wait there for the thread that makes it.
        if self._source.own_thread or not self._source.live:
            threading.Thread(target=self._run, name=f"{self._station} reader", daemon=True).start()
        else:
            self._worker.spawn(self._run, self._station)

    @property
    def alive(self) -> bool:
        """Whether it was started and has not ended."""
        return self._started and not self._ended.is_set()

    @property
    def enabled(self) -> bool:
        """Whether it is switched on."""
        return self._switch.enabled

    def set_enabled(self, enabled: bool) -> None:
        """Switches the source on or off; off, nothing of it is held open."""
        self._switch.set_enabled(enabled)
        if not enabled:
            self._source.interrupt()

    def request_stop(self) -> None:
        """Asks the reader to end, without waiting."""
        self._switch.stop()
        self._source.interrupt()

    def join(self, timeout_s: float) -> None:
        """Waits for the reader to end, if it was started and there is time left."""
        if self._started:
            self._ended.wait(max(0.0, timeout_s))

    def abort(self, session: int) -> None:
        """Ends a session whose audio cannot be analysed; it counts as failed. Another session is left alone."""
        self._aborted_session = session
        if session == self._session:
            self._source.interrupt()

    def repeat_interrupt(self) -> None:
        """Interrupts the source again if it is to end: what comes just before a session begins is forgotten by it."""
        if not self._is_wanted and self._watched.waiting_since is not None:
            self._source.interrupt()

    def is_wedged(self) -> bool:
        """Says whether the source hangs beyond all its timeouts, so that only a fresh process can help."""
        return self._watched.is_wedged()

    @property
    def _is_wanted(self) -> bool:
        return self._switch.is_wanted and not self._is_aborted

    @property
    def _is_aborted(self) -> bool:
        return self._aborted_session == self._session

    def _run(self) -> None:
        try:
            self._run_sessions()
        finally:
            self._ended.set()

    def _run_sessions(self) -> None:
        opened = False
        while not self._switch.stopping:
            if not self._switch.enabled:
                if opened:
                    self._put(Stopped(self._clock.monotonic()))
                    opened = False
                self._switch.wait()
                continue
            opened = True
            self._switch.arm()
            error = self._run_session()
            self._end_recording(error)
            if not self._after_session(error):
                self._switch.wait()

    def _run_session(self) -> SourceError | None:
        """Opens the source and passes on what it gives until it ends. Returns why it failed, if it did."""
        self._session += 1
        self._put(SessionOpened(self._clock.monotonic(), self._session))
        try:
            self._pass_on_items()
        except SourceError as error:
            return _bare(error)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - the edge of a station: no fault may touch the others
            self._faults.record("source", error)
            return SourceError(f"{self._source.label}: {error!r}", cause=Cause.FAULT)
        if self._is_aborted:
            return SourceError(f"{self._source.label}: its audio could not be analysed", cause=Cause.FAULT)
        return None

    def _end_recording(self, error: SourceError | None) -> None:
        tap = self._source.meter.tap
        if tap is None:
            return
        if self._switch.stopping:
            tap.end(Cause.STOPPING)
        elif not self._switch.enabled:
            tap.end(Cause.DISABLED)
        else:
            tap.end(Cause.ENDED if error is None else error.cause)

    def _pass_on_items(self) -> None:
        self._retry.session_opened()
        self._watched.open()
        try:
            while self._is_wanted:
                item = self._watched.next()
                if item is None:
                    return
                now = self._clock.monotonic()
                if isinstance(item, AudioBlock | SkippedAudio):
                    self._has_played = True
                    self._retry.audio_received(now)
                    now -= item.waited_s
                if not self._put(ItemReceived(now, item)):
                    return
                self._watched.give_way(item)
                # A second of samples, for as long as it takes until the next comes.
                del item
        finally:
            self._watched.close()

    def _after_session(self, error: SourceError | None) -> bool:
        """Passes on how a session ended, and waits before the next. Returns whether there is a next one."""
        now = self._clock.monotonic()
        if not self._switch.is_wanted:
            return True
        if error is None and not self._source.endless:
            self._put(SessionEnded(now))
            return False
        error = error or SourceError(f"{self._source.label}: ended", cause=Cause.ENDED)
        # A file would be read again from its beginning, to the same fault.
        hopeless = error.cause is Cause.FAULT and not self._source.endless
        if hopeless or (self._fail_fast and not self._has_played):
            self.failure = error
            self._put(SessionFailed(now, error.cause, str(error), None))
            return False
        wait_s = self._retry.next_wait_s(
            now, permanent=error.permanent, not_before_s=error.not_before_s, within_s=error.within_s
        )
        self._put(SessionFailed(now, error.cause, str(error), wait_s))
        # From the failure on: to take it may have taken a while.
        self._switch.wait(now + wait_s)
        return True


def _bare(error: SourceError) -> SourceError:
    """Without the calls that it came through: they hold decoder and connection for as long as the station waits."""
    error.__traceback__ = error.__cause__ = error.__context__ = None
    return error
