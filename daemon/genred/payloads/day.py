"""The JSON that is published of a station's day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import asdict

from genred.day_figures import DayFigures
from genred.payloads.state import SCHEMA, rounded, timestamp

if TYPE_CHECKING:
    from genred.events import DaySummary


class DayPayload(DayFigures, frozen=True, kw_only=True):
    """What `…/today` and `…/yesterday` hold, retained: the figures, and whose they are.

    Attributes:
        schema: Version of this layout.
        node: Id of the machine.
        station: Id of the station.
        is_over: Whether it is a whole day.
        at: Up to when.
        run: Id of the daemon's start.
    """

    schema: int
    node: str
    station: str
    is_over: bool
    at: str
    run: str


def day_payload(event: DaySummary, *, node: str) -> DayPayload:
    """What is published of a day."""
    figures = asdict(event.figures)
    return DayPayload(
        **figures | {"availability": rounded(event.figures.availability)},
        schema=SCHEMA,
        node=node,
        station=event.station,
        is_over=event.is_over,
        at=timestamp(event.at),
        run=event.at.run,
    )
