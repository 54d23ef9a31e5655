"""Puts a log out of the way that cannot be gone on with: what is in it is kept, and a new one can begin."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from genred.airplay.errors import AirplayError

if TYPE_CHECKING:
    from pathlib import Path

_PARTS = ("-wal", "-shm", "")
"""The database's own companions go first: beside a new database an old write-ahead log would be played into it."""


def set_aside(path: Path, why: str, now: datetime | None = None) -> Path:
    """Renames a log and its companions to a name with the date.

    Args:
        path: Of the log.
        why: A word for the name.
        now: For the name; aware.

    Returns:
        The new path.

    Raises:
        AirplayError: It cannot be renamed.
    """
    stamp = (now or datetime.now(UTC)).astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    aside = path.with_name(f"{path.stem}.{why}-{stamp}{path.suffix}")
    number = 1
    while aside.exists():
        number += 1
        aside = path.with_name(f"{path.stem}.{why}-{stamp}-{number}{path.suffix}")
    try:
        for part in _PARTS:
            old = path.with_name(path.name + part)
            if old.exists():
                old.rename(aside.with_name(aside.name + part))
    except OSError as error:
        raise AirplayError(
            f"{path}: it should be set aside but cannot be renamed ({error.strerror or error})"
        ) from error
    return aside
