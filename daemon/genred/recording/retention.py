"""Deletes recordings that are too old or too many, a few at a time, and never one that is being written."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from typing import TYPE_CHECKING, NamedTuple

from genred.errors import ConfigError
from genred.recording.paths import recordings_in
from genred.recording.settings import folder_of
from genred.recording.sink import is_being_written

if TYPE_CHECKING:
    from pathlib import Path

    from genred.config.schema import RecordingConfig

_LOGGER = logging.getLogger(__name__)

MOST_AT_ONCE = 20
"""Files that are deleted in one go; of a large one an SD card has to write much."""

SWEEP_EVERY_S = 60.0
GO_ON_AFTER_S = 1.0
"""Where more is to be deleted than at once."""

LEAST_AGE_S = 60.0
"""What was written to a moment ago is never deleted: not every file system tells who has a file open."""


class _Found(NamedTuple):
    written_at: float
    name: str
    size_bytes: int


class Retention:
    """Deletes the oldest recordings of a folder, whatever station they are of.

    Args:
        folder: Of all recordings.
        keep_s: What ended so long ago is deleted; None for no such bound.
        at_most_bytes: What all together may have; None for no such bound.
    """

    def __init__(self, folder: Path, keep_s: float | None, at_most_bytes: int | None) -> None:
        self._folder = folder
        self._keep_s = keep_s
        self._at_most_bytes = at_most_bytes

    def sweep(self, now_s: float) -> bool:
        """Deletes a few.

        Args:
            now_s: The wall clock, seconds since the epoch.

        Returns:
            Whether there is more to delete.
        """
        found = sorted(self._find())
        size_bytes = sum(one.size_bytes for one in found)
        deleted = 0
        for one in found:
            too_old = self._keep_s is not None and one.written_at < now_s - self._keep_s
            too_many = self._at_most_bytes is not None and size_bytes > self._at_most_bytes
            if not (too_old or too_many):
                break
            if now_s - one.written_at < LEAST_AGE_S or is_being_written(self._folder / one.name):
                continue
            if deleted == MOST_AT_ONCE:
                return True
            if self._delete(one.name):
                deleted += 1
                size_bytes -= one.size_bytes
        return False

    def _find(self) -> list[_Found]:
        found = []
        for name in recordings_in(self._folder):
            with contextlib.suppress(OSError):
                status = (self._folder / name).lstat()
                found.append(_Found(status.st_mtime, name, status.st_size))
        return found

    def _delete(self, name: str) -> bool:
        path = self._folder / name
        try:
            path.unlink()
        except OSError as error:
            _LOGGER.debug("%s: cannot be deleted: %s", path, error)
            return False
        with contextlib.suppress(OSError):  # of a day, then of a station, in which others are
            path.parent.rmdir()
            path.parent.parent.rmdir()
        return True


class Keeper:
    """Sweeps a folder now and then, in a thread of its own.

    Args:
        config: Of recordings.
    """

    def __init__(self, config: RecordingConfig) -> None:
        self._closed = threading.Event()
        self._config = config
        self._thread = threading.Thread(target=self._run, name="genred-recordings", daemon=True)

    def start(self) -> None:
        """Begins."""
        self._thread.start()

    def configure(self, config: RecordingConfig) -> None:
        """Takes other bounds, or another folder."""
        self._config = config

    def close(self) -> None:
        """Ends the thread, unless the disk hangs."""
        self._closed.set()
        self._thread.join(GO_ON_AFTER_S)

    def _run(self) -> None:
        wait_s = GO_ON_AFTER_S
        while not self._closed.wait(wait_s):
            try:
                more = _sweep(self._config)
            except Exception:
                # Whatever it is, the next sweep may go well.
                _LOGGER.exception("old recordings cannot be searched")
                more = False
            wait_s = GO_ON_AFTER_S if more else SWEEP_EVERY_S


def _sweep(config: RecordingConfig) -> bool:
    try:
        folder = folder_of(config)
    except ConfigError:
        return False  # without a folder nothing was recorded
    return Retention(folder, config.keep, config.at_most).sweep(time.time())
