"""What was read of the recordings of an archive, kept by what it was made of.

That is the content of a file (and of the one that goes on where it ends, from which its last windows are), the model,
and the version of what reads: nothing is read twice, wherever it lies and whatever it is called.
"""

from __future__ import annotations

import zlib

import msgspec

from genred.archive.ledger_table import LedgerTable
from genred.archive.reading import Reading, ReadingError
from genred.printable import valid_unicode

TABLE = """
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
"""


class Results(LedgerTable):
    """The results, in the ledger of an archive."""

    def find(self, digest: str) -> dict[str, tuple[int, float | None]]:
        """Gives what is known of a content: by the follower's digest, number and seconds (None for an error)."""
        statement = "SELECT follower, id, seconds FROM results WHERE digest = ? AND settings = ?"
        rows = self._execute(statement, digest, self._settings)
        return {follower: (number, seconds) for follower, number, seconds in rows}

    def put(self, digest: str, follower: str, outcome: Reading | ReadingError) -> int:
        """Keeps what was read of a content. Returns its number."""
        seconds = outcome.classification.seconds if isinstance(outcome, Reading) else None
        windows = outcome.windows if isinstance(outcome, Reading) else b""
        kept: Reading | ReadingError
        if isinstance(outcome, Reading):
            kept = msgspec.structs.replace(outcome, windows=b"")
        else:
            kept = msgspec.structs.replace(outcome, message=valid_unicode(outcome.message))
        body = zlib.compress(msgspec.msgpack.encode(kept))
        self._execute(
            "INSERT OR IGNORE INTO results (digest, follower, settings, seconds, body, windows) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            *(digest, follower, self._settings, seconds, body, windows),
        )
        return self.find(digest)[follower][0]

    def outcome(self, number: int) -> Reading | ReadingError:
        """Gives a result without its windows."""
        seconds, body = self._execute("SELECT seconds, body FROM results WHERE id = ?", number).fetchone()
        kind: type[Reading | ReadingError] = ReadingError if seconds is None else Reading
        found: Reading | ReadingError = msgspec.msgpack.decode(zlib.decompress(body), type=kind)
        return found

    def windows(self, number: int) -> bytes:
        """Gives the windows of a result, packed."""
        packed: bytes = self._execute("SELECT windows FROM results WHERE id = ?", number).fetchone()[0]
        return packed

    def key(self, number: int) -> str:
        """Gives what a result is known by."""
        return "-".join(self._execute("SELECT digest, follower, settings FROM results WHERE id = ?", number).fetchone())

    def forget_errors(self) -> None:
        """Forgets the recordings that could not be read, so that they are tried again; in a transaction."""
        self._execute("UPDATE files SET result = NULL WHERE result IN (SELECT id FROM results WHERE seconds IS NULL)")
        self._execute("DELETE FROM results WHERE seconds IS NULL")
