"""Of what the rows of each station's months were made: months of which nothing has changed are not written again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genred.airplay.times import from_us, to_us
from genred.archive.ledger_table import LedgerTable

if TYPE_CHECKING:
    from datetime import datetime

TABLE = """
CREATE TABLE spans (
    station TEXT NOT NULL,
    since_us INTEGER NOT NULL,
    fingerprint TEXT NOT NULL,
    PRIMARY KEY (station, since_us)
) STRICT;
"""


class WrittenMonths(LedgerTable):
    """The months, in the ledger of an archive."""

    def fingerprints(self) -> dict[tuple[str, datetime], str]:
        """Gives of what the rows were made, by station and month."""
        rows = self._execute("SELECT station, since_us, fingerprint FROM spans")
        return {(station, from_us(since_us)): fingerprint for station, since_us, fingerprint in rows}

    def put(self, station: str, month: datetime, fingerprint: str) -> None:
        """Notes of what the rows of a month were made."""
        statement = "INSERT OR REPLACE INTO spans (station, since_us, fingerprint) VALUES (?, ?, ?)"
        self._execute(statement, station, to_us(month), fingerprint)

    def forget(self, station: str, month: datetime) -> None:
        """Notes that there are no rows of a month."""
        self._execute("DELETE FROM spans WHERE (station, since_us) = (?, ?)", station, to_us(month))
