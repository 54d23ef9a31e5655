"""What is known of an archive: each file, where it belongs, and what was read of it. One SQLite file, one writer.

A result is written in one transaction: whenever the process is killed, it is there or it is not. It is kept by the
content of its file (and of the one that goes on where it ends, from which its last windows are), the model, and the
version of what reads: nothing is read twice, wherever it lies and whatever it is called.
"""

from __future__ import annotations

import contextlib
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from genred.airplay.database import DatabaseKind, describe_errors, transaction
from genred.airplay.opening import OF_COMMAND, OpenDatabase, open_to_write
from genred.airplay.times import from_us, to_us
from genred.archive.reading import Reading, ReadingError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from genred.archive.listing import ArchiveFile
    from genred.archive.placement import Placement

FILE_NAME = "ledger.sqlite"
_TABLES = """
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
CREATE TABLE results (
    id INTEGER PRIMARY KEY,
    digest TEXT NOT NULL,
    follower TEXT NOT NULL,
    settings TEXT NOT NULL,
    seconds REAL,
    body BLOB NOT NULL,
    windows BLOB NOT NULL,
    UNIQUE (digest, follower, settings)
) STRICT;
CREATE TABLE spans (
    station TEXT NOT NULL,
    since_us INTEGER NOT NULL,
    fingerprint TEXT NOT NULL,
    PRIMARY KEY (station, since_us)
) STRICT;
"""
_LEDGER = DatabaseKind(
    name="ledger of an archive",
    application_id=0x67656E61,  # `gena`
    migrations=(_TABLES,),
    elsewhere="--out",
)
_COLUMNS = (
    "path, size, version, files.digest, station, name, started_us, note, error, cause, "
    "(SELECT id FROM results WHERE id = files.result AND settings = ?), ended_us"
)
"""What another model has made of a file is none of this one's results."""


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


