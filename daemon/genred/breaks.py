"""Breaks in what a thread has to do beside the analysis: what it does at a stretch makes all stations late."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import threading

REST = 9.0
"""So many times as long as was worked. Threads of a process share the interpreter's lock, and one that computes without
a break takes more than half of it from a worker, which gives it up with every block that it decodes."""


class Breaks:
    """Rests after each piece of work, in proportion to it.

    Args:
        closing: Ends a rest at once when it is set.
    """

    def __init__(self, closing: threading.Event) -> None:
        self._closing = closing
        self._since_s = time.monotonic()

    def begin(self) -> None:
        """Begins to work."""
        self._since_s = time.monotonic()

    def take(self) -> bool:
        """Rests for what was worked since the beginning or the last rest.

        Returns:
            Whether the thread is to end.
        """
        is_closing = self._closing.wait(REST * (time.monotonic() - self._since_s))
        self.begin()
        return is_closing
