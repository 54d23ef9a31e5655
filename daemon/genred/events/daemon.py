"""What concerns the daemon as a whole and no station; outputs take it by `Output.handle_daemon`."""

from __future__ import annotations

import msgspec

from genred.clock import Moment
from genred.day_figures import DayFigures


class LogFailing(msgspec.Struct, frozen=True, kw_only=True):
    """The airplay log cannot be written.

    Attributes:
        at: Since when.
        reason: For people, such as that the disk is full.
    """

    at: Moment
    reason: str


class LogWorking(msgspec.Struct, frozen=True, kw_only=True):
    """The airplay log is written again."""

    at: Moment


class DaySummary(msgspec.Struct, frozen=True, kw_only=True):
    """What the airplay log comes to for a station's day, so far or as a whole.

    Attributes:
        station: Its id.
        at: Up to when.
        is_over: Whether it is a whole day.
        figures: What it comes to.
    """

    station: str
    at: Moment
    is_over: bool
    figures: DayFigures


DaemonEvent = LogFailing | LogWorking | DaySummary
