"""What is on air on a station, and the rows that it becomes when it ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from genred.airplay.entry_loudness import EntryLoudness
from genred.airplay.means import Means
from genred.airplay.on_air import EntryContent
from genred.airplay.rows import Entry, GapRow, TitleSpan
from genred.analysis.estimate import State

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from genred.airplay.log_clock import LogClock
    from genred.airplay.rows import ClockStep, Model
    from genred.audio.loudness import LoudnessReading
    from genred.cause import Cause
    from genred.events import StationReport

    Emit = Callable[[Entry | GapRow | TitleSpan | ClockStep], None]


class OpenEntry:
    """Sums up what is on air, and places it in the log's time. Times are on the monotonic clock.

    Args:
        station: The station's id.
        clock: Of the log.
        emit: Takes each row.

    Attributes:
        run: Id of the daemon's start.
        model: Of the estimates.
        content: What is on air.
        since: From when on.
    """

    def __init__(self, station: str, clock: LogClock, emit: Emit) -> None:
        self._station = station
        self._clock = clock
        self._emit = emit
        self.run = ""
        self.model: Model | None = None
        self.content = EntryContent()
        self.since = 0.0
        self._title_from = 0.0
        self._floor: datetime | None = None
        self._means = Means()
        self._loudness = EntryLoudness()

    def open(
        self, at: float, content: EntryContent, *, floor: datetime | None = None, keeps_title: bool = False
    ) -> None:
        """Begins an entry.

        Args:
            at: When.
            content: What is on air.
            floor: Before which it does not begin, whatever the clock says.
            keeps_title: Whether the title goes on from the entry before.
        """
        self.content = content
        self._means = Means()
        self._loudness = EntryLoudness()
        self.since = at
        self._floor = floor
        if not keeps_title:
            self._title_from = at

    def turn(self, at: float, content: EntryContent) -> None:
        """Ends the entry, and begins one of something else at a time that may lie before what was added last."""
        at = max(at, self.since)
        keeps_title = content.title == self.content.title
        loudness = self._loudness.split(at)
        self.finish(at, keeps_title=keeps_title)
        self.open(at, content, keeps_title=keeps_title)
        self._loudness = loudness

    def add(self, report: StationReport) -> None:
        """Takes a report of what is on air."""
        self._means.add(report)

    def add_loudness(self, at: float, readings: Sequence[LoudnessReading]) -> None:
        """Takes what was measured of it up to a time."""
        self._loudness.add(at, readings)

    def finish(self, at: float, *, ended_at: datetime | None = None, keeps_title: bool = False) -> None:
        """Ends the entry.

        Args:
            at: When.
            ended_at: In the log's time, where the clock says otherwise.
            keeps_title: Whether the title goes on in the next entry.
        """
        entry = self.row(at, ended_at)
        if entry.ended_at > entry.started_at:
            self._emit(entry)
        title = self.content.title
        if title is not None and not keeps_title:
            started_at, ended_at = self._clock.at(self._title_from), ended_at or self._clock.at(at)
            if ended_at > started_at:
                self._emit(
                    TitleSpan(
                        **self._span(started_at, ended_at, at - self._title_from),
                        title=title.text,
                        artist=title.artist,
                        song=title.song,
                    )
                )

    def row(self, at: float, ended_at: datetime | None = None) -> Entry:
        """Gives the entry as it would be if it ended now."""
        content, means = self.content, self._means
        offline = content.state is State.OFFLINE
        started_at = self._started_at()
        return Entry(
            **self._span(started_at, max(started_at, ended_at or self._clock.at(at)), max(0.0, at - self.since)),
            state=content.state,
            genre=content.genre,
            confidence=None if offline else means.confidence,
            least_confidence=None if offline else means.least_confidence,
            probabilities=() if offline else means.probabilities,
            level_dbfs=None if offline else means.level_dbfs,
            loudness=None if offline else self._loudness.value,
            title=content.title.text if content.title else None,
            artist=content.title.artist if content.title else None,
            song=content.title.song if content.title else None,
            model=self.model,
            reports=0 if offline else means.reports,
            cause=content.cause,
        )

    def absent(self, started_at: datetime, ended_at: datetime, seconds: float, cause: Cause) -> None:
        """Fills time in which nothing was on air that anybody knows of."""
        span = self._span(started_at, ended_at, seconds)
        self._emit(Entry(**span, state=State.OFFLINE, cause=cause))
        self._emit(GapRow(**span, cause=cause))

    def gap(self, started_at: datetime, ended_at: datetime, seconds: float, cause: Cause) -> None:
        """Notes what was not analysed, inside of entries or over several."""
        self._emit(GapRow(**self._span(started_at, ended_at, seconds), cause=cause))

    def _started_at(self) -> datetime:
        started_at = self._clock.at(self.since)
        return started_at if self._floor is None else max(started_at, self._floor)

    def _span(self, started_at: datetime, ended_at: datetime, seconds: float) -> dict[str, Any]:
        return {
            "station": self._station,
            "run": self.run,
            "started_at": started_at,
            "ended_at": ended_at,
            "seconds": seconds,
        }
