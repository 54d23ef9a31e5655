"""What PyAV reads from in the place of a file, when reading may fail.

An exception in there goes through FFmpeg, which may go on calling: of a second one PyAV writes the traceback to
standard error, and what is raised in the end may be either. And PyAV keeps the exception by thread, where another
station's fiber could come upon it. So the first fault is the last call that does anything.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

_Result = TypeVar("_Result")


class AvFile:
    """Reads, and after a fault is at its end.

    Args:
        read: Gives up to so many bytes, none at the end; may raise anything.
    """

    def __init__(self, read: Callable[[int], bytes]) -> None:
        self._read = read
        self._has_failed = False

    def read(self, size: int) -> bytes:
        """Gives up to so many bytes; none at the end, and after a fault."""
        return self._call(lambda: self._read(size), b"")

    def _call(self, call: Callable[[], _Result], otherwise: _Result) -> _Result:
        if self._has_failed:
            return otherwise
        try:
            return call()
        except BaseException:
            self._has_failed = True
            raise


class SeekableAvFile(AvFile):
    """The same for what can be read at any place.

    Args:
        read: As before.
        seek: Goes to a place, as that of `io.IOBase`.
        tell: Gives the place.
    """

    def __init__(self, read: Callable[[int], bytes], seek: Callable[[int, int], int], tell: Callable[[], int]) -> None:
        super().__init__(read)
        self._seek = seek
        self.tell = tell

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Goes to a place and gives it; stays where it is after a fault."""
        return self._call(lambda: self._seek(offset, whence), self.tell())
