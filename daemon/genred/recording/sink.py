"""The file that a recording is written to: locked while it is, and never left with half a write at its end."""

from __future__ import annotations

import contextlib
import errno
import os
from typing import TYPE_CHECKING

from genred.file_lock import try_lock
from genred.recording.paths import FILE_MODE, FOLDER_MODE, names_for

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

_TRIES = 3
"""An empty folder of a day that has passed may be deleted while a file is made in it."""


_NOT_SYNCED = frozenset({errno.EINVAL, errno.EROFS, errno.ENOSYS})
"""What file systems say that have no such thing."""


class Sink:
    """An open file for FFmpeg to write to.

    Args:
        folder: Of all recordings.
        name: Relative to it.

    Attributes:
        name: As given.
        size_bytes: Of the file.

    Raises:
        FileExistsError: There is a file of that name.
        OSError: It cannot be made.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self.name = name
        self._path = folder / name
        self.size_bytes = 0
        self._failure: tuple[int, str] | None = None
        for attempt in range(_TRIES):
            _make_folders(folder, self._path.parent)
            try:
                self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, FILE_MODE)
                break
            except FileNotFoundError:
                if attempt == _TRIES - 1:
                    raise
        # Not every file system can; then its age keeps it.
        try_lock(self._descriptor, without_locks=True)

    def write(self, data: bytes) -> int:
        """Writes all of it or, after a failure, nothing ever more; what was written of it is taken back.

        Raises:
            OSError: The disk is full or broken.
        """
        if self._failure is not None:
            # A new one: one that is raised again grows by its way up each time, and keeps what it came through.
            raise OSError(*self._failure)
        start = os.lseek(self._descriptor, 0, os.SEEK_CUR)
        try:
            view = memoryview(data)
            while view:
                view = view[os.write(self._descriptor, view) :]
        except OSError as error:
            self._failure = error.errno or errno.EIO, error.strerror or str(error)
            with contextlib.suppress(OSError):
                os.ftruncate(self._descriptor, max(start, self.size_bytes))
            raise
        self.size_bytes = max(self.size_bytes, start + len(data))
        return len(data)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """As `io.IOBase.seek`."""
        return os.lseek(self._descriptor, offset, whence)

    def tell(self) -> int:
        """As `io.IOBase.tell`."""
        return os.lseek(self._descriptor, 0, os.SEEK_CUR)

    def sync(self) -> None:
        """Waits until what was written is on the disk; may be called by another thread, also after the release.

        Raises:
            OSError: The disk is broken.
        """
        try:
            # The number of a file that was released meanwhile may be another file's, to which this does no harm.
            descriptor = os.dup(self._descriptor)
        except OSError:
            return
        try:
            os.fdatasync(descriptor)
        except OSError as error:
            if error.errno not in _NOT_SYNCED:
                raise
        finally:
            os.close(descriptor)

    def release(self) -> None:
        """Closes the file and gives up its lock. Not called `close`, which FFmpeg would call by itself."""
        with contextlib.suppress(OSError):
            os.close(self._descriptor)

    def discard(self) -> None:
        """Deletes the file, in which nothing is."""
        with contextlib.suppress(OSError):
            self._path.unlink()
        self.release()


def create(folder: Path, station: str, started_at: datetime) -> Sink:
    """Makes a new file for a station.

    Raises:
        OSError: It cannot be made.
    """
    for name in names_for(station, started_at):
        try:
            return Sink(folder, name)
        except FileExistsError:
            continue
    raise FileExistsError(f"{folder}: there are too many recordings of {station} that began at {started_at}")


def is_being_written(path: Path) -> bool:
    """Says whether some process has a sink at a path; False where that cannot be known."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        return not try_lock(descriptor, without_locks=True)
    finally:
        os.close(descriptor)


def _make_folders(folder: Path, path: Path) -> None:
    """Makes a folder below another one with all between; `Path.mkdir` gives its mode to the last of them only."""
    folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    missing = [path, *path.parents]
    for one in reversed(missing[: missing.index(folder)]):
        one.mkdir(mode=FOLDER_MODE, exist_ok=True)
