"""What all databases have in common: which are ours, how older ones become those of today, what their errors mean."""

from __future__ import annotations

import contextlib
import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING

from genred.airplay.errors import AirplayError, CorruptLogError, NewerLogError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseKind:
    """What a database is for.

    Attributes:
        name: For people.
        application_id: By which file(1) and we tell it from other databases.
        migrations: The steps from an empty database to one of today's; the version of a database is the number of
            steps that it has taken.
        elsewhere: What names another file, for people.
        gives_pages_back: Whether deleted rows give their pages back to the file system in small pieces.
    """

    name: str
    application_id: int
    migrations: tuple[str, ...]
    elsewhere: str
    gives_pages_back: bool = False

    @property
    def version(self) -> int:
        """That of today."""
        return len(self.migrations)

    def check(self, connection: sqlite3.Connection, path: Path) -> None:
        """Looks whether a database is of this kind and can be used; an empty one is.

        Raises:
            CorruptLogError: It is another database.
            NewerLogError: A newer genred has written it.
            sqlite3.Error: It cannot be read.
        """
        version: int = connection.execute("PRAGMA user_version").fetchone()[0]
        kind: int = connection.execute("PRAGMA application_id").fetchone()[0]
        tables: int = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
        if kind not in {0, self.application_id} or (kind == 0 and tables > 0):
            article = "an" if self.name[0] in "aeiou" else "a"
            raise CorruptLogError(f"{path}: this is a database, but not {article} {self.name}")
        if version > self.version:
            raise NewerLogError(
                f"{path}: written by a newer genred (its version is {version}, this one supports {self.version}); "
                f"install that genred, or name another file in {self.elsewhere}"
            )

    def migrate(self, connection: sqlite3.Connection) -> None:
        """Brings a database up to date, each step whole or not at all.

        Args:
            connection: To one of this or an older version, or an empty one, in autocommit mode.
        """
        version: int = connection.execute("PRAGMA user_version").fetchone()[0]
        if version == 0:
            if self.gives_pages_back:
                # Only an empty database takes it.
                connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
            connection.execute(f"PRAGMA application_id = {self.application_id}")
        for number, script in enumerate(self.migrations[version:], version + 1):
            connection.executescript(f"BEGIN IMMEDIATE; {script}; PRAGMA user_version = {number}; COMMIT;")


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
