"""All that a station says: events, status, causes, profiles and commands, and what an output is.

Every output subscribes to these types and to nothing else.
"""

from genred.events.commands import StationCommands
from genred.events.events import (
    ClippingEnded,
    ClippingStarted,
    Event,
    Gap,
    Output,
    SilenceEnded,
    SilenceStarted,
    SourceLost,
    SourceRecovered,
    StationReport,
    TitleChanged,
    WordChanged,
)
from genred.events.profile import StationProfile

__all__ = [
    "ClippingEnded",
    "ClippingStarted",
    "Event",
    "Gap",
    "Output",
    "SilenceEnded",
    "SilenceStarted",
    "SourceLost",
    "SourceRecovered",
    "StationCommands",
    "StationProfile",
    "StationReport",
    "TitleChanged",
    "WordChanged",
]
