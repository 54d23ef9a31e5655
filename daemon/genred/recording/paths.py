"""The names of recordings: `STATION/2026-11-29/12-00-00Z.mka`."""

from __future__ import annotations

import contextlib
import os
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SUFFIX = ".mka"

FOLDER_MODE = 0o750
FILE_MODE = 0o640

_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_TIME = re.compile(rf"(\d\d-\d\d-\d\d)Z(?:-\d{{1,6}})?{re.escape(SUFFIX)}", re.ASCII)


def station_folder(station: str) -> str:
    """Gives the name of a station's folder, whatever its id is made of; `station_of` gives the id back."""
    name = quote(station, safe="")
    # What quoting leaves alone, and a file system takes for something else.
    return name.replace(".", "%2E") if not name.strip(".") else name


def station_of(folder: str) -> str:
    """Gives the id of the station whose folder it is."""
    return unquote(folder)


def names_for(station: str, started_at: datetime) -> Iterator[str]:
    """Gives names for a recording that begins at a time, relative to the folder of all; the first is as it should be.

    The others are for clocks that were set back.
    """
    utc = started_at.astimezone(UTC)
    start = f"{station_folder(station)}/{utc:%Y-%m-%d}/{utc:%H-%M-%S}Z"
    yield start + SUFFIX
    for number in range(2, 1_000):
        yield f"{start}-{number}{SUFFIX}"


def started_at(relative: str) -> datetime | None:
    """Gives the time that a recording's name says, in whole seconds; None for what is no recording of ours."""
    parts = relative.split("/")
    if len(parts) != 3 or not _DATE.fullmatch(parts[1]):
        return None
    found = _TIME.fullmatch(parts[2])
    if found is None:
        return None
    try:
        return datetime.strptime(f"{parts[1]} {found[1]}", "%Y-%m-%d %H-%M-%S").replace(tzinfo=UTC)
    except ValueError:
        return None


def recordings_in(folder: Path) -> Iterator[str]:
    """Gives the names of all recordings in a folder, in no order; of links and other files none."""
    for station in _names(folder, folders=True):
        for date in _names(folder / station, folders=True):
            for file in _names(folder / station / date, folders=False):
                name = f"{station}/{date}/{file}"
                if started_at(name) is not None:
                    yield name


def _names(path: Path, *, folders: bool) -> list[str]:
    """Names of the folders or of the files in a folder, which may be gone."""
    with contextlib.suppress(OSError), os.scandir(path) as entries:
        kind = os.DirEntry.is_dir if folders else os.DirEntry.is_file
        return [entry.name for entry in entries if kind(entry, follow_symlinks=False)]
    return []
