"""All events as one type."""

from __future__ import annotations

from genred.events.events import (
    AnnouncementChanged,
    ClippingEnded,
    ClippingStarted,
    Gap,
    LoudnessMeasured,
    SignalFaultEnded,
    SignalFaultStarted,
    SilenceEnded,
    SilenceStarted,
    SourceLost,
    SourceRecovered,
    StationReport,
    StationSwitched,
    TitleChanged,
)
from genred.events.expectations import ExpectationBroken, ExpectationMet
from genred.events.recording import RecordingEnded, RecordingGap, RecordingProgress, RecordingStarted
from genred.events.status import StationStatus

Event = (
    StationReport
    | StationStatus
    | LoudnessMeasured
    | AnnouncementChanged
    | StationSwitched
    | SilenceStarted
    | SilenceEnded
    | ClippingStarted
    | ClippingEnded
    | SignalFaultStarted
    | SignalFaultEnded
    | TitleChanged
    | SourceLost
    | SourceRecovered
    | Gap
    | ExpectationBroken
    | ExpectationMet
    | RecordingStarted
    | RecordingProgress
    | RecordingEnded
    | RecordingGap
)
