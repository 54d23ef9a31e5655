"""What a station says. Every output subscribes to these types and to nothing else.

All times are aware datetimes in UTC. Words are a genre's label or a state's name, as in `Estimate.word`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime

    from genred.analysis.estimate import Level, State


@dataclass(frozen=True, slots=True)
class StationReport:
    """The whole state of a station, said after each window and after each change.

    Attributes:
        station: The station's id, a slug.
        at: When it was true.
        state: What is on air.
        genre: The genre while the state is `music`, else None.
        confidence: 0 to 1; None while offline.
        probabilities: Of each label, calibrated; empty while offline.
        since: Since when state and genre have been what they are.
        level: None while offline.
        title: As the stream announces it, or None.
        model: Name of the model bundle.
        windows: Windows analysed since the station was started.
        dropped_windows: Windows given up because analysis was slower than real time.
        reconnects: How often the source was opened again.
    """

    station: str
    at: datetime
    state: State
    genre: str | None
    confidence: float | None
    probabilities: dict[str, float]
    since: datetime
    level: Level | None
    title: str | None
    model: str
    windows: int
    dropped_windows: int
    reconnects: int

    @property
    def word(self) -> str:
        """The genre while there is one, else the state."""
        return self.genre if self.genre is not None else self.state.value


@dataclass(frozen=True, slots=True)
class WordChanged:
    """What is on air changed: another genre, or from music to speech, silence, uncertain or offline, or back.

    Attributes:
        previous: None for the first word of a station's life.
        previous_since: Since when the previous word held.
        confidence: Probability of the new word; None while offline.
    """

    station: str
    at: datetime
    previous: str | None
    previous_since: datetime | None
    word: str
    confidence: float | None


@dataclass(frozen=True, slots=True)
class SilenceStarted:
    """Dead air began; `at` is its first second, not the moment when it was noticed.

    Attributes:
        digital: Whether it is the perfect silence of a carrier without modulation.
    """

    station: str
    at: datetime
    level_dbfs: float
    digital: bool = False


@dataclass(frozen=True, slots=True)
class SilenceEnded:
    """Dead air ended."""

    station: str
    at: datetime
    started_at: datetime
    level_dbfs: float


@dataclass(frozen=True, slots=True)
class ClippingStarted:
    """More than the configured share of samples has stood at full scale for a while."""

    station: str
    at: datetime
    clipped_share: float


@dataclass(frozen=True, slots=True)
class ClippingEnded:
    """Clipping ended."""

    station: str
    at: datetime
    started_at: datetime


@dataclass(frozen=True, slots=True)
class TitleChanged:
    """The stream announced another title.

    Attributes:
        title: As announced.
        artist: Split off where the usual ` - ` is unambiguous, else None.
        song: Likewise.
        previous: The title before, or None.
    """

    station: str
    at: datetime
    title: str
    artist: str | None
    song: str | None
    previous: str | None


@dataclass(frozen=True, slots=True)
class SourceLost:
    """The source gives nothing any more.

    Attributes:
        cause: A short slug such as `refused`, `stalled`, `ended`, `http_404`.
        message: For people; passwords masked.
    """

    station: str
    at: datetime
    cause: str
    message: str


@dataclass(frozen=True, slots=True)
class SourceRecovered:
    """Audio flows again after `SourceLost`."""

    station: str
    at: datetime
    lost_at: datetime
    cause: str
    attempts: int


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch of wall time that was not analysed; analysed time and gaps together are all of the time.

    Attributes:
        at: When the gap ended.
        started_at: When the last analysed sample was captured.
        cause: As in `SourceLost`, or `overrun` where analysis was slower than real time.
    """

    station: str
    at: datetime
    started_at: datetime
    cause: str


Event = (
    StationReport
    | WordChanged
    | SilenceStarted
    | SilenceEnded
    | ClippingStarted
    | ClippingEnded
    | TitleChanged
    | SourceLost
    | SourceRecovered
    | Gap
)


class Output(Protocol):
    """One end of the house: a broker, a log, metrics, a terminal."""

    def handle(self, event: Event) -> None:
        """Takes an event from any station's thread. Never blocks and never raises."""

    def close(self) -> None:
        """Says what must be said at the end (offline, closed entries) and lets go, within a few seconds."""
