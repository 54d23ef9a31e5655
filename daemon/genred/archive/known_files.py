"""The recordings of an archive: where each lies and belongs, and what was read of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from genred.airplay.times import from_us, to_us
from genred.archive.ledger_table import LedgerTable
from genred.printable import valid_unicode

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from genred.archive.listing import ArchiveFile
    from genred.archive.placement import Placement
    from genred.archive.reading import ReadingError

TABLE = """
CREATE TABLE files (
    path TEXT PRIMARY KEY,
    size INTEGER NOT NULL,
    version TEXT NOT NULL,
    digest TEXT NOT NULL DEFAULT '',
    station TEXT NOT NULL,
    name TEXT NOT NULL,
    started_us INTEGER,
    note TEXT NOT NULL DEFAULT '',
    listed INTEGER NOT NULL,
    error TEXT,
    cause TEXT,
    result INTEGER REFERENCES results (id),
    ended_us INTEGER
) STRICT;
CREATE INDEX files_by_time ON files (station, started_us, path);
"""

_COLUMNS = (
    "path, size, version, files.digest, station, name, started_us, note, error, cause, "
    "(SELECT id FROM results WHERE id = files.result AND settings = ?), ended_us"
)
"""What another model has made of a file is none of this one's results."""

_PATH = "CAST(? AS TEXT)"
"""A path is given as bytes: names of files need not be UTF-8."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownFile:
    """A file of the archive.

    Attributes:
        path: Its path or address.
        size: In bytes; -1 where it is not known.
        version: As of `ArchiveFile`.
        digest: Of its content; empty while it is not known.
        station: The id of its station.
        name: The station as written.
        started_at: When it began; None where nothing says it.
        note: What is odd about that time.
        error: Why it could not be looked at, if it could not.
        cause: Likewise, as a value of `Cause`.
        result: Number of what was read of it; None while there is nothing.
        ended_at: When it ended; None while that is not known.
    """

    path: str
    size: int
    version: str
    digest: str
    station: str
    name: str
    started_at: datetime | None
    note: str
    error: str | None
    cause: str | None
    result: int | None
    ended_at: datetime | None


class KnownFiles(LedgerTable):
    """The files of an archive, in its ledger."""

    def begin_listing(self) -> int:
        """Gives the number of a new listing."""
        latest: int | None = self._execute("SELECT max(listed) FROM files").fetchone()[0]
        return 1 + (latest or 0)

    def put(self, file: ArchiveFile, placement: Placement, listing: int) -> bool:
        """Notes a file that was found; one that has changed since is as good as new.

        Returns:
            Whether it was not in this listing before.
        """
        path = _stored(file.path)
        again = self._execute(f"SELECT 1 FROM files WHERE path = {_PATH} AND listed = ?", path, listing).fetchone()
        started_us = None if placement.started_at is None else to_us(placement.started_at)
        self._execute(
            "INSERT INTO files (path, size, version, digest, station, name, started_us, note, listed) "
            "VALUES (CAST(?1 AS TEXT), ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT (path) DO UPDATE SET "
            "digest = CASE WHEN version = ?3 THEN digest ELSE ?4 END, "
            "result = CASE WHEN version = ?3 THEN result END, "
            "ended_us = CASE WHEN version = ?3 THEN ?7 + "
            "(SELECT CAST(seconds * 1000000 AS INTEGER) FROM results WHERE id = files.result) END, "
            "size = ?2, version = ?3, station = ?5, name = ?6, started_us = ?7, note = ?8, listed = ?9, "
            "error = NULL, cause = NULL",
            path, file.size, file.version, file.digest, placement.station, placement.name, started_us,
            placement.note, listing,
        )  # fmt: skip
        return again is None

    def put_digest(self, path: str, digest: str) -> None:
        """Notes the hash of a file's content."""
        self._execute(f"UPDATE files SET digest = ? WHERE path = {_PATH}", digest, _stored(path))

    def put_error(self, path: str, error: ReadingError) -> None:
        """Notes why a file could not be looked at; it is tried again when it is listed next."""
        statement = f"UPDATE files SET error = ?, cause = ?, result = NULL WHERE path = {_PATH}"
        self._execute(statement, valid_unicode(error.message), error.cause, _stored(path))

    def put_result(self, path: str, number: int) -> None:
        """Notes what was read of a file."""
        self._execute(
            "UPDATE files SET result = ?1, error = NULL, cause = NULL, ended_us = started_us + "
            "(SELECT CAST(seconds * 1000000 AS INTEGER) FROM results WHERE id = ?1) WHERE path = CAST(?2 AS TEXT)",
            number,
            _stored(path),
        )

    def listed(self, listing: int) -> Iterator[KnownFile]:
        """Gives the files of a listing, station by station, oldest first; those without a time last."""
        return self._find("listed = ?", listing)

    def all(self) -> Iterator[KnownFile]:
        """Gives all files, in the same order."""
        return self._find("TRUE")

    def between(self, station: str, since: datetime, until: datetime) -> Iterator[KnownFile]:
        """Gives the files of a station that have a time in a span, oldest first, those that failed too."""
        overlaps = "station = ? AND started_us < ? AND coalesce(ended_us, started_us) >= ?"
        return self._find(overlaps, station, to_us(until), to_us(since))

    def stations(self) -> list[tuple[str, str]]:
        """Gives ids and names of all stations."""
        return self._execute("SELECT station, min(name) FROM files GROUP BY station ORDER BY 1").fetchall()

    def extent(self, station: str) -> tuple[datetime, datetime] | None:
        """Gives when the first recording of a station began and the last one ended; None where none was read."""
        first, last = self._execute(
            "SELECT min(started_us), max(ended_us) FROM files WHERE station = ? AND ended_us IS NOT NULL "
            "AND result IN (SELECT id FROM results WHERE settings = ?)",
            station,
            self._settings,
        ).fetchone()
        return None if last is None else (from_us(first), from_us(last))

    def _find(self, condition: str, *values: object) -> Iterator[KnownFile]:
        order = "station, started_us IS NULL, started_us, path"
        statement = f"SELECT {_COLUMNS} FROM files WHERE {condition} ORDER BY {order}"
        for row in self._rows(statement, self._settings, *values):
            yield _known_file(row)


def _stored(path: str) -> bytes:
    return path.encode("utf-8", "surrogateescape")


def _known_file(row: tuple[Any, ...]) -> KnownFile:
    path, size, version, digest, station, name, started_us, note, error, cause, result, ended_us = row
    return KnownFile(
        path=path,
        size=size,
        version=version,
        digest=digest,
        station=station,
        name=name,
        started_at=None if started_us is None else from_us(started_us),
        note=note,
        error=error,
        cause=cause,
        result=result,
        ended_at=None if ended_us is None else from_us(ended_us),
    )
