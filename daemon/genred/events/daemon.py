"""What concerns the daemon as a whole and no station; outputs take it by `Output.handle_daemon`."""

from __future__ import annotations

import msgspec

from genred.clock import Moment


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
        day: The day on the station's clocks, ISO 8601.
        is_over: Whether it is a whole day.
        logged_s: How much of it is in the log.
        music_s: Music.
        genre: What most of the music was; None without music.
        dead_air_s: Silence.
        dead_airs: How often.
        availability: Share of the logged time that was analysed; None where nothing was logged.
    """

    station: str
    at: Moment
    day: str
    is_over: bool
    logged_s: float
    music_s: float
    genre: str | None
    dead_air_s: float
    dead_airs: int
    availability: float | None


DaemonEvent = LogFailing | LogWorking | DaySummary
