"""What the tables of a ledger have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from genred.airplay.database import describe_errors

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator
    from pathlib import Path


class LedgerTable:
    """A table of an open ledger.

    Args:
        connection: To the ledger.
        path: Of the ledger.
        settings: Names the model and the version of what reads.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path, settings: str) -> None:
        self._connection = connection
        self._path = path
        self._settings = settings

    def _execute(self, statement: str, *values: object) -> sqlite3.Cursor:
        """Runs a statement, with a cursor of its own.

        Raises:
            AirplayError: The ledger cannot be read or written.
        """
        with describe_errors(self._path):
            return self._connection.execute(statement, values)

    def _rows(self, statement: str, *values: object) -> Iterator[tuple[Any, ...]]:
        """Gives rows as they are asked for, likewise."""
        with describe_errors(self._path):
            yield from self._connection.execute(statement, values)
