"""What reading and writing the log have in common: which databases are logs, and what their errors mean."""

from __future__ import annotations

import contextlib
import sqlite3
from typing import TYPE_CHECKING

from genred.airplay.errors import AirplayError, CorruptLogError, NewerLogError
from genred.airplay.schema import APPLICATION_ID, VERSION

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def check_kind(connection: sqlite3.Connection, path: Path) -> None:
    """Looks whether a database is an airplay log that can be used; an empty one is.

    Raises:
        CorruptLogError: It is another database.
        NewerLogError: A newer genred has written it.
        sqlite3.Error: It cannot be read.
    """
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    kind: int = connection.execute("PRAGMA application_id").fetchone()[0]
    tables: int = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
    if kind not in {0, APPLICATION_ID} or (kind == 0 and tables > 0):
        raise CorruptLogError(f"{path}: this is a database, but no airplay log")
    if version > VERSION:
        raise NewerLogError(
            f"{path}: written by a newer genred (its version is {version}, this one knows {VERSION}); "
            "install that genred, or name another file in airplay.file"
        )


@contextlib.contextmanager
def describe_errors(path: Path) -> Iterator[None]:
    """Turns the errors of SQLite and of the system into those of the log, which name the file."""
    try:
        yield
    except sqlite3.Error as error:
        damaged = getattr(error, "sqlite_errorcode", 0) & 0xFF in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
        kind = CorruptLogError if damaged else AirplayError
        raise kind(f"{path}: {error}") from error
    except OSError as error:
        raise AirplayError(f"{path}: {error.strerror or error}") from error


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Writes what is written within as a whole, or nothing of it.

    Raises:
        sqlite3.Error: It cannot be written.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        # SQLite itself has rolled back where the disk is full.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
