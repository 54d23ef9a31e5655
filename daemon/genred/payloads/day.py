"""The JSON that is published of a station's day."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from genred.payloads.state import SCHEMA, rounded, timestamp

if TYPE_CHECKING:
    from genred.events import DaySummary


class DayPayload(msgspec.Struct, frozen=True, kw_only=True):
    """What `…/today` and `…/yesterday` hold, retained.

    Attributes:
        schema: Version of this layout.
        node: Id of the machine.
        station: Id of the station.
        day: On the station's clocks, ISO 8601.
        is_over: Whether it is a whole day.
        logged_s: Seconds of it that are in the log.
        music_s: Of music.
        genre: What most of the music was; null without music.
        dead_air_s: Of silence.
        dead_airs: How often.
        availability: Share of the logged time that was analysed, 0 to 1; null where nothing was logged.
        at: Up to when.
        run: Id of the daemon's start.
    """

    schema: int
    node: str
    station: str
    day: str
    is_over: bool
    logged_s: float
    music_s: float
    genre: str | None
    dead_air_s: float
    dead_airs: int
    availability: float | None
    at: str
    run: str


def day_payload(event: DaySummary, *, node: str) -> DayPayload:
    """What is published of a day."""
    return DayPayload(
        schema=SCHEMA,
        node=node,
        station=event.station,
        day=event.day,
        is_over=event.is_over,
        logged_s=event.logged_s,
        music_s=event.music_s,
        genre=event.genre,
        dead_air_s=event.dead_air_s,
        dead_airs=event.dead_airs,
        availability=rounded(event.availability),
        at=timestamp(event.at),
        run=event.at.run,
    )
