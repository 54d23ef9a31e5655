"""Events to entries: a pure fold, of which the entries of each station tile its time."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from genred.airplay.on_air import EntryContent, LoggedTitle, state_of
from genred.airplay.open_entry import OpenEntry
from genred.airplay.rows import Model
from genred.analysis.estimate import State
from genred.cause import Cause
from genred.events import (
    AnnouncementChanged,
    Gap,
    LoudnessMeasured,
    SilenceEnded,
    SilenceStarted,
    SourceLost,
    SourceRecovered,
    StationReport,
    StationStatus,
    StationSwitched,
    TitleChanged,
)

if TYPE_CHECKING:
    from genred.airplay.log_clock import Jump, LogClock
    from genred.airplay.open_entry import Emit
    from genred.airplay.rows import Entry
    from genred.clock import Moment
    from genred.events import Event


@dataclass(frozen=True, slots=True)
class LogEnding:
    """How far the log of a station had come in earlier runs.

    Attributes:
        at: End of its last entry.
        cause: Why nothing was written since.
    """

    at: datetime
    cause: Cause = Cause.NOT_RUNNING


class StationFold:
    """Folds the events of one station into entries, gaps and titles.

    Times of events are taken on the monotonic clock and placed by the log's clock, so that no entry is negative and
    none overlaps another, whatever the wall clock does.

    Args:
        station: The station's id.
        clock: Of the log; every event's moment has been observed by it.
        emit: Takes each finished row.
        model_sha256: Of the model of the station's reports.
        before: Where the log of the station ended in earlier runs; None for a new one.
    """

    def __init__(
        self, station: str, clock: LogClock, emit: Emit, *, model_sha256: str = "", before: LogEnding | None = None
    ) -> None:
        self._clock = clock
        self._before = before
        self.model_sha256 = model_sha256
        self._now = OpenEntry(station, clock, emit)
        # The newest moment that is known of, on the monotonic clock.
        self._until = 0.0
        self._began_at = datetime.min.replace(tzinfo=UTC)
        self._began_s = float("-inf")
        self._jumps: deque[Jump] = deque(maxlen=_JUMPS)
        self._analysed_until = float("-inf")
        self._silent_from: float | None = None
        self._cause = Cause.STARTING
        self._known_title: LoggedTitle | None = None

    def begin(self, moment: Moment) -> None:
        """Begins the station's time, at its first event at the latest."""
        if self._now.run:
            return
        self._now.run = moment.run
        at = moment.monotonic_s
        started_at = self._clock.at(at)
        if self._before is not None and self._before.at < started_at:
            seconds = (started_at - self._before.at).total_seconds()
            self._now.absent(self._before.at, started_at, seconds, self._before.cause)
        self._began_at = started_at if self._before is None else max(started_at, self._before.at)
        self._until = self._began_s = at
        self._now.open(at, EntryContent(cause=self._cause), floor=self._began_at)

    def handle(self, event: Event) -> None:
        """Takes the next event of the station."""
        at = event.at.monotonic_s
        self.begin(event.at)
        match event:
            case StationReport():
                self._report(event, at)
            case LoudnessMeasured():
                self._now.add_loudness(at, event.readings)
            case AnnouncementChanged():
                self._announce(event, at)
            case TitleChanged():
                self._known_title = None if event.title is None else LoggedTitle(event.title, event.artist, event.song)
                self._turn(at, title=self._known_title)
            case Gap():
                self._gap(event)
            case SilenceStarted():
                self._silent_from = at
            case SilenceEnded():
                self._silent_from = None
            case _:
                self._explain(event)
        self._until = max(self._until, at)

    def jump(self, jump: Jump) -> None:
        """Takes a jump of the log's clock: what is on air is cut there, and what was left out is an entry by itself."""
        if not self._now.run:
            return
        self._jumps.append(jump)
        at = max(jump.monotonic_s, self._now.since)
        self._now.finish(at, ended_at=jump.step.at)
        if jump.until > jump.step.at:
            if jump.was_off and self._before is not None:
                cause, seconds = Cause.NOT_RUNNING, jump.seconds
            elif jump.step.suspended:
                cause, seconds = Cause.SUSPENDED, jump.seconds
            else:
                cause, seconds = Cause.CLOCK_STEP, 0.0
            self._now.absent(jump.step.at, jump.until, seconds, cause)
        self._now.open(at, self._now.content, floor=jump.until)

    @property
    def open_entry(self) -> Entry | None:
        """What is on air as far as it is known; None before the first event."""
        return self._now.row(self._until) if self._now.run else None

    def close(self, at_s: float) -> None:
        """Ends the station's time, as the daemon ends or the station is removed.

        Args:
            at_s: On the monotonic clock.
        """
        if self._now.run:
            if self._analysed_until >= self._now.since:
                # It went off air with the daemon, for no reason of its own.
                self._find_cause(Cause.STOPPING)
            self._now.finish(max(at_s, self._until))
            self._before = LogEnding(self._clock.at(max(at_s, self._until)), Cause.NOT_CONFIGURED)
            self._cause = Cause.STARTING
            self._now.run = ""
            self._now.open(self._now.since, EntryContent())

    # What is on air.

    def _report(self, report: StationReport, at: float) -> None:
        if report.confidence is not None:
            self._analysed_until = at
            self._know_model(report, at)
        title = self._now.content.title
        if (title.text if title else None) != report.title:
            known = self._known_title
            title = None if report.title is None else LoggedTitle(report.title)
            self._turn(at, title=known if known is not None and known.text == report.title else title)
        # An announcement comes first, but for a life that began in another process.
        if (report.state, report.genre) != (self._now.content.state, self._now.content.genre):
            self._turn(at, state=report.state, genre=report.genre)
        self._now.add(report)

    def _know_model(self, report: StationReport, at: float) -> None:
        known, labels = self._now.model, tuple(report.probabilities)
        if known is not None and (known.name, known.sha256, known.labels) == (report.model, self.model_sha256, labels):
            return
        if known is not None:
            self._now.turn(at, self._now.content)
        self._now.model = Model(name=report.model, sha256=self.model_sha256, labels=labels)

    def _announce(self, event: AnnouncementChanged, at: float) -> None:
        state, genre = state_of(event.announcement)
        starts = at
        if state is State.SILENCE and self._silent_from is not None:
            starts = self._silent_from  # noticed later than it began
        elif state is State.OFFLINE and self._now.content.state is not State.OFFLINE:
            starts = min(at, max(self._analysed_until, self._now.since))
        self._turn(starts, state=state, genre=genre)

    def _explain(self, event: Event) -> None:
        match event:
            case SourceLost():
                self._find_cause(event.cause)
            case SourceRecovered():
                self._cause = Cause.STARTING
            case StationSwitched():
                self._find_cause(Cause.STARTING if event.enabled else Cause.DISABLED)
            case StationStatus() if not event.enabled:
                self._find_cause(Cause.DISABLED)
            case StationStatus() if event.connection.cause is not None:
                self._find_cause(event.connection.cause)
            case _:
                pass

    def _find_cause(self, cause: Cause) -> None:
        self._cause = cause
        content = self._now.content
        if content.state is State.OFFLINE and content.cause in _PRELIMINARY:
            self._now.content = EntryContent(State.OFFLINE, None, content.title, cause)

    def _turn(
        self, at: float, *, state: State | None = None, genre: str | None = None, title: LoggedTitle | str | None = ""
    ) -> None:
        """Goes on with another thing on air, from a moment on that may lie before the last event."""
        now = self._now.content
        state, genre = (now.state, now.genre) if state is None else (state, genre)
        new_title = now.title if isinstance(title, str) else title
        if state is State.OFFLINE and now.state is not State.OFFLINE:
            new_title = None
        cause = None if state is not State.OFFLINE else now.cause if now.state is State.OFFLINE else self._cause
        later = EntryContent(state, genre, new_title, cause)
        if later != now:
            self._now.turn(at, later)

    # What is not on air.

    def _gap(self, gap: Gap) -> None:
        self._find_cause(gap.cause)
        # A gap may begin with the station, which is made before its time in the log begins.
        at, started_s = gap.at.monotonic_s, max(gap.started_at.monotonic_s, self._began_s)
        started_at = max(self._clock.at(started_s), self._began_at)
        for jump in self._jumps:
            if started_s < jump.monotonic_s <= at:
                # What the clock left out is no part of it.
                self._end_gap(started_at, jump.step.at, jump.monotonic_s - started_s, gap.cause)
                started_s, started_at = jump.monotonic_s, jump.until
        self._end_gap(started_at, self._clock.at(at), at - started_s, gap.cause)

    def _end_gap(self, started_at: datetime, ended_at: datetime, seconds: float, cause: Cause) -> None:
        if ended_at > started_at:
            self._now.gap(started_at, ended_at, max(0.0, seconds), cause)


_JUMPS = 16
"""The latest jumps are known: gaps are told of when they end."""

_PRELIMINARY = frozenset({None, Cause.STARTING})
"""Causes that a better one takes the place of: why a source cannot be opened is known later than that it is not."""
