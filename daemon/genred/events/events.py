"""What happened at a station, and what is on air there.

Every event carries its moment on the monotonic clock and on the wall clock, and the id of the daemon's start. Durations
are taken from the first, so that no step of the wall clock makes one negative.

An announcement is the one word for what is on air: a genre's label or a state's name, as in `Estimate.announcement`.
"""

from __future__ import annotations

import msgspec

from genred.analysis.estimate import Level, State
from genred.analysis.signal_faults import SignalFault
from genred.audio.loudness import LoudnessReading
from genred.cause import Cause
from genred.clock import Moment


class StationEvent(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """What all events have. Each kind has a tag, so that it can come out of a pipe as it went in.

    Attributes:
        station: The station's id, a slug.
        at: When it happened, or was true.
    """

    station: str
    at: Moment


class StationReport(StationEvent, frozen=True, kw_only=True):
    """What is on air, published after each window and after each change.

    Attributes:
        state: What is on air.
        genre: The genre while the state is `music`, else None.
        confidence: 0 to 1; None while offline.
        probabilities: Of each label, calibrated; empty while offline.
        since: Since when state and genre have been what they are.
        level: None while offline.
        loudness_lufs: Short-term loudness (EBU R128), where it is measured; None while offline.
        title: As the stream announces it, or None.
        model: Name of the model bundle.
        windows: Windows analysed since the station was started.
        dropped_windows: Windows given up because analysis was slower than real time.
        reconnects: How often the source was opened again.
    """

    state: State
    genre: str | None
    confidence: float | None
    probabilities: dict[str, float]
    since: Moment
    level: Level | None
    title: str | None
    model: str
    windows: int
    dropped_windows: int
    reconnects: int
    loudness_lufs: float | None = None

    @property
    def announcement(self) -> str:
        """The genre while there is one, else the state."""
        return self.genre if self.genre is not None else self.state.value

    def off_air(self, at: Moment) -> StationReport:
        """The same station with nothing on air from a moment on."""
        return msgspec.structs.replace(
            self,
            at=at,
            since=at,
            state=State.OFFLINE,
            genre=None,
            confidence=None,
            probabilities={},
            level=None,
            loudness_lufs=None,
            title=None,
        )


class LoudnessMeasured(StationEvent, frozen=True, kw_only=True):
    """What was measured of the loudness since the last such event, about a second of it; before what changes then.

    Attributes:
        readings: In their order, one each tenth of a second.
    """

    readings: tuple[LoudnessReading, ...]


class AnnouncementChanged(StationEvent, frozen=True, kw_only=True):
    """What is on air changed: another genre, or from music to speech, silence, uncertain or offline, or back.

    Attributes:
        previous: None for the first announcement of a station's life.
        previous_since: Since when the previous announcement held.
        announcement: What is on air now.
        confidence: Its probability; None while offline.
    """

    previous: str | None
    previous_since: Moment | None
    announcement: str
    confidence: float | None


class StationSwitched(StationEvent, frozen=True, kw_only=True):
    """The station was switched on or off, by whomever.

    Attributes:
        enabled: Whether it is meant to listen now.
    """

    enabled: bool


class SilenceStarted(StationEvent, frozen=True, kw_only=True):
    """Dead air began; `at` is its first second, not the moment when it was noticed.

    Attributes:
        digital: Whether it is the perfect silence of a carrier without modulation.
    """

    level_dbfs: float
    digital: bool = False


class SpanEnded(StationEvent, frozen=True, kw_only=True):
    """The end of what began at `started_at`."""

    started_at: Moment

    @property
    def duration_s(self) -> float:
        """How long it lasted."""
        return self.at.seconds_since(self.started_at)


class SilenceEnded(SpanEnded, frozen=True, kw_only=True):
    """Dead air ended."""

    level_dbfs: float


class ClippingStarted(StationEvent, frozen=True, kw_only=True):
    """More than the configured share of samples has stood at full scale for a while."""

    clipped_share: float


class ClippingEnded(SpanEnded, frozen=True, kw_only=True):
    """Clipping ended."""


class SignalFaultStarted(StationEvent, frozen=True, kw_only=True):
    """Something is wrong with the channels, and has been for a while; `at` is its first second.

    Attributes:
        fault: What it is.
        channel: Counted from 1, the left one of two: the one that is at fault; where one is inverted, which nobody can
            tell from the other, the one that is analysed in place of the mean of both.
        value: Its measure; see `SignalFault`.
    """

    fault: SignalFault
    channel: int
    value: float


class SignalFaultEnded(SpanEnded, frozen=True, kw_only=True):
    """The channels are without that fault again."""

    fault: SignalFault


class TitleChanged(StationEvent, frozen=True, kw_only=True):
    """The stream announced another title, or that there is none any more.

    Attributes:
        title: As announced, or None.
        artist: Split off where the usual ` - ` is unambiguous, else None.
        song: Likewise.
        previous: The title before, or None.
    """

    title: str | None
    artist: str | None
    song: str | None
    previous: str | None


class SourceLost(StationEvent, frozen=True, kw_only=True):
    """The source gives nothing any more.

    Attributes:
        cause: Why.
        message: For people; passwords masked.
    """

    cause: Cause
    message: str


class SourceRecovered(StationEvent, frozen=True, kw_only=True):
    """Audio flows again after `SourceLost`.

    Attributes:
        cause: Why it was lost.
        attempts: Failed attempts meanwhile.
    """

    lost_at: Moment
    cause: Cause
    attempts: int

    @property
    def duration_s(self) -> float:
        """How long the source was lost."""
        return self.at.seconds_since(self.lost_at)


class Gap(SpanEnded, frozen=True, kw_only=True):
    """A stretch of time that was not analysed; analysed time and gaps together are all of the time.

    Attributes:
        at: When the gap ended.
        started_at: When the last analysed sample was captured.
        cause: Why.
    """

    cause: Cause
