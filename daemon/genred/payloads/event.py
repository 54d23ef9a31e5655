"""The JSON that is published of what happened at a station; the same rules as for its state."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from genred.events import (
    AnnouncementChanged,
    ClippingEnded,
    ClippingStarted,
    Event,
    Gap,
    SilenceEnded,
    SilenceStarted,
    SourceLost,
    SourceRecovered,
    StationReport,
    StationStatus,
    StationSwitched,
    TitleChanged,
)
from genred.payloads.state import (
    DURATION_DECIMALS,
    LEVEL_DECIMALS,
    PROBABILITY_DECIMALS,
    SCHEMA,
    rounded,
    timestamp,
)


class _Common(msgspec.Struct, frozen=True, kw_only=True):
    schema: int
    node: str
    station: str
    at: str
    run: str


class GenreChangedPayload(_Common, frozen=True, kw_only=True):
    """What is on air changed, genre or state."""

    event: Literal["genre_changed"] = "genre_changed"
    previous: str | None
    previous_since: str | None
    word: str
    confidence: float | None


class SilenceStartedPayload(_Common, frozen=True, kw_only=True):
    """Dead air began.

    Attributes:
        digital: Whether every sample is zero: a carrier without modulation, a stuck encoder, a muted input.
    """

    event: Literal["silence_started"] = "silence_started"
    level_dbfs: float
    digital: bool


class SilenceEndedPayload(_Common, frozen=True, kw_only=True):
    """Dead air ended."""

    event: Literal["silence_ended"] = "silence_ended"
    started_at: str
    duration_s: float
    level_dbfs: float


class ClippingStartedPayload(_Common, frozen=True, kw_only=True):
    """The input is overdriven."""

    event: Literal["clipping_started"] = "clipping_started"
    clipped_share: float


class ClippingEndedPayload(_Common, frozen=True, kw_only=True):
    """The input is overdriven no longer."""

    event: Literal["clipping_ended"] = "clipping_ended"
    started_at: str
    duration_s: float


class TitleChangedPayload(_Common, frozen=True, kw_only=True):
    """The stream announced another title."""

    event: Literal["title_changed"] = "title_changed"
    previous: str | None
    title: str
    artist: str | None
    song: str | None


class SourceLostPayload(_Common, frozen=True, kw_only=True):
    """The source gives nothing any more."""

    event: Literal["source_lost"] = "source_lost"
    cause: str
    message: str


class SourceRecoveredPayload(_Common, frozen=True, kw_only=True):
    """Audio flows again."""

    event: Literal["source_recovered"] = "source_recovered"
    lost_at: str
    duration_s: float
    cause: str
    attempts: int


class GapPayload(_Common, frozen=True, kw_only=True):
    """A stretch of time that was not analysed."""

    event: Literal["gap"] = "gap"
    started_at: str
    duration_s: float
    cause: str


class StationSwitchedPayload(_Common, frozen=True, kw_only=True):
    """The station was switched on or off."""

    event: Literal["station_switched"] = "station_switched"
    enabled: bool


EventPayload = (
    StationSwitchedPayload
    | GenreChangedPayload
    | SilenceStartedPayload
    | SilenceEndedPayload
    | ClippingStartedPayload
    | ClippingEndedPayload
    | TitleChangedPayload
    | SourceLostPayload
    | SourceRecoveredPayload
    | GapPayload
)


def event_payload(event: Event, *, node: str) -> EventPayload | None:  # noqa: PLR0911 - a table of the kinds
    """What is published on `…/event`; None for reports and status, which are state."""
    common_fields = _Common(schema=SCHEMA, node=node, station=event.station, at=timestamp(event.at), run=event.at.run)
    common = msgspec.structs.asdict(common_fields)
    match event:
        case StationReport() | StationStatus():
            return None
        case StationSwitched():
            return StationSwitchedPayload(**common, enabled=event.enabled)
        case AnnouncementChanged():
            since = None if event.previous_since is None else timestamp(event.previous_since)
            return GenreChangedPayload(
                **common,
                previous=event.previous,
                previous_since=since,
                word=event.announcement,
                confidence=rounded(event.confidence),
            )
        case SilenceStarted():
            return SilenceStartedPayload(
                **common, level_dbfs=round(event.level_dbfs, LEVEL_DECIMALS), digital=event.digital
            )
        case SilenceEnded():
            return SilenceEndedPayload(**common, **_span(event), level_dbfs=round(event.level_dbfs, LEVEL_DECIMALS))
        case ClippingStarted():
            return ClippingStartedPayload(**common, clipped_share=round(event.clipped_share, PROBABILITY_DECIMALS))
        case ClippingEnded():
            return ClippingEndedPayload(**common, **_span(event))
        case TitleChanged():
            return TitleChangedPayload(
                **common, previous=event.previous, title=event.title, artist=event.artist, song=event.song
            )
        case SourceLost():
            return SourceLostPayload(**common, cause=event.cause, message=event.message)
        case SourceRecovered():
            return SourceRecoveredPayload(
                **common,
                lost_at=timestamp(event.lost_at),
                duration_s=round(event.duration_s, DURATION_DECIMALS),
                cause=event.cause,
                attempts=event.attempts,
            )
        case Gap():
            return GapPayload(**common, **_span(event), cause=event.cause)


def _span(event: SilenceEnded | ClippingEnded | Gap) -> dict[str, Any]:
    return {"started_at": timestamp(event.started_at), "duration_s": round(event.duration_s, DURATION_DECIMALS)}