class Ledger(OpenDatabase):
    """The ledger in an output folder. To be used by one thread at a time.

    Args:
        folder: Made where it does not exist.
        settings: Names the model and the version of what reads.

    Raises:
        AirplayError: It cannot be opened, or another process writes there.
    """

    def __init__(self, folder: Path, settings: str) -> None:
        self.settings = settings
        path = folder / FILE_NAME
        super().__init__(path, open_to_write(path, _LEDGER, OF_COMMAND))

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """What is written within is written as a whole."""
        with describe_errors(self.path), transaction(self._connection):
            yield

    # Files.

    def begin_listing(self) -> int:
        """Gives the number of a new listing."""
        latest: int | None = self._connection.execute("SELECT max(listed) FROM files").fetchone()[0]
        return 1 + (latest or 0)

    def put_file(self, file: ArchiveFile, placement: Placement, listing: int) -> bool:
        """Notes a file that was found; one that has changed since is as good as new.

        Returns:
            Whether it was not in this listing before.
        """
        again = self._connection.execute(
            "SELECT 1 FROM files WHERE path = ? AND listed = ?", (file.path, listing)
        ).fetchone()
        started_us = None if placement.started_at is None else to_us(placement.started_at)
        self._connection.execute(
            "INSERT INTO files (path, size, version, digest, station, name, started_us, note, listed) "
            "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT (path) DO UPDATE SET "
            "digest = CASE WHEN version = ?3 THEN digest ELSE ?4 END, "
            "result = CASE WHEN version = ?3 THEN result END, "
            "ended_us = CASE WHEN version = ?3 THEN ?7 + ended_us - started_us END, "
            "size = ?2, version = ?3, station = ?5, name = ?6, started_us = ?7, note = ?8, listed = ?9, "
            "error = NULL, cause = NULL",
            (
                file.path, file.size, file.version, file.digest, placement.station, placement.name, started_us,
                placement.note, listing,
            ),
        )  # fmt: skip
        return again is None

    def listed(self, listing: int) -> Iterator[KnownFile]:
        """Gives the files of a listing, station by station, oldest first; those without a time last."""
        yield from self._files("listed = ?", listing)

    def files(self) -> Iterator[KnownFile]:
        """Gives all files, in the same order."""
        yield from self._files("TRUE")

    def files_between(self, station: str, since: datetime, until: datetime) -> Iterator[KnownFile]:
        """Gives the files of a station that have a time in a span, oldest first, those that failed too."""
        overlaps = "station = ? AND started_us < ? AND coalesce(ended_us, started_us) >= ?"
        yield from self._files(overlaps, station, to_us(until), to_us(since))

    def _files(self, condition: str, *values: object) -> Iterator[KnownFile]:
        order = "station, started_us IS NULL, started_us, path"
        statement = f"SELECT {_COLUMNS} FROM files WHERE {condition} ORDER BY {order}"
        with describe_errors(self.path):
            yield from map(_known_file, self._connection.cursor().execute(statement, (self.settings, *values)))

    def put_digest(self, path: str, digest: str) -> None:
        """Notes the hash of a file's content."""
        with describe_errors(self.path):
            self._connection.execute("UPDATE files SET digest = ? WHERE path = ?", (digest, path))

    def put_error(self, path: str, error: ReadingError) -> None:
        """Notes why a file could not be looked at; it is tried again when it is listed next."""
        with describe_errors(self.path):
            self._connection.execute(
                "UPDATE files SET error = ?, cause = ?, result = NULL WHERE path = ?",
                (error.message, error.cause, path),
            )

    # Results.

    def find_results(self, digest: str) -> dict[str, tuple[int, float | None]]:
        """Gives what is known of a content: by the follower's digest, number and seconds (None for an error)."""
        rows = self._connection.execute(
            "SELECT follower, id, seconds FROM results WHERE digest = ? AND settings = ?", (digest, self.settings)
        )
        return {follower: (number, seconds) for follower, number, seconds in rows}

    def put_result(self, digest: str, follower: str, outcome: Reading | ReadingError) -> int:
        """Keeps what was read of a content. Returns its number."""
        seconds = outcome.classification.seconds if isinstance(outcome, Reading) else None
        windows = outcome.windows if isinstance(outcome, Reading) else b""
        kept = msgspec.structs.replace(outcome, windows=b"") if isinstance(outcome, Reading) else outcome
        body = zlib.compress(msgspec.msgpack.encode(kept))
        self._connection.execute(
            "INSERT OR IGNORE INTO results (digest, follower, settings, seconds, body, windows) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            (digest, follower, self.settings, seconds, body, windows),
        )
        return self.find_results(digest)[follower][0]

    def use_result(self, path: str, number: int) -> None:
        """Notes what was read of a file."""
        self._connection.execute(
            "UPDATE files SET result = ?1, error = NULL, cause = NULL, ended_us = started_us + "
            "(SELECT CAST(seconds * 1000000 AS INTEGER) FROM results WHERE id = ?1) WHERE path = ?2",
            (number, path),
        )

    def forget_errors(self) -> None:
        """Forgets the recordings that could not be read, so that they are tried again."""
        with self.transaction():
            self._connection.execute(
                "UPDATE files SET result = NULL WHERE result IN (SELECT id FROM results WHERE seconds IS NULL)"
            )
            self._connection.execute("DELETE FROM results WHERE seconds IS NULL")

    def outcome(self, number: int) -> Reading | ReadingError:
        """Gives a result without its windows."""
        seconds, body = self._connection.execute("SELECT seconds, body FROM results WHERE id = ?", (number,)).fetchone()
        kind: type[Reading | ReadingError] = ReadingError if seconds is None else Reading
        found: Reading | ReadingError = msgspec.msgpack.decode(zlib.decompress(body), type=kind)
        return found

    def windows(self, number: int) -> bytes:
        """Gives the windows of a result, packed."""
        packed: bytes = self._connection.execute("SELECT windows FROM results WHERE id = ?", (number,)).fetchone()[0]
        return packed

    def result_key(self, number: int) -> str:
        """Gives what a result is known by."""
        return "-".join(
            self._connection.execute(
                "SELECT digest, follower, settings FROM results WHERE id = ?", (number,)
            ).fetchone()
        )

    # What was made of them.

    def extent(self, station: str) -> tuple[datetime, datetime] | None:
        """Gives when the first recording of a station began and the last one ended; None where none was read."""
        first, last = self._connection.execute(
            "SELECT min(started_us), max(ended_us) FROM files WHERE station = ? AND ended_us IS NOT NULL "
            "AND result IN (SELECT id FROM results WHERE settings = ?)",
            (station, self.settings),
        ).fetchone()
        return None if last is None else (from_us(first), from_us(last))

    def stations(self) -> list[tuple[str, str]]:
        """Gives ids and names of all stations."""
        return self._connection.execute("SELECT station, min(name) FROM files GROUP BY station ORDER BY 1").fetchall()

    def made(self) -> dict[tuple[str, datetime], str]:
        """Gives of what the rows of each station's months were made."""
        rows = self._connection.execute("SELECT station, since_us, fingerprint FROM spans")
        return {(station, from_us(since_us)): fingerprint for station, since_us, fingerprint in rows}

    def forget_made(self, station: str, since: datetime) -> None:
        """Notes that there are no rows of a month."""
        with describe_errors(self.path):
            self._connection.execute("DELETE FROM spans WHERE (station, since_us) = (?, ?)", (station, to_us(since)))

    def put_made(self, station: str, since: datetime, fingerprint: str) -> None:
        """Notes of what the rows of a span were made."""
        with describe_errors(self.path):
            self._connection.execute(
                "INSERT OR REPLACE INTO spans (station, since_us, fingerprint) VALUES (?, ?, ?)",
                (station, to_us(since), fingerprint),
            )


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
