"""A wait that any thread, and a signal handler too, can end early."""

from __future__ import annotations

import contextlib
import queue


class Alarm:
    """Wakes one waiting thread; several calls before it wakes count as one."""

    def __init__(self) -> None:
        # SimpleQueue.put may be called from a signal handler that interrupts a get; Event.set could lock up there.
        self._rings: queue.SimpleQueue[None] = queue.SimpleQueue()

    def ring(self) -> None:
        """Ends the present wait, or the next one at once."""
        self._rings.put(None)

    def wait(self, seconds: float) -> None:
        """Waits so long at most."""
        with contextlib.suppress(queue.Empty):
            self._rings.get(timeout=seconds)
            while True:
                self._rings.get_nowait()
