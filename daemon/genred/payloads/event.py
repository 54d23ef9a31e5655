"""The JSON that is published of what happened at a station; the same rules as for its state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import msgspec

from genred.events import (
    ClippingEnded,
    ClippingStarted,
    Event,
    Gap,
    SilenceEnded,
    SilenceStarted,
    SourceLost,
    SourceRecovered,
    StationReport,
    TitleChanged,
    WordChanged,
)
from genred.payloads.state import LEVEL_DECIMALS, PROBABILITY_DECIMALS, SCHEMA, rounded, timestamp, to_milliseconds

if TYPE_CHECKING:
    from datetime import datetime


class _Said(msgspec.Struct, frozen=True, kw_only=True):
    schema: int
    node: str
    station: str
    at: str


class GenreChangedPayload(_Said, frozen=True, kw_only=True):
    """What is on air changed, genre or state."""

    event: Literal["genre_changed"] = "genre_changed"
    previous: str | None
    previous_since: str | None
    word: str
    confidence: float | None


class SilenceStartedPayload(_Said, frozen=True, kw_only=True):
    """Dead air began.

    Attributes:
        digital: Whether every sample is zero: a carrier without modulation, a stuck encoder, a muted input.
    """

    event: Literal["silence_started"] = "silence_started"
    level_dbfs: float
    digital: bool


class SilenceEndedPayload(_Said, frozen=True, kw_only=True):
    """Dead air ended."""

    event: Literal["silence_ended"] = "silence_ended"
    started_at: str
    duration_s: float
    level_dbfs: float


class ClippingStartedPayload(_Said, frozen=True, kw_only=True):
    """The input is overdriven."""

    event: Literal["clipping_started"] = "clipping_started"
    clipped_share: float


class ClippingEndedPayload(_Said, frozen=True, kw_only=True):
    """The input is overdriven no longer."""

    event: Literal["clipping_ended"] = "clipping_ended"
    started_at: str
    duration_s: float


class TitleChangedPayload(_Said, frozen=True, kw_only=True):
    """The stream announced another title."""

    event: Literal["title_changed"] = "title_changed"
    previous: str | None
    title: str
    artist: str | None
    song: str | None


class SourceLostPayload(_Said, frozen=True, kw_only=True):
    """The source gives nothing any more."""

    event: Literal["source_lost"] = "source_lost"
    cause: str
    message: str


class SourceRecoveredPayload(_Said, frozen=True, kw_only=True):
    """Audio flows again."""

    event: Literal["source_recovered"] = "source_recovered"
    lost_at: str
    duration_s: float
    cause: str
    attempts: int


class GapPayload(_Said, frozen=True, kw_only=True):
    """A stretch of time that was not analysed."""

    event: Literal["gap"] = "gap"
    started_at: str
    duration_s: float
    cause: str


EventPayload = (
    GenreChangedPayload
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
    """What is published on `…/event`; None for a report, which is state."""
    said = _Said(schema=SCHEMA, node=node, station=event.station, at=timestamp(event.at))
    common = msgspec.structs.asdict(said)
    match event:
        case StationReport():
            return None
        case WordChanged():
            since = None if event.previous_since is None else timestamp(event.previous_since)
            return GenreChangedPayload(
                **common,
                previous=event.previous,
                previous_since=since,
                word=event.word,
                confidence=rounded(event.confidence),
            )
        case SilenceStarted():
            return SilenceStartedPayload(
                **common, level_dbfs=round(event.level_dbfs, LEVEL_DECIMALS), digital=event.digital
            )
        case SilenceEnded():
            return SilenceEndedPayload(
                **common, **_span(event.started_at, event.at), level_dbfs=round(event.level_dbfs, LEVEL_DECIMALS)
            )
        case ClippingStarted():
            return ClippingStartedPayload(**common, clipped_share=round(event.clipped_share, PROBABILITY_DECIMALS))
        case ClippingEnded():
            return ClippingEndedPayload(**common, **_span(event.started_at, event.at))
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
                duration_s=_duration_s(event.lost_at, event.at),
                cause=event.cause,
                attempts=event.attempts,
            )
        case Gap():
            return GapPayload(**common, **_span(event.started_at, event.at), cause=event.cause)


def _duration_s(start: datetime, end: datetime) -> float:
    # Of the times as published, so that the three agree.
    return round((to_milliseconds(end) - to_milliseconds(start)).total_seconds(), 3)


def _span(start: datetime, end: datetime) -> dict[str, Any]:
    return {"started_at": timestamp(start), "duration_s": _duration_s(start, end)}
