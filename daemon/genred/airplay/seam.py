"""Where entries that are written meet those that the log already holds: no hole, no overlap."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genred.airplay.cutting import cut
from genred.airplay.rows import Entry
from genred.analysis.estimate import State

if TYPE_CHECKING:
    from datetime import datetime

    from genred.cause import Cause


def joined(entry: Entry, ended_at: datetime | None, cause: Cause) -> list[Entry]:
    """Makes an entry begin where the one before it ended.

    Args:
        entry: The next one of its station.
        ended_at: End of the last one in the log; None where there is none.
        cause: What the time between is called.

    Returns:
        The entry, with one of the time between before it, or cut where the log reaches into it; nothing where the
        log has all of its time.
    """
    if ended_at is None or entry.started_at == ended_at:
        return [entry]
    if entry.started_at > ended_at:
        hole_s = (entry.started_at - ended_at).total_seconds()
        missing = Entry(
            station=entry.station,
            run=entry.run,
            started_at=ended_at,
            ended_at=entry.started_at,
            seconds=hole_s,
            state=State.OFFLINE,
            cause=cause,
        )
        return [missing, entry]
    left = cut(entry, ended_at, None)
    return [] if left is None else [left]
