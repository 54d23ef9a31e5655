"""One log, one writer: two daemons would write one over the other."""

from __future__ import annotations

import contextlib
import fcntl
from typing import TYPE_CHECKING

from genred.airplay.errors import AirplayError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from genred.airplay.database import DatabaseKind


@contextlib.contextmanager
def only_writer(path: Path, kind: DatabaseKind) -> Iterator[None]:
    """Holds a lock beside a database; the system lets go of it when the process ends, however it does.

    A file of its own, since closing any descriptor of the database itself would drop SQLite's locks (fcntl(2)).

    Args:
        path: Of the database; links to it have the same lock.
        kind: What it is.

    Raises:
        AirplayError: Another process holds it.
        OSError: There can be no file beside the database.
    """
    place = path.resolve()
    with place.with_name(f"{place.name}.lock").open("ab") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AirplayError(
                f"{path}: another genred is writing this {kind.name}; give each its own {kind.elsewhere}"
            ) from None
        yield
