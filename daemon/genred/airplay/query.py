"""Reads an airplay log, also while a daemon writes it, and also a copy."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from genred.airplay.database import describe_errors
from genred.airplay.errors import AirplayError, UnknownStationError
from genred.airplay.logged import LoggedStation, entry_columns, read_entry
from genred.airplay.loudness_table import read_histogram
from genred.airplay.opening import OpenDatabase, open_to_read
from genred.airplay.recording_tables import LONGEST_RECORDING_US, SELECT_MARKS, SELECT_RECORDINGS
from genred.airplay.rows import ClockStep, GapRow, LoudnessRow, Model, Run, TitleSpan
from genred.airplay.schema import LOG, LOUDNESS_SINCE
from genred.airplay.spans import read_span
from genred.airplay.times import from_us, to_us
from genred.cause import Cause

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from genred.airplay.logged import LoggedEntry
    from genred.airplay.recording_rows import RecordingGapRow, RecordingMark, RecordingRow


_LONGEST_SEARCHED_US = 400 * 86_400 * 1_000_000
"""Entries are found by their start; one that began so long before a span may be the one that reaches into it."""


class AirplayLog(OpenDatabase):
    """An airplay log to read.

    Args:
        path: Of the database. It is not written to.

    Raises:
        AirplayError: There is none, or it cannot be read; subclasses say more.
    """

    def __init__(self, path: Path) -> None:
        if not path.exists():
            raise AirplayError(f"{path}: there is no such file; `genred run` writes it, and airplay.file names it")
        super().__init__(path, open_to_read(path, LOG, "stations"))

    def _begin(self) -> None:
        # All is read of one moment: a daemon that starts again meanwhile adds runs and models.
        self._connection.execute("BEGIN")
        self._models = dict(self._read_models())
        self._version: int = self._connection.execute("PRAGMA user_version").fetchone()[0]

    def stations(self, names: Sequence[str] = ()) -> list[LoggedStation]:
        """Gives the stations of the log.

        Args:
            names: Ids, names, or `node/id`; none for all.

        Raises:
            UnknownStationError: One of the names is not there; the message says which are.
        """
        rows = self._read("SELECT id, node, station, name, time_zone FROM stations ORDER BY node, station")
        known = [
            LoggedStation(key=key, node=node, station=station, name=name or station, time_zone=zone)
            for key, node, station, name, zone in rows
        ]
        if not names:
            return known
        chosen = {name: [one for one in known if name in _names(one)] for name in names}
        missing = [name for name, found in chosen.items() if not found]
        if missing:
            there = ", ".join(one.station for one in known) or "none"
            raise UnknownStationError(f"{self.path}: no station {', '.join(map(repr, missing))} in it, only {there}")
        wanted = {one.key for found in chosen.values() for one in found}
        return [one for one in known if one.key in wanted]

    def entries(self, station: LoggedStation, since: datetime | None, until: datetime | None) -> Iterator[LoggedEntry]:
        """Gives the entries of a station that lie in a span or reach into it, oldest first, whole.

        Args:
            station: Of this log.
            since: Aware; None for the beginning.
            until: Aware; None for the end.
        """
        since_us, until_us = _span(since, until)
        on_air = list(self._read_entries("open_entries", "NULL", station, since_us, until_us))
        last: LoggedEntry | None = None
        for last in self._read_entries("entries", "entry.id", station, since_us, until_us):
            yield last
        yield from (entry for entry in on_air if last is None or entry.started_at >= last.ended_at)

    def extent(self, station: LoggedStation) -> tuple[datetime, datetime] | None:
        """Gives when the first and the last entry of a station began, or None where it has none."""
        found = [
            from_us(started_us)
            for table in ("entries", "open_entries")
            for direction in ("ASC", "DESC")
            for (started_us,) in self._read(
                f"SELECT started_us FROM {table} WHERE station_id = ? ORDER BY started_us {direction} LIMIT 1",
                (station.key,),
            )
        ]
        return (min(found), max(found)) if found else None

    def entry(self, number: int) -> LoggedEntry | None:
        """Gives the entry of a number, or None where there is none."""
        statement = (
            f"SELECT {entry_columns()} FROM entries AS entry JOIN runs ON runs.id = entry.run_id WHERE entry.id = ?"
        )
        stations = {one.key: one for one in self.stations()}
        return next((read_entry(stations[row[1]], row, self._models) for row in self._read(statement, (number,))), None)

    def gaps(self, station: LoggedStation, since: datetime | None, until: datetime | None) -> Iterator[GapRow]:
        """Gives the gaps of a station that lie in a span or reach into it, oldest first, whole."""
        for span, (cause,) in self._spans("gaps", "cause", station, since, until):
            yield GapRow(**span, cause=Cause(cause))

    def titles(self, station: LoggedStation, since: datetime | None, until: datetime | None) -> Iterator[TitleSpan]:
        """Gives the titles of a station that lie in a span or reach into it, oldest first, whole."""
        for span, (title, artist, song) in self._spans("titles", "title, artist, song", station, since, until):
            yield TitleSpan(**span, title=title, artist=artist, song=song)

    def loudness(self, station: LoggedStation, since: datetime | None, until: datetime | None) -> Iterator[LoudnessRow]:
        """Gives the loudness of a station by the quarter of an hour, as far as they reach into a span, oldest first."""
        if self._version < LOUDNESS_SINCE:
            return
        columns = "true_peak_dbtp, momentary, short_term"
        for span, (peak, momentary, short_term) in self._spans("loudness", columns, station, since, until):
            yield LoudnessRow(
                **span,
                true_peak_dbtp=peak,
                momentary=read_histogram(momentary),
                short_term=read_histogram(short_term),
            )

    def recordings(
        self, station: LoggedStation, since: datetime | None, until: datetime | None
    ) -> Iterator[tuple[RecordingRow, tuple[RecordingMark, ...]]]:
        """Gives the recordings of a station that may have sound of a span, oldest first, each with its index."""
        from genred.airplay.recording_rows import read_recording  # noqa: PLC0415 - only few look at recordings

        since_us, until_us = _span(since, until)
        values = station.key, until_us, since_us - LONGEST_RECORDING_US, since_us
        for row in self._read(SELECT_RECORDINGS, values):
            yield read_recording(station.station, row, self._read(SELECT_MARKS, row[:1]))

    def recording_gaps(
        self, station: LoggedStation, since: datetime | None, until: datetime | None
    ) -> Iterator[RecordingGapRow]:
        """Gives what is missing in the recordings of a station in a span, oldest first, whole."""
        from genred.airplay.recording_rows import RecordingGapRow  # noqa: PLC0415 - likewise

        for span, (cause,) in self._spans("recording_gaps", "cause", station, since, until):
            yield RecordingGapRow(**span, cause=Cause(cause))

    def runs(self) -> Iterator[Run]:
        """Gives the starts of the daemon, oldest first."""
        for run, node, started_us, seen_us, version, digest, ended in self._read(
            "SELECT run, node, started_us, seen_us, version, configuration_sha256, ended FROM runs ORDER BY started_us"
        ):
            yield Run(
                run=run,
                node=node,
                started_at=from_us(started_us),
                seen_at=from_us(seen_us),
                version=version,
                configuration_sha256=digest,
                ended=ended,
            )

    def clock_steps(self) -> Iterator[ClockStep]:
        """Gives the steps of the wall clock, oldest first."""
        for run, at_us, seconds, suspended in self._read(
            "SELECT runs.run, at_us, seconds, suspended FROM clock_steps JOIN runs ON runs.id = run_id ORDER BY at_us"
        ):
            yield ClockStep(run=run, at=from_us(at_us), seconds=seconds, suspended=bool(suspended))

    def _read_entries(
        self, table: str, number: str, station: LoggedStation, since_us: int, until_us: int
    ) -> Iterator[LoggedEntry]:
        """Those of one table: two ordered searches instead of one of the view, which SQLite would sort as a whole."""
        first = f"(SELECT max(started_us) FROM {table} WHERE station_id = ? AND started_us <= ?)"
        statement = (
            f"SELECT {entry_columns(number)} FROM {table} AS entry JOIN runs ON runs.id = entry.run_id "
            f"WHERE entry.station_id = ? AND entry.started_us < ? AND entry.ended_us > ? "
            f"AND entry.started_us >= coalesce({first}, ?) ORDER BY entry.started_us"
        )
        for row in self._read(statement, (station.key, until_us, since_us, station.key, since_us, since_us)):
            yield read_entry(station, row, self._models)

    def _spans(
        self, table: str, columns: str, station: LoggedStation, since: datetime | None, until: datetime | None
    ) -> Iterator[tuple[dict[str, Any], Sequence[Any]]]:
        """What each row of a table of spans has, and the table's own columns."""
        since_us, until_us = _span(since, until)
        for run, started_us, ended_us, seconds, *own in self._read(
            f"SELECT runs.run, entry.started_us, entry.ended_us, entry.seconds, {columns} FROM {table} AS entry "
            f"JOIN runs ON runs.id = entry.run_id WHERE entry.station_id = ? AND entry.started_us < ? "
            f"AND entry.started_us > ? AND entry.ended_us > ? ORDER BY entry.started_us",
            (station.key, until_us, since_us - _LONGEST_SEARCHED_US, since_us),
        ):
            yield read_span(station.station, run, started_us, ended_us, seconds), own

    def _read_models(self) -> Iterator[tuple[int, Model]]:
        for key, name, sha256, labels in self._read("SELECT id, name, sha256, labels FROM models"):
            yield key, Model(name=name, sha256=sha256, labels=tuple(json.loads(labels)))

    def _read(self, statement: str, values: tuple[object, ...] = ()) -> Iterator[tuple[Any, ...]]:
        with describe_errors(self.path):
            # `yield from` would close the cursor wherever the generator is collected, maybe in another thread, which
            # sqlite3 refuses.
            for row in self._connection.execute(statement, values):  # noqa: UP028
                yield row


def _names(station: LoggedStation) -> set[str]:
    return {station.station, station.name, f"{station.node}/{station.station}"}


def _span(since: datetime | None, until: datetime | None) -> tuple[int, int]:
    return (0 if since is None else to_us(since), 2**62 if until is None else to_us(until))
