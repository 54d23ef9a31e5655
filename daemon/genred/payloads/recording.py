"""The JSON of what becomes of a station's recording; the same rules as for every event."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Self

from genred.payloads.common import EventCommon
from genred.payloads.span import span_fields
from genred.payloads.state import DURATION_DECIMALS

if TYPE_CHECKING:
    from genred.events import RecordingEnded, RecordingGap, RecordingStarted


class RecordingStartedPayload(EventCommon, frozen=True, kw_only=True):
    """A file was begun.

    Attributes:
        file: Its path in the folder of recordings.
        codec: As FFmpeg calls it.
        rate_hz: Of the source.
        channels: Likewise.
        copied: Whether it holds the packets as they were sent.
    """

    event: Literal["recording_started"] = "recording_started"
    file: str
    codec: str
    rate_hz: int
    channels: int
    copied: bool

    @classmethod
    def of(cls, event: RecordingStarted, **common: Any) -> Self:
        """Makes it of its event."""
        return cls(
            **common,
            file=event.file,
            codec=event.codec,
            rate_hz=event.rate_hz,
            channels=event.channels,
            copied=event.copied,
        )


class RecordingEndedPayload(EventCommon, frozen=True, kw_only=True):
    """A file was ended.

    Attributes:
        duration_s: Of its sound.
        size_bytes: Of the file.
        cause: Why nothing follows, such as `disk_full`; null where the next file goes on.
    """

    event: Literal["recording_ended"] = "recording_ended"
    file: str
    duration_s: float
    size_bytes: int
    cause: str | None

    @classmethod
    def of(cls, event: RecordingEnded, **common: Any) -> Self:
        """Makes it of its event."""
        return cls(
            **common,
            file=event.file,
            duration_s=round(event.media_s, DURATION_DECIMALS),
            size_bytes=event.size_bytes,
            cause=event.cause,
        )


class RecordingGapPayload(EventCommon, frozen=True, kw_only=True):
    """A span of time of which there is no recording, when it is over."""

    event: Literal["recording_gap"] = "recording_gap"
    started_at: str
    duration_s: float
    cause: str

    @classmethod
    def of(cls, event: RecordingGap, **common: Any) -> Self:
        """Makes it of its event."""
        return cls(**common, **span_fields(event), cause=event.cause)
