"""All events as one type."""

from __future__ import annotations

from genred.events.events import (
    AnnouncementChanged,
    ClippingEnded,
    ClippingStarted,
    Gap,
    SilenceEnded,
    SilenceStarted,
    SourceLost,
    SourceRecovered,
    StationReport,
    StationSwitched,
    TitleChanged,
)
from genred.events.recording import RecordingEnded, RecordingGap, RecordingProgress, RecordingStarted
from genred.events.status import StationStatus

Event = (
    StationReport
    | StationStatus
    | AnnouncementChanged
    | StationSwitched
    | SilenceStarted
    | SilenceEnded
    | ClippingStarted
    | ClippingEnded
    | TitleChanged
    | SourceLost
    | SourceRecovered
    | Gap
    | RecordingStarted
    | RecordingProgress
    | RecordingEnded
    | RecordingGap
)
