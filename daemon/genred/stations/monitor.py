"""What a station says of what it hears: the pure part of a station, without threads and without waiting."""

from __future__ import annotations

import contextlib
from itertools import takewhile
from typing import TYPE_CHECKING, TypeGuard

import numpy as np

from genred.analysis.frontend import SAMPLE_RATE_HZ
from genred.errors import GenredError
from genred.events import (
    Gap,
    SourceLost,
    SourceRecovered,
    TitleChanged,
)
from genred.sources.source import AudioBlock, SourceInfo, Title
from genred.stations.announcer import Counts, OnAir
from genred.stations.connection_state import OFF_AIR, TRANSITIONS, ConnectionState
from genred.stations.level_events import LevelEvents
from genred.stations.messages import Arrived, Broke, Connecting, Ended, Forget, Switched
from genred.stations.outage_log import OutageLog
from genred.stations.time_account import Coverage

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from genred.analysis.analyzer import Analyzer
    from genred.analysis.estimate import Estimate
    from genred.clock import Clock
    from genred.config.schema import AnalysisConfig
    from genred.events import Event
    from genred.stations.messages import Message
    from genred.stations.time_account import Stretch

STALLED_AFTER_S = 2.0
"""So long may a player be silent before the station calls itself stalled: more than jitter, less than patience."""

OFFLINE_AFTER_S = 10.0
"""A station that is stalled for longer counts as lost, though its session may still stand: nobody knows any more what
is on air. Longer than most servers hiccup, shorter than most sources' own timeouts."""

BEHIND_S = 3.0
"""Audio that waited for longer shows that analysis does not keep up; then only the newest window counts."""

FORGET_AFTER_S = 0.1
"""A hole in the audio that is longer makes the windows around it meaningless; a packet's 26 ms do not."""


