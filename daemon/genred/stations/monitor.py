"""What a station publishes of what its source gives: the pure part of it, without threads and without waiting."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genred.audio import SkippedAudio, SourceInfo
from genred.cause import Cause
from genred.engine.load import Effort
from genred.events import ConnectionState
from genred.sources.source import Title
from genred.stations.accounting import Accounting
from genred.stations.analysis_progress import AnalysisProgress
from genred.stations.announcer import Announcer, Counts
from genred.stations.audio_batch import AudioBatch
from genred.stations.connection import IN_SESSION
from genred.stations.connection_events import ConnectionEvents
from genred.stations.messages import ItemReceived, Reset, SessionEnded, SessionFailed, SessionOpened, Stopped
from genred.stations.outage_log import OutageLog
from genred.stations.sound_events import SoundEvents
from genred.stations.station_title import LEAST_S, StationTitle

if TYPE_CHECKING:
    from collections.abc import Callable

    from genred.analysis.analyzer import Analyzer
    from genred.analysis.estimate import Estimate
    from genred.clock import Clock
    from genred.config.schema import AnalysisConfig
    from genred.events import Event
    from genred.stations.connection import Connection
    from genred.stations.messages import Message
    from genred.stations.time_account import TimeAccount


class StationMonitor:
    """Joins the connection and the time account of a station with its analysis, and publishes what comes of it.

    A fault in here ends the session: `abort` gives up what the session still holds, and the next one begins afresh.

    Args:
        station: The station's id.
        analyzer: Used by this object alone.
        model: Name of the model bundle.
        config: For silence, clipping and faults of the channels.
        live: Whether lateness means anything: a file read as fast as possible is never late.
        contiguous: Whether audio that comes late is all there.
        clock: For the wall times in events.
        emit: Takes each event.

    Attributes:
        progress: Of the analysis.
        sound: Silence, clipping, faults of the channels, loudness.
        session: Number of the session that the last items were of.
        effort: How much is to be done for the station; less while the machine does not keep up.
        machine_late_s: For how long audio may have waited on this machine.
    """

    def __init__(
        self,
        station: str,
        analyzer: Analyzer,
        model: str,
        config: AnalysisConfig,
        *,
        live: bool,
        contiguous: bool = True,
        clock: Clock,
        emit: Callable[[Event], None],
    ) -> None:
        self._live = live
        self._contiguous = contiguous
        self._clock = clock
        self._emit = emit
        self._log = OutageLog(station, clock)
        self._announcer = Announcer(station, model, labels=analyzer.labels, clock=clock, emit=emit)
        self._accounting = Accounting(station, live=live, clock=clock, emit=emit, log=self._log)
        self._link = ConnectionEvents(station, clock, emit, self._log, self._accounting)
        self._title = StationTitle(station, clock, emit, least_s=LEAST_S if live else 0.0)
        self._aborted = False
        self.session = 0
        self.effort = Effort()
        self.machine_late_s = 0.0
        self.progress = AnalysisProgress(analyzer)
        self.sound = SoundEvents(station, config, clock, emit)

    @property
    def connection(self) -> Connection:
        """The connection to the source."""
        return self._link.connection

    @property
    def account(self) -> TimeAccount:
        """Of all time since the start."""
        return self._accounting.account

    @property
    def settled_until(self) -> float | None:
        """Monotonic time up to which all was published; None where nothing is accounted for."""
        return self._accounting.settled_until

    @property
    def announcement(self) -> str:
        """The genre while there is one, else the state."""
        return self._announcer.announcement

    def handle(self, message: Message | AudioBatch) -> None:
        """Takes what happened next.

        Raises:
            Exception: A fault of genred or of the network; `abort` must follow.
        """
        match message:
            case AudioBatch():
                self._analyse(message)
            case ItemReceived():
                self._receive(message)
            case SessionOpened():
                self._aborted, self.session = False, message.session
                self.connection.open(message.at)
            case SessionFailed():
                self._leave_session(message.at, self._link.fail(message))
            case SessionEnded():
                self._end(message.at)
            case Stopped():
                if self.connection.stop(message.at):
                    self._leave_session(message.at, message.cause)
                    self._accounting.end_session(message.at)
            case Reset():
                self._reset()

    def abort(self, at: float) -> None:
        """Gives up the session after a fault: what still comes of it is ignored, and nothing of before stays on air."""
        self._aborted = True
        self._leave_session(at, Cause.FAULT)

    def tick(self) -> None:
        """Looks at the time while nothing comes."""
        now = self._clock.monotonic()
        if self._live and self._link.is_newly_offline(now, self.machine_late_s):
            self._go_offline(now)
        if self._title.tick(now):
            self.progress.reset_filter()
        self._accounting.settle()
        self._log.tick()

    def close(self) -> None:
        """Accounts for the time until now, as the last thing."""
        now = self._clock.monotonic()
        self.sound.end(now)
        if self.connection.state is not ConnectionState.ENDED:
            self._accounting.close(now)

    def _receive(self, received: ItemReceived) -> None:
        match received.item:
            case SourceInfo() as info:
                self.connection.source = info
            case SkippedAudio() as skipped:
                self._skip(received.at, skipped.seconds)
            # The first title of a session tells of a change at no time in particular.
            case Title() as title if not self._aborted:
                self.sound.loudness.flush(received.at)
                if self._title.change(received.at, title):
                    self.progress.reset_filter()
            case _:
                pass  # audio comes in batches

    def _analyse(self, batch: AudioBatch) -> None:
        if self._aborted:
            return
        afresh = self._link.receive(batch.first_at)
        if self._accounting.take(batch, contiguous=self._contiguous) or afresh:
            self.progress.reset()
        if batch.dropped_s:
            self.progress.skip(batch.dropped_s)
        one_in = self.effort.one_window_in
        estimates = self.progress.push(batch.samples, batch.frames, newest_only=batch.newest_only, one_in=one_in)
        self.sound.loudness.add(batch.loudness, batch.last_at)
        if estimates:
            self.sound.loudness.flush(batch.last_at)
        self._publish_estimates(estimates, batch.last_at)

    def _skip(self, at: float, seconds: float) -> None:
        if self._aborted:
            return
        self._link.receive(at)
        self._accounting.skip(at, seconds)
        self.progress.skip(seconds)

    def _publish_estimates(self, estimates: list[Estimate], at: float) -> None:
        audio_since_s = [self.progress.position_s - estimate.position_s for estimate in estimates]
        # Where windows are meant to be further apart than they are long, each speaks for the time until the next.
        self._accounting.add_windows(audio_since_s, max(self.progress.window_s, self.progress.step_s))
        for estimate in self.progress.counted(estimates):
            self._publish(estimate, at)

    def _publish(self, estimate: Estimate | None, at: float) -> None:
        if estimate is not None:
            self.sound.update(estimate, at, self.progress.step_s)
        # A title is announced once; while a stalled station is offline it is kept for its return, and not shown.
        title = None if self.connection.outage is not None else self._title.text
        counts = Counts(
            title,
            self.progress.windows,
            self.progress.dropped_windows,
            self.connection.reconnects,
            self.sound.loudness.short_term_lufs,
        )
        self._announcer.update(estimate, at, counts, refreshes=self.effort.refreshes)

    def _reset(self) -> None:
        if self.connection.state in IN_SESSION and not self._aborted:
            self._accounting.give_up(Cause.RESET)
        self.progress.reset()

    def _end(self, at: float) -> None:
        try:
            self._publish_estimates([] if self._aborted else self.progress.finish(), at)
        finally:
            self._link.end(at)
            self._leave_session(at, Cause.ENDED)
            self._accounting.close(at)

    def _leave_session(self, at: float, gap_cause: Cause) -> None:
        self._accounting.cause = gap_cause
        self._title.clear()
        self._go_offline(at)

    def _go_offline(self, at: float) -> None:
        """Forgets what was received, and publishes that nothing is on air."""
        self._accounting.end_session()
        self.sound.end(at)
        self.progress.reset()
        self._publish(None, at)
