"""A log whose rows are made of something else, and made anew where that has changed: a span at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genred.airplay.database import describe_errors, transaction
from genred.airplay.opening import OF_COMMAND, OpenDatabase, open_to_write
from genred.airplay.row_keys import RowKeys
from genred.airplay.rows import Entry, GapRow, TitleSpan
from genred.airplay.schema import LOG
from genred.airplay.statements import (
    INSERT_ENTRY,
    INSERT_GAP,
    INSERT_TITLE,
    PUT_STATION,
    entry_values,
    gap_values,
    title_values,
)
from genred.airplay.times import to_us

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime
    from pathlib import Path

    from genred.airplay.rows import Run


class RewrittenLog(OpenDatabase):
    """A log of which spans are put in the place of others. A context manager.

    Args:
        path: Of the log; it is made where there is none.
        run: Stands for the daemon's start in all rows.

    Raises:
        AirplayError: It cannot be opened, or another process writes it.
    """

    def __init__(self, path: Path, run: Run) -> None:
        self._run = run
        self._node = run.node
        super().__init__(path, open_to_write(path, LOG, OF_COMMAND))

    def _begin(self) -> None:
        self._keys = RowKeys(self._connection, self._node)
        self._run_id = self._keys.run(self._run)

    def put_station(self, station: str, name: str, time_zone: str | None) -> None:
        """Notes how a station is called and where it is."""
        with describe_errors(self.path):
            self._connection.execute(PUT_STATION, (self._node, station, name, time_zone))

    def replace(
        self,
        station: str,
        since: datetime,
        until: datetime,
        rows: Iterable[Entry | GapRow | TitleSpan],
    ) -> None:
        """Puts rows in the place of all that begin in a span, as a whole.

        Args:
            station: That `put_station` knows; of others there is nothing to replace.
            since: Where the span begins.
            until: Where it ends.
            rows: Of the station, within the span.
        """
        with describe_errors(self.path):
            execute = self._connection.execute
            found = execute("SELECT id FROM stations WHERE (node, station) = (?, ?)", (self._node, station)).fetchone()
            if found is None:
                return
            key: int = found[0]
            try:
                with transaction(self._connection):
                    for table in ("entries", "gaps", "titles"):
                        execute(
                            f"DELETE FROM {table} WHERE station_id = ? AND started_us >= ? AND started_us < ?",
                            (key, to_us(since), to_us(until)),
                        )
                    for row in rows:
                        self._insert(key, row)
            except BaseException:
                # What was inserted on the way has been rolled back with the rest.
                self._keys.forget()
                raise

    def keep(self, stations: Collection[str]) -> None:
        """Drops all stations but these, and those of other nodes."""
        with describe_errors(self.path):
            rows = self._connection.execute("SELECT id, node, station FROM stations").fetchall()
            dropped = [(key,) for key, node, station in rows if node != self._node or station not in stations]
            with transaction(self._connection):
                for table in ("entries", "gaps", "titles"):
                    self._connection.executemany(f"DELETE FROM {table} WHERE station_id = ?", dropped)
                self._connection.executemany("DELETE FROM stations WHERE id = ?", dropped)

    def _insert(self, key: int, row: Entry | GapRow | TitleSpan) -> None:
        match row:
            case Entry():
                statement, values = INSERT_ENTRY, entry_values(row, self._keys.model(row.model))
            case GapRow():
                statement, values = INSERT_GAP, gap_values(row)
            case TitleSpan():
                statement, values = INSERT_TITLE, title_values(row)
        self._connection.execute(statement, (key, self._run_id, *values))
