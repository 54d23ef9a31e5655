"""What the airplay log has of the hour before the pages were started, for their strips."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from genred.web.hour import HOUR_S, MAX_PIECES
from genred.web.log import opened

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from genred.airplay.logged import LoggedEntry

Pieces = list[tuple[float, str]]


def read_last_hour(
    path: Path | None, node: str, stations: Collection[str], now: datetime | None = None
) -> dict[str, Pieces]:
    """Gives since when what was on air, by station.

    Args:
        path: Of the log.
        node: Id of the machine whose stations they are.
        stations: Their ids.
        now: Aware; None for the present.

    Raises:
        AirplayError: The log cannot be read.
    """
    since = (now or datetime.now(UTC)) - timedelta(seconds=HOUR_S)
    with opened(path) as log:
        return {
            one.station: _pieces(list(log.entries(one, since, None)))
            for one in log.stations()
            if one.node == node and one.station in stations
        }


def _pieces(entries: list[LoggedEntry]) -> Pieces:
    return [(entry.started_at.timestamp(), entry.announcement) for entry in entries[-MAX_PIECES:]]
