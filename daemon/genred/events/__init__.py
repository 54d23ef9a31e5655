"""All that a station publishes: events, status, profile, commands, and what an output is.

Every output subscribes to these types and to nothing else.
"""

from genred.events.commands import StationCommands
from genred.events.daemon import DaemonEvent, DaySummary, LogFailing, LogWorking
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
from genred.events.expectations import ExpectationBroken, ExpectationFigure, ExpectationMet, MetReason
from genred.events.output import Output
from genred.events.profile import ExpectationProfile, StationProfile
from genred.events.recording import RecordingEnded, RecordingGap, RecordingProgress, RecordingStarted
from genred.events.status import ConnectionState, ConnectionStatus, StationCounters, StationStatus
from genred.events.vocabulary import Event

__all__ = [
    "AnnouncementChanged",
    "ClippingEnded",
    "ClippingStarted",
    "ConnectionState",
    "ConnectionStatus",
    "DaemonEvent",
    "DaySummary",
    "Event",
    "ExpectationBroken",
    "ExpectationFigure",
    "ExpectationMet",
    "ExpectationProfile",
    "Gap",
    "LogFailing",
    "LogWorking",
    "LoudnessMeasured",
    "MetReason",
    "Output",
    "RecordingEnded",
    "RecordingGap",
    "RecordingProgress",
    "RecordingStarted",
    "SignalFaultEnded",
    "SignalFaultStarted",
    "SilenceEnded",
    "SilenceStarted",
    "SourceLost",
    "SourceRecovered",
    "StationCommands",
    "StationCounters",
    "StationProfile",
    "StationReport",
    "StationStatus",
    "StationSwitched",
    "TitleChanged",
]
