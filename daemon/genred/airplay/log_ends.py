"""Where the log of each station ends, so that what comes next begins there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genred.airplay.entries import LogEnding
from genred.airplay.seam import joined
from genred.airplay.statements import LAST_ENDED
from genred.airplay.times import from_us, to_us
from genred.cause import Cause

if TYPE_CHECKING:
    import sqlite3
    from datetime import datetime

    from genred.airplay.rows import Entry

_REMOVED_AFTER_S = 60.0
"""A station whose entries end so long before the daemon's last life was not in its configuration any more."""


class LogEnds:
    """Knows it of the log's stations, and follows it as rows are written.

    Args:
        connection: To the log, in which the daemon's earlier lives are ended.
        node: Id of the machine of whose stations it is.
    """

    def __init__(self, connection: sqlite3.Connection, node: str) -> None:
        self._execute = connection.execute
        self._node = node
        self._ends_us: dict[str, int] = {}
        self._last_run_us: int | None = self._execute(
            "SELECT max(seen_us) FROM runs WHERE node = ?", (node,)
        ).fetchone()[0]

    @property
    def last_time(self) -> datetime | None:
        """The latest time that the log holds; None while it is empty."""
        stations = self._execute("SELECT station FROM stations WHERE node = ?", (self._node,)).fetchall()
        latest = [self._end_us(station) for (station,) in stations]
        known = [us for us in (*latest, self._last_run_us) if us is not None]
        return from_us(max(known)) if known else None

    def of(self, station: str) -> LogEnding | None:
        """Gives that of a station; None where the log has nothing of it."""
        end_us = self._end_us(station)
        return None if end_us is None else LogEnding(from_us(end_us), self._cause_since(end_us))

    def joined(self, entry: Entry) -> list[Entry]:
        """Makes the next entry of a station begin where the log ends; see `genred.airplay.seam`."""
        known = entry.station in self._ends_us
        end_us = self._end_us(entry.station)
        if end_us is None:
            return [entry]
        # Within a run only rows that could not be kept leave a hole.
        return joined(entry, from_us(end_us), Cause.LOST if known else self._cause_since(end_us))

    def note(self, entry: Entry) -> None:
        """Takes an entry that was written."""
        self._ends_us[entry.station] = to_us(entry.ended_at)

    def state(self) -> dict[str, int]:
        """Gives what to `restore` when what is written next is rolled back."""
        return dict(self._ends_us)

    def restore(self, state: dict[str, int]) -> None:
        """Goes back to a state."""
        self._ends_us = state

    def _cause_since(self, end_us: int) -> Cause:
        removed = self._last_run_us is not None and self._last_run_us - end_us > _REMOVED_AFTER_S * 1e6
        return Cause.NOT_CONFIGURED if removed else Cause.NOT_RUNNING

    def _end_us(self, station: str) -> int | None:
        if station not in self._ends_us:
            found = self._execute(LAST_ENDED, (self._node, station)).fetchone()
            if found is None:
                return None
            self._ends_us[station] = found[0]
        return self._ends_us[station]
