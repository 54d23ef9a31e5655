"""What is known of an archive: each file, where it belongs, and what was read of it. One SQLite file, one writer.

A result is written in one transaction: whenever the process is killed, it is there or it is not.
"""

from __future__ import annotations

import contextlib
from functools import partial
from typing import TYPE_CHECKING

from genred.airplay.database import DatabaseKind, describe_errors, transaction
from genred.airplay.opening import OF_COMMAND, OpenDatabase, open_to_write
from genred.archive import known_files, results, written_months

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FILE_NAME = "ledger.sqlite"

_text = partial(str, encoding="utf-8", errors="surrogateescape")
"""Names of files need not be UTF-8; see `genred.archive.known_files`."""

_LEDGER = DatabaseKind(
    name="ledger of an archive",
    application_id=0x67656E61,  # `gena`
    migrations=(known_files.TABLE + results.TABLE + written_months.TABLE,),
    elsewhere="--out",
)


class Ledger(OpenDatabase):
    """The ledger in an output folder. To be used by one thread at a time.

    Args:
        folder: Made where it does not exist.
        settings: Names the model and the version of what reads.

    Raises:
        AirplayError: It cannot be opened, or another process writes there.

    Attributes:
        settings: As given.
        files: The recordings.
        results: What was read of them.
        months: What was made of that.
    """

    def __init__(self, folder: Path, settings: str) -> None:
        self.settings = settings
        path = folder / FILE_NAME
        super().__init__(path, open_to_write(path, _LEDGER, OF_COMMAND))
        self._connection.text_factory = _text
        self.files = known_files.KnownFiles(self._connection, path, settings)
        self.results = results.Results(self._connection, path, settings)
        self.months = written_months.WrittenMonths(self._connection, path, settings)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """What is written within is written as a whole."""
        with describe_errors(self.path), transaction(self._connection):
            yield
