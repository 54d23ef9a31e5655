"""The airplay log on disk: one connection that writes, in SQLite's write-ahead mode, so that readers never wait."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from typing import TYPE_CHECKING

from genred.airplay.database import describe_errors, transaction
from genred.airplay.log_ends import LogEnds
from genred.airplay.loudness import loudness_values
from genred.airplay.loudness_table import PUT_LOUDNESS
from genred.airplay.opening import OF_DAEMON, OpenDatabase, open_to_write
from genred.airplay.recording_rows import RecordingGapRow, RecordingMark, RecordingRow
from genred.airplay.recording_tables import (
    CLOSE_RECORDINGS,
    PUT_GAP,
    PUT_MARK,
    PUT_RECORDING,
    RECORDED_UNTIL,
    mark_values,
    recording_values,
)
from genred.airplay.row_keys import RowKeys
from genred.airplay.rows import Batch, ClockStep, Entry, GapRow, LoudnessRow, Run, TitleSpan
from genred.airplay.schema import LOG
from genred.airplay.statements import (
    CLOSE_OPEN,
    INSERT_ENTRY,
    INSERT_GAP,
    INSERT_OPEN,
    INSERT_STEP,
    INSERT_TITLE,
    PUT_STATION,
    entry_values,
    gap_values,
    title_values,
)
from genred.airplay.times import from_us, to_us

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from genred.airplay.entries import LogEnding
    from genred.airplay.rows import LogRow


class AirplayStore(OpenDatabase):
    """Writes the log. To be used by one thread at a time.

    Args:
        path: Of the database; it and its folder are made where they do not exist.
        node: Id of this machine, of whose stations it writes.

    Raises:
        CorruptLogError: The file is damaged, or is no airplay log.
        NewerLogError: A newer genred has written it.
        AirplayError: It cannot be opened, or another daemon writes it.

    Attributes:
        found_killed: Whether the last run before had not ended as asked.
    """

    def __init__(self, path: Path, node: str) -> None:
        self._node = node
        self.found_killed = False
        super().__init__(path, open_to_write(path, LOG, OF_DAEMON))

    def _begin(self) -> None:
        self._keys = RowKeys(self._connection, self._node)
        self._end_former_runs()
        self._ends = LogEnds(self._connection, self._node)

    def close(self) -> None:
        """Lets go of the file."""
        with contextlib.suppress(sqlite3.Error):
            super().close()

    @property
    def last_time(self) -> datetime | None:
        """The latest time that the log holds; None while it is empty."""
        return self._ends.last_time

    @property
    def stations(self) -> list[str]:
        """Ids of all stations of this node that the log knows."""
        with describe_errors(self.path):
            found = self._connection.execute("SELECT station FROM stations WHERE node = ?", (self._node,)).fetchall()
        return [station for (station,) in found]

    def ending(self, station: str) -> LogEnding | None:
        """Where the log of a station ends; None where it has none."""
        with describe_errors(self.path):
            return self._ends.of(station)

    def recorded_until(self, station: str) -> datetime | None:
        """How far the sound of a station was recorded; None where it was not."""
        with describe_errors(self.path):
            found: int | None = self._connection.execute(RECORDED_UNTIL, (self._node, station)).fetchone()[0]
        return None if found is None else from_us(found)

    def write(self, run: Run, batch: Batch) -> None:
        """Writes all of a batch, or nothing of it.

        Raises:
            CorruptLogError: The file is damaged.
            AirplayError: It cannot be written now.
        """
        ends = self._ends.state()
        try:
            with describe_errors(self.path), transaction(self._connection):
                run_id = self._keys.run(run)
                for row in batch.rows:
                    self._write_row(row, run_id)
                self._connection.execute("DELETE FROM open_entries")
                for entry in batch.open_entries.values():
                    for part in self._ends.joined(entry)[-1:]:
                        self._connection.execute(INSERT_OPEN, self._entry_values(part, run_id))
        except BaseException:
            self._ends.restore(ends)
            # What was inserted on the way has been rolled back with the rest.
            self._keys.forget()
            raise

    def sync(self) -> None:
        """Waits until what was written is on the disk; SQLite itself waits for that seldom, in this mode.

        Raises:
            AirplayError: The disk is broken.
        """
        with describe_errors(self.path), contextlib.suppress(FileNotFoundError):
            # SQLite holds no lock of this file, which closing it would give up (fcntl(2)).
            descriptor = os.open(self.path.with_name(f"{self.path.name}-wal"), os.O_RDONLY | os.O_CLOEXEC)
            try:
                os.fdatasync(descriptor)
            finally:
                os.close(descriptor)

    def execute(self, statement: str, values: tuple[int, ...] = ()) -> list[tuple[int, ...]]:
        """Runs a statement of upkeep by itself.

        Raises:
            CorruptLogError: The file is damaged.
            AirplayError: It cannot be run now.
        """
        with describe_errors(self.path):
            return self._connection.execute(statement, values).fetchall()

    def give_back_pages(self, pages: int) -> None:
        """Gives free pages at the end of the file back to the file system.

        Raises:
            AirplayError: It cannot be done now.
        """
        with describe_errors(self.path):
            # A script is stepped to its end; `execute` steps a pragma without columns once, which frees one page.
            self._connection.executescript(f"PRAGMA incremental_vacuum({pages})")

    # Rows.

    def _write_row(self, row: LogRow, run_id: int) -> None:
        execute = self._connection.execute
        if isinstance(row, ClockStep):
            execute(INSERT_STEP, (run_id, to_us(row.at), row.seconds, int(row.suspended)))
            return
        station_id = self._keys.station(row.station)
        match row:
            case Entry():
                for part in self._ends.joined(row):
                    execute(INSERT_ENTRY, self._entry_values(part, run_id))
                    self._ends.note(part)
            case GapRow():
                execute(INSERT_GAP, (station_id, run_id, *gap_values(row)))
            case TitleSpan():
                execute(INSERT_TITLE, (station_id, run_id, *title_values(row)))
            case LoudnessRow():
                execute(PUT_LOUDNESS, (station_id, run_id, *loudness_values(row)))
            case RecordingRow():
                execute(PUT_RECORDING, (station_id, run_id, *recording_values(row)))
            case RecordingMark():
                execute(PUT_MARK, mark_values(row, station_id))
            case RecordingGapRow():
                execute(PUT_GAP, (station_id, run_id, *gap_values(row)))

    def _entry_values(self, entry: Entry, run_id: int) -> tuple[object, ...]:
        return (self._keys.station(entry.station), run_id, *entry_values(entry, self._keys.model(entry.model)))

    def name_station(self, station: str, name: str, time_zone: str | None) -> None:
        """Notes how a station is called and where it is; written with the next batch at the latest.

        Raises:
            AirplayError: It cannot be written now.
        """
        with describe_errors(self.path):
            self._connection.execute(
                PUT_STATION,
                (self._node, station, name, time_zone),
            )

    # What the last life of the daemon has left.

    def _end_former_runs(self) -> None:
        with transaction(self._connection):
            self._connection.execute(CLOSE_OPEN)
            self._connection.execute("DELETE FROM open_entries")
            self._connection.execute(CLOSE_RECORDINGS, (self._node,))
            ended = self._connection.execute(
                "UPDATE runs SET ended = 'killed' WHERE ended = 'running' AND node = ?", (self._node,)
            )
            self.found_killed = ended.rowcount > 0
