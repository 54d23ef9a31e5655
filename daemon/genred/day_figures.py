"""What a station's day comes to: the words for it in reports, events and payloads."""

from __future__ import annotations

from datetime import date

import msgspec


class DayFigures(msgspec.Struct, frozen=True, kw_only=True):
    """A day of a station, so far or as a whole.

    Attributes:
        day: On the station's clocks.
        logged_s: How much of it is in the log.
        music_s: Music.
        genre: What most of the music was; None without music.
        dead_air_s: Silence.
        dead_airs: How often.
        availability: Share of the logged time that was analysed, 0 to 1; None where nothing was logged.
    """

    day: date
    logged_s: float
    music_s: float
    genre: str | None
    dead_air_s: float
    dead_airs: int
    availability: float | None