class StationMonitor:
    """Takes what the reader found, in order, and says it as events.

    Args:
        station: The station's id.
        analyzer: Used by this object alone.
        model: Name of the model bundle.
        config: For clipping and silence.
        live: Whether lateness means anything: a file read as fast as possible is never late.
        clock: For the wall times in events.
        say: Takes each event.
    """

    def __init__(
        self,
        station: str,
        analyzer: Analyzer,
        model: str,
        config: AnalysisConfig,
        *,
        live: bool,
        clock: Clock,
        say: Callable[[Event], None],
    ) -> None:
        self._station = station
        self._analyzer = analyzer
        self._on_air = OnAir(station, model, labels=analyzer.labels, clock=clock, say=say)
        self._live = live
        self._clock = clock
        self._say = say
        now = clock.monotonic()
        self.coverage = Coverage(now)
        self.state = ConnectionState.STOPPED
        self.state_since = now
        self.info: SourceInfo | None = None
        self.title: str | None = None
        self.last_error: str | None = None
        self.retry_at: float | None = None
        self.attempts = 0
        self.windows = 0
        self.reconnects = 0
        self.overrun_windows = 0
        self._levels = LevelEvents(station, config, clock, say)
        self._log = OutageLog(station, clock)
        self._heard_until_s = 0.0
        self._gap_cause = "starting"
        self._lost_at: float | None = None
        self._lost_cause = ""
        self._heard_before = False

    @property
    def word(self) -> str:
        """The genre while there is one, else the state."""
        return self._on_air.word

    @property
    def inference_s(self) -> float:
        """Seconds that the network has run so far."""
        return self._analyzer.inference_s

    def handle(self, messages: Sequence[Message]) -> None:
        """Takes messages in the order in which they happened.

        Raises:
            Exception: A fault of genred or the network, the first if there are several; all the other messages were
                taken, and the state is the one that the faulty message led to.
        """
        fault: Exception | None = None
        index = 0
        while index < len(messages):
            message = messages[index]
            batch = [message] if _is_audio(message) else []
            if batch and self._live and self._clock.monotonic() - message.at > BEHIND_S:
                batch = [arrived for arrived in takewhile(_is_audio, messages[index:]) if _is_audio(arrived)]
            index += max(1, len(batch))
            try:
                if batch:
                    self._hear(batch)
                else:
                    self._handle_other(message)
            except Exception as error:  # noqa: BLE001 - raised below, once the others have had their turn
                fault = fault or error
                with contextlib.suppress(Exception):
                    self._mend(message)
        if fault is not None:
            raise fault

    def _mend(self, message: Message) -> None:
        """After a fault, brings about what the message meant, whatever went before it."""
        state = _meant(message)
        if state is not None and state is not self.state:
            self._log.transition(self.state, state)
            self.state, self.state_since = state, message.at
        if state in OFF_AIR:
            self.coverage.broke(self._unheard_s())
            self._gap_cause, self.title = "fault", None
        elif self._live:
            self._gaps(self.coverage.forget(self._unheard_s()), "fault")
        if state is not None:
            # What was said before is not known any more; an analysis that fails each time must not keep it on air.
            self._on_air.update(None, message.at, self._counts())
        self._forget()

    def _handle_other(self, message: Message) -> None:
        match message:
            case Arrived(item=Title() as title):
                self._retitle(message.at, title)
            case Arrived(item=SourceInfo() as info):
                self.info = info
            case Connecting():
                self._enter(ConnectionState.CONNECTING, message.at)
            case Broke():
                self._lose(message)
            case Ended():
                self._finish(message.at)
            case Switched():
                if self.state not in {ConnectionState.ENDED, ConnectionState.FAILED}:
                    self._leave(message.at, ConnectionState.STOPPED, message.cause)
            case Forget():
                if self.state in {ConnectionState.STREAMING, ConnectionState.STALLED} and self._live:
                    self._gaps(self.coverage.forget(self._unheard_s()), "reset")
                self._forget()

    def tick(self) -> None:
        """Looks at the time while nothing comes."""
        now = self._clock.monotonic()
        if self._live and self.state is ConnectionState.STREAMING and self.coverage.late_s(now) > STALLED_AFTER_S:
            self._enter(ConnectionState.STALLED, now)
            self._gap_cause = "stalled"
            self._log.stalled(self.coverage.late_s(now))
        if self.state is ConnectionState.STALLED and self._lost_at is None and now - self.state_since > OFFLINE_AFTER_S:
            self._go_offline(now)
        self._log.tick(now)

    def close(self) -> None:
        """Accounts for the time until now, as the last thing."""
        now = self._clock.monotonic()
        self._levels.end(now)
        if self._live and self.state is not ConnectionState.ENDED:
            self._gaps(self.coverage.close(now), self._gap_cause)

    # What happens with audio.

    def _hear(self, batch: list[Arrived]) -> None:
        first, last = batch[0], batch[-1]
        recovered = self._resume(first.at)
        blocks = [arrived.item for arrived in batch if isinstance(arrived.item, AudioBlock)]
        lost_s = sum(block.lost_s for block in blocks) + sum(arrived.dropped_s for arrived in batch)
        if lost_s > FORGET_AFTER_S and self._live and not recovered:
            self._gaps(self.coverage.forget(self._unheard_s()), "lost")
        if self._account(batch, self._analyzer.window_s) > FORGET_AFTER_S or lost_s > FORGET_AFTER_S or recovered:
            self._forget()
        samples = blocks[0].samples if len(blocks) == 1 else np.concatenate([block.samples for block in blocks])
        estimates = self._analyzer.push(samples, newest_only=len(batch) > 1)
        for estimate in estimates:
            self._heard_until_s = estimate.position_s
            self._judge(estimate, last.at)

    def _unheard_s(self) -> float:
        """Seconds of audio that no window was made of yet."""
        return max(0.0, self._analyzer.position_s - self._heard_until_s)

    def _forget(self) -> None:
        self._analyzer.reset()
        self._heard_until_s = self._analyzer.position_s

    def _account(self, batch: list[Arrived], window_s: float) -> float:
        """Brings a batch to account; what lies before its last window is heard by nobody.

        Returns:
            Seconds of gaps that became certain.
        """
        if not self._live:
            return 0.0
        gaps_s = self.coverage.gaps_s
        unheard_s = sum(_seconds(arrived) for arrived in batch) - window_s
        for arrived in batch:
            seconds = _seconds(arrived)
            lost_s = arrived.item.lost_s if isinstance(arrived.item, AudioBlock) else 0.0
            if arrived.dropped_s:
                self._gaps(self.coverage.audio(arrived.at, arrived.dropped_s, analysed=False), "overrun")
            heard = len(batch) == 1 or unheard_s < seconds
            unheard_s -= seconds
            stretches = self.coverage.audio(arrived.at, seconds, lost_s=lost_s, analysed=heard)
            self._gaps(stretches, self._gap_cause if heard and not lost_s else "lost" if lost_s else "overrun")
            if not self.coverage.catching_up:
                self._gap_cause = "late"
        return self.coverage.gaps_s - gaps_s

    def _resume(self, at: float) -> bool:
        """Notes that audio flows; says whether it was gone before, and not only late."""
        before = self.state
        self._enter(ConnectionState.STREAMING, at)
        in_session = before in {ConnectionState.STREAMING, ConnectionState.STALLED}
        if in_session and self._lost_at is None:
            if before is ConnectionState.STALLED:
                self._log.resumed()
            else:
                self._log.flowing(at)
            return False
        self.last_error, self.retry_at = None, None
        if self._lost_at is not None:
            self._say(
                SourceRecovered(
                    station=self._station,
                    at=self._clock.utc(at),
                    lost_at=self._clock.utc(self._lost_at),
                    cause=self._lost_cause,
                    attempts=self.attempts,
                )
            )
            self._log.recovered(at - self._lost_at, self.attempts)
        if self._heard_before and not in_session:
            self.reconnects += 1
        self._heard_before = True
        self._lost_at, self.attempts = None, 0
        return True

    def _judge(self, estimate: Estimate, at: float) -> None:
        self.windows += 1
        self._levels.update(estimate, at, self._analyzer.step_s)
        self._on_air.update(estimate, at, self._counts())

    def _counts(self) -> Counts:
        dropped = self._analyzer.skipped_windows + self.overrun_windows
        # A title is announced once; while a stalled station is offline it is kept for its return, and not shown.
        title = None if self._lost_at is not None else self.title
        return Counts(title, self.windows, dropped, self.reconnects)

    def _retitle(self, at: float, title: Title) -> None:
        if title.text == self.title:
            return
        self._say(
            TitleChanged(
                station=self._station,
                at=self._clock.utc(at),
                title=title.text,
                artist=title.artist,
                song=title.song,
                previous=self.title,
            )
        )
        if self.title is not None:
            # The first title of a session tells of a change at no time in particular.
            self._analyzer.reset_filter()
        self.title = title.text

    # What happens when the source goes.

    def _go_offline(self, now: float) -> None:
        """Counts a stalled source as lost while its session still stands."""
        message = f"no audio for {self.coverage.late_s(now):.0f} s, though the source is open"
        self._lost_at, self._lost_cause, self.last_error = now, "stalled", message
        self._say(SourceLost(station=self._station, at=self._clock.utc(now), cause="stalled", message=message))
        self._log.offline(message)
        self._silence(now)

    def _silence(self, at: float) -> None:
        """Forgets what was heard, and says that nothing is on air."""
        self.coverage.broke(self._unheard_s())
        self._levels.end(at)
        self._forget()
        self._on_air.update(None, at, self._counts())

    def _lose(self, broke: Broke) -> None:
        self.attempts += 1
        self.last_error = broke.message
        self.retry_at = None if broke.wait_s is None else broke.at + broke.wait_s
        if self._lost_at is None:
            self._lost_at, self._lost_cause = broke.at, broke.cause
            self._say(
                SourceLost(
                    station=self._station, at=self._clock.utc(broke.at), cause=broke.cause, message=broke.message
                )
            )
        self._log.lost(broke)
        state = ConnectionState.FAILED if broke.wait_s is None else ConnectionState.BACKING_OFF
        self._leave(broke.at, state, self._lost_cause)

    def _finish(self, at: float) -> None:
        for estimate in self._analyzer.finish():
            self._judge(estimate, at)
        self._log.ended()
        self._leave(at, ConnectionState.ENDED, "ended")

    def _leave(self, at: float, state: ConnectionState, gap_cause: str) -> None:
        self._enter(state, at)
        if self._heard_before or state is not ConnectionState.BACKING_OFF:
            self._gap_cause = gap_cause
        else:
            self._gap_cause = self._lost_cause
        self.title = None
        self._silence(at)

    def _enter(self, state: ConnectionState, at: float) -> None:
        if state is self.state:
            return
        if state not in TRANSITIONS[self.state]:
            raise GenredError(f"station {self._station}: from {self.state} to {state} there is no way")
        self._log.transition(self.state, state)
        self.state, self.state_since = state, at

    # What is said.

    def _gaps(self, stretches: Sequence[Stretch], cause: str) -> None:
        for stretch in stretches:
            self._say(
                Gap(
                    station=self._station,
                    at=self._clock.utc(stretch.ended_at),
                    started_at=self._clock.utc(stretch.started_at),
                    cause=cause,
                )
            )
            self._log.gap(stretch.seconds)
            if cause == "overrun":
                self.overrun_windows += round(stretch.seconds / self._analyzer.step_s)


def _is_audio(message: Message) -> TypeGuard[Arrived]:
    return isinstance(message, Arrived) and isinstance(message.item, AudioBlock)


def _meant(message: Message) -> ConnectionState | None:
    """The state that a message leads to; None for one that leads to none."""
    match message:
        case Connecting():
            return ConnectionState.CONNECTING
        case Arrived(item=AudioBlock()):
            return ConnectionState.STREAMING
        case Broke(wait_s=None):
            return ConnectionState.FAILED
        case Broke():
            return ConnectionState.BACKING_OFF
        case Ended():
            return ConnectionState.ENDED
        case Switched():
            return ConnectionState.STOPPED
    return None


def _seconds(arrived: Arrived) -> float:
    return arrived.item.samples.size / SAMPLE_RATE_HZ if isinstance(arrived.item, AudioBlock) else 0.0
