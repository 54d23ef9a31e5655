"""Deletes recordings that are too old or too many, a few at a time, and never one that is being written."""

from __future__ import annotations

import contextlib
import heapq
import logging
import threading
import time
from typing import TYPE_CHECKING, NamedTuple

from genred.breaks import Breaks
from genred.errors import ConfigError
from genred.recording.paths import days_in, recordings_of
from genred.recording.settings import folder_of
from genred.recording.sink import is_being_written

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
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


SETTLED_AFTER_S = 7_200.0
"""A recording is of an hour at most: in a folder that is older, none is being written any more."""


class _Found(NamedTuple):
    written_at: float
    name: str
    size_bytes: int


class _Day(NamedTuple):
    """A folder with recordings of a day, as it was looked at last.

    Attributes:
        changed_ns: When something last came or went in it.
        oldest_at: When the oldest of them was written to last; None where there is none.
        size_bytes: Of all.
        is_settled: Whether nothing was written to it for long: then only what comes or goes can change it.
    """

    changed_ns: int
    oldest_at: float | None
    size_bytes: int
    is_settled: bool


class Retention:
    """Deletes the oldest recordings of a folder, whatever station they are of.

    What it found in the folders of past days it keeps: months of many stations are tens of thousands of files, which
    take seconds to look at.

    Args:
        folder: Of all recordings.
        keep_s: What ended so long ago is deleted; None for no such bound.
        at_most_bytes: What all together may have; None for no such bound.
        take_break: Called after each folder; says whether the sweep is to end.
    """

    def __init__(
        self,
        folder: Path,
        keep_s: float | None,
        at_most_bytes: int | None,
        take_break: Callable[[], bool] = lambda: False,
    ) -> None:
        self._folder = folder
        self._keep_s = keep_s
        self._at_most_bytes = at_most_bytes
        self._take_break = take_break
        self._days: dict[str, _Day] = {}

    def sweep(self, now_s: float) -> bool:
        """Deletes a few.

        Args:
            now_s: The wall clock, seconds since the epoch.

        Returns:
            Whether there is more to delete.
        """
        if (self._keep_s is None and self._at_most_bytes is None) or not self._look(now_s):
            return False
        size_bytes = sum(day.size_bytes for day in self._days.values())
        # A day stands for its files until it is its turn: in order, with few folders to look into again.
        found = [_Found(day.oldest_at, name, 0) for name, day in self._days.items() if day.oldest_at is not None]
        heapq.heapify(found)
        deleted = 0
        while found:
            one = heapq.heappop(found)
            too_old = self._keep_s is not None and one.written_at < now_s - self._keep_s
            too_many = self._at_most_bytes is not None and size_bytes > self._at_most_bytes
            if not (too_old or too_many):
                break
            if one.name in self._days:
                for file in self._files(one.name):
                    heapq.heappush(found, file)
                continue
            if now_s - one.written_at < LEAST_AGE_S or is_being_written(self._folder / one.name):
                continue
            if deleted == MOST_AT_ONCE:
                return True
            if self._delete(one.name):
                deleted += 1
                size_bytes -= one.size_bytes
        return False

    def _look(self, now_s: float) -> bool:
        """Finds out what there is; whether it came to an end."""
        days: dict[str, _Day] = {}
        for name in days_in(self._folder):
            with contextlib.suppress(OSError):
                changed_ns = (self._folder / name).lstat().st_mtime_ns
                known = self._days.get(name)
                if known is not None and known.is_settled and known.changed_ns == changed_ns:
                    days[name] = known
                    continue
                days[name] = self._day(name, changed_ns, now_s)
                if self._take_break():
                    return False
        self._days = days
        return True

    def _day(self, name: str, changed_ns: int, now_s: float) -> _Day:
        files = list(self._files(name))
        written_at = [file.written_at for file in files]
        return _Day(
            changed_ns=changed_ns,
            oldest_at=min(written_at, default=None),
            size_bytes=sum(file.size_bytes for file in files),
            is_settled=max(written_at, default=0.0) < now_s - SETTLED_AFTER_S
            and changed_ns / 1e9 < now_s - SETTLED_AFTER_S,
        )

    def _files(self, day: str) -> Iterator[_Found]:
        for entry in recordings_of(self._folder, day):
            with contextlib.suppress(OSError):
                status = entry.stat(follow_symlinks=False)
                yield _Found(status.st_mtime, f"{day}/{entry.name}", status.st_size)

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
        self._breaks = Breaks(self._closed)
        self._bounds: tuple[Path, float | None, int | None] | None = None
        self._retention: Retention | None = None
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
                more = self._sweep(self._config)
            except Exception:
                # Whatever it is, the next sweep may go well.
                _LOGGER.exception("old recordings cannot be searched")
                more = False
            wait_s = GO_ON_AFTER_S if more else SWEEP_EVERY_S

    def _sweep(self, config: RecordingConfig) -> bool:
        try:
            bounds = folder_of(config), config.keep, config.at_most
        except ConfigError:
            return False  # without a folder nothing was recorded
        if self._retention is None or bounds != self._bounds:
            self._bounds, self._retention = bounds, Retention(*bounds, self._breaks.take)
        self._breaks.begin()
        return self._retention.sweep(time.time())
