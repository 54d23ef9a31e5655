"""Opens databases: one process writes, in SQLite's write-ahead mode, so that those who read never wait."""

from __future__ import annotations

import contextlib
import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from genred.airplay.database import describe_errors, transaction
from genred.airplay.writer_lock import only_writer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path
    from types import TracebackType

    from genred.airplay.database import DatabaseKind

_LOG_BYTES = 16 * 1024 * 1024
"""To so much the write-ahead log is cut when it begins again, whatever a large transaction has made of it."""

_READER_WAITS_S = 5.0
"""How long reading waits for a writer; in write-ahead mode only a recovery makes it wait at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """How a database is written.

    Attributes:
        waits_s: How long a write waits for another process that holds the database.
        changes_threads: Whether its threads take turns; else only the one that has opened it may use it.
    """

    waits_s: float
    changes_threads: bool


OF_DAEMON = Writing(waits_s=2.0, changes_threads=True)
"""What cannot be written in time is kept, and tried again later."""

OF_COMMAND = Writing(waits_s=5.0, changes_threads=False)
"""What cannot be written in time ends the command."""


class OpenDatabase:
    """A database that is open. A context manager.

    Args:
        path: Of it.
        opening: Opens it.

    Raises:
        AirplayError: It cannot be opened; subclasses say more.
    """

    def __init__(self, path: Path, opening: AbstractContextManager[sqlite3.Connection]) -> None:
        self.path = path
        with contextlib.ExitStack() as stack, describe_errors(path):
            self._connection = stack.enter_context(opening)
            self._begin()
            self._resources = stack.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Lets go of the file."""
        self._resources.close()

    def _begin(self) -> None:
        """What is read or written before anything else."""


@contextlib.contextmanager
def open_to_write(path: Path, kind: DatabaseKind, writing: Writing) -> Iterator[sqlite3.Connection]:
    """Opens a database of today's version that nobody else writes meanwhile.

    Args:
        path: Of it; it and its folder are made where they do not exist.
        kind: What it must be.
        writing: How.

    Yields:
        A connection in autocommit mode.

    Raises:
        CorruptLogError: It is another database.
        NewerLogError: A newer genred has written it.
        AirplayError: Another process writes it.
        OSError: It cannot be made.
        sqlite3.Error: It cannot be opened.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with (
        only_writer(path, kind),
        contextlib.closing(
            sqlite3.connect(
                path,
                timeout=writing.waits_s,
                isolation_level=None,
                check_same_thread=not writing.changes_threads,
            )
        ) as connection,
    ):
        kind.check(connection, path)
        kind.migrate(connection)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute(f"PRAGMA journal_size_limit = {_LOG_BYTES}")
        yield connection


@contextlib.contextmanager
def make(path: Path, kind: DatabaseKind) -> Iterator[sqlite3.Connection]:
    """Makes a database that nobody knows yet, in one transaction.

    Args:
        path: Of it; there is none.
        kind: What it becomes.

    Yields:
        A connection.

    Raises:
        sqlite3.Error: It cannot be written.
    """
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        kind.migrate(connection)
        with transaction(connection):
            yield connection
        connection.execute("PRAGMA journal_mode = WAL")


@contextlib.contextmanager
def open_to_read(path: Path, kind: DatabaseKind, needed: str) -> Iterator[sqlite3.Connection]:
    """Opens a database that others may write; a copy without its companions, in a folder that is read-only, as it is.

    Args:
        path: Of it.
        kind: What it must be.
        needed: A table that it must have.

    Yields:
        A connection that cannot write.

    Raises:
        CorruptLogError: It is another database.
        NewerLogError: A newer genred has written it.
        sqlite3.Error: It cannot be read.
    """
    uri = path.resolve().as_uri()
    try:
        connection = _connect(f"{uri}?mode=ro", path, kind, needed)
    except sqlite3.OperationalError as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF not in {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY}:
            raise
        connection = _connect(f"{uri}?mode=ro&immutable=1", path, kind, needed)
    with contextlib.closing(connection):
        yield connection


def _connect(uri: str, path: Path, kind: DatabaseKind, needed: str) -> sqlite3.Connection:
    connection = sqlite3.connect(uri, uri=True, timeout=_READER_WAITS_S, isolation_level=None)
    try:
        kind.check(connection, path)
        connection.execute(f"SELECT count(*) FROM {needed}").fetchone()
    except BaseException:
        connection.close()
        raise
    return connection
