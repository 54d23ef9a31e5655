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
        return datetime.fromisoformat(f"{parts[1]}T{found[1].replace('-', ':')}").replace(tzinfo=UTC)
    except ValueError:
        return None


def recordings_in(folder: Path) -> Iterator[str]:
    """Gives the names of all recordings in a folder, in no order; of links and other files none."""
    for day in days_in(folder):
        for entry in recordings_of(folder, day):
            yield f"{day}/{entry.name}"


def days_in(folder: Path) -> Iterator[str]:
    """Gives the folders with the days of all stations in a folder, relative to it, in no order; of links none."""
    for station in _entries(folder, folders=True):
        for day in _entries(station.path, folders=True):
            yield f"{station.name}/{day.name}"


def recordings_of(folder: Path, day: str) -> Iterator[os.DirEntry[str]]:
    """Gives the recordings of a day of a station, in no order; of links and other files none."""
    for entry in _entries(f"{folder}/{day}", folders=False):
        if started_at(f"{day}/{entry.name}") is not None:
            yield entry


def _entries(path: str | Path, *, folders: bool) -> list[os.DirEntry[str]]:
    """The folders or the files in a folder, which may be gone."""
    with contextlib.suppress(OSError), os.scandir(path) as entries:
        kind = os.DirEntry.is_dir if folders else os.DirEntry.is_file
        return [entry for entry in entries if kind(entry, follow_symlinks=False)]
    return []
