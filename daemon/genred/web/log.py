"""The airplay log as the pages read it: opened for each request, off the loop, and bounded."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from genred.airplay.errors import AirplayError
from genred.airplay.query import AirplayLog

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class NoLogError(AirplayError):
    """There is no log to read yet."""


@contextmanager
def opened(path: Path | None) -> Iterator[AirplayLog]:
    """Opens the log.

    Raises:
        NoLogError: There is none.
        AirplayError: It cannot be read.
    """
    if path is None or not path.exists():
        raise NoLogError("There is no airplay log yet. It begins with the daemon: airplay.enabled: true.")
    with AirplayLog(path) as log:
        yield log
