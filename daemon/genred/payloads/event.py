"""The JSON that is published of what happened at a station; the same rules as for its state.

Each payload stands beside the way it is made from its event: a new field is one edit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Self

from genred.events import (
    AnnouncementChanged,
    ClippingEnded,
    ClippingStarted,
    Event,
    ExpectationBroken,
    ExpectationMet,
    Gap,
    RecordingEnded,
    RecordingGap,
    RecordingStarted,
    SignalFaultEnded,
    SignalFaultStarted,
    SilenceEnded,
    SilenceStarted,
    SourceLost,
    SourceRecovered,
    StationSwitched,
    TitleChanged,
)
from genred.masking import mask_text
from genred.payloads.common import EventCommon
from genred.payloads.expectations import ExpectationBrokenPayload, ExpectationMetPayload
from genred.payloads.recording import RecordingEndedPayload, RecordingGapPayload, RecordingStartedPayload
from genred.payloads.signal import (
    ClippingEndedPayload,
    ClippingStartedPayload,
    SignalFaultEndedPayload,
    SignalFaultStartedPayload,
    SilenceEndedPayload,
    SilenceStartedPayload,
)
from genred.payloads.span import span_fields
from genred.payloads.state import (
    DURATION_DECIMALS,
    SCHEMA,
    rounded,
    timestamp,
)
from genred.printable import printable

if TYPE_CHECKING:
    from collections.abc import Callable


class GenreChangedPayload(EventCommon, frozen=True, kw_only=True):
    """What is on air changed, genre or state."""

    event: Literal["genre_changed"] = "genre_changed"
    previous: str | None
    previous_since: str | None
    word: str
    confidence: float | None

    @classmethod
    def of(cls, event: AnnouncementChanged, **common: Any) -> Self:
        """Makes it of its event."""
        return cls(
            **common,
            previous=event.previous,
            previous_since=None if event.previous_since is None else timestamp(event.previous_since),
            word=event.announcement,
            confidence=rounded(event.confidence),
        )


class TitleChangedPayload(EventCommon, frozen=True, kw_only=True):
    """The stream announced another title, or that there is none any more (`null`)."""

    event: Literal["title_changed"] = "title_changed"
    previous: str | None
    title: str | None
    artist: str | None
    song: str | None

    @classmethod
    def of(cls, event: TitleChanged, **common: Any) -> Self:
        """Makes it of its event."""
        return cls(**common, previous=event.previous, title=event.title, artist=event.artist, song=event.song)


class SourceLostPayload(EventCommon, frozen=True, kw_only=True):
    """The source gives nothing any more."""

    event: Literal["source_lost"] = "source_lost"
    cause: str
    message: str

    @classmethod
    def of(cls, event: SourceLost, **common: Any) -> Self:
        """Makes it of its event."""
        return cls(**common, cause=event.cause, message=mask_text(printable(event.message)))


class SourceRecoveredPayload(EventCommon, frozen=True, kw_only=True):
    """Audio flows again."""

    event: Literal["source_recovered"] = "source_recovered"
    lost_at: str
    duration_s: float
    cause: str
    attempts: int

    @classmethod
    def of(cls, event: SourceRecovered, **common: Any) -> Self:
        """Makes it of its event."""
        return cls(
            **common,
            lost_at=timestamp(event.lost_at),
            duration_s=round(event.duration_s, DURATION_DECIMALS),
            cause=event.cause,
            attempts=event.attempts,
        )


class GapPayload(EventCommon, frozen=True, kw_only=True):
    """A span of time that was not analysed."""

    event: Literal["gap"] = "gap"
    started_at: str
    duration_s: float
    cause: str

    @classmethod
    def of(cls, event: Gap, **common: Any) -> Self:
        """Makes it of its event."""
        return cls(**common, **span_fields(event), cause=event.cause)


class StationSwitchedPayload(EventCommon, frozen=True, kw_only=True):
    """The station was switched on or off."""

    event: Literal["station_switched"] = "station_switched"
    enabled: bool

    @classmethod
    def of(cls, event: StationSwitched, **common: Any) -> Self:
        """Makes it of its event."""
        return cls(**common, enabled=event.enabled)


EventPayload = (
    StationSwitchedPayload
    | GenreChangedPayload
    | SilenceStartedPayload
    | SilenceEndedPayload
    | ClippingStartedPayload
    | ClippingEndedPayload
    | SignalFaultStartedPayload
    | SignalFaultEndedPayload
    | TitleChangedPayload
    | SourceLostPayload
    | SourceRecoveredPayload
    | GapPayload
    | ExpectationBrokenPayload
    | ExpectationMetPayload
    | RecordingStartedPayload
    | RecordingEndedPayload
    | RecordingGapPayload
)

_PAYLOADS: dict[type[Event], Callable[..., EventPayload]] = {
    AnnouncementChanged: GenreChangedPayload.of,
    SilenceStarted: SilenceStartedPayload.of,
    SilenceEnded: SilenceEndedPayload.of,
    ClippingStarted: ClippingStartedPayload.of,
    ClippingEnded: ClippingEndedPayload.of,
    SignalFaultStarted: SignalFaultStartedPayload.of,
    SignalFaultEnded: SignalFaultEndedPayload.of,
    TitleChanged: TitleChangedPayload.of,
    SourceLost: SourceLostPayload.of,
    SourceRecovered: SourceRecoveredPayload.of,
    Gap: GapPayload.of,
    StationSwitched: StationSwitchedPayload.of,
    ExpectationBroken: ExpectationBrokenPayload.of,
    ExpectationMet: ExpectationMetPayload.of,
    RecordingStarted: RecordingStartedPayload.of,
    RecordingEnded: RecordingEndedPayload.of,
    RecordingGap: RecordingGapPayload.of,
}


def event_payload(event: Event, *, node: str) -> EventPayload | None:
    """What is published on `…/event`; None for reports and status, which are state, and for what comes all the time."""
    make = _PAYLOADS.get(type(event))
    if make is None:
        return None
    at = event.at
    return make(event, schema=SCHEMA, node=node, station=event.station, at=timestamp(at), run=at.run)
