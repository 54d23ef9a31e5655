"""What every published event has."""

from __future__ import annotations

import msgspec


class EventCommon(msgspec.Struct, frozen=True, kw_only=True):
    """The beginning of each payload of an event.

    Attributes:
        schema: Version of this layout.
        node: Id of the machine.
        station: Id of the station.
        at: When it happened.
        run: Id of the daemon's start.
    """

    schema: int
    node: str
    station: str
    at: str
    run: str
