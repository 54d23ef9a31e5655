"""A way to wake a thread that waits in poll()."""

from __future__ import annotations

import os
import threading
from contextlib import suppress


class Waker:
    """A pipe to itself: `set` from any thread makes `fileno` readable until `clear`."""

    def __init__(self) -> None:
        self._read, self._write = os.pipe()
        os.set_blocking(self._read, False)
        os.set_blocking(self._write, False)
        # A late `set` must not write into whatever file has got the closed pipe's number since.
        self._lock = threading.Lock()
        self._open = True

    def fileno(self) -> int:
        """For poll()."""
        return self._read

    def set(self) -> None:
        """Wakes whoever waits; does nothing after `close`."""
        with self._lock, suppress(BlockingIOError):
            if self._open:
                os.write(self._write, b"\0")

    def clear(self) -> None:
        """Is called by the thread that was woken."""
        with suppress(BlockingIOError):
            while os.read(self._read, 4_096):
                pass

    def close(self) -> None:
        """Is called by the thread that waits, when it no longer does."""
        with self._lock:
            if self._open:
                self._open = False
                os.close(self._read)
                os.close(self._write)
