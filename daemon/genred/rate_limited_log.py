"""Warnings of which anyone on the network can cause as many as they like."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable

_SPAN_S = 3_600.0
"""After a warning, so long only counts: the journal of a Pi is on its SD card."""


class SparingWarnings:
    """Warns of the first of a kind, says the following ones at debug level, and sums them up once an hour.

    Args:
        logger: Where it is said.
        clock: Seconds that only grow.
    """

    def __init__(self, logger: logging.Logger, clock: Callable[[], float] = time.monotonic) -> None:
        self._logger = logger
        self._clock = clock
        self._lock = threading.Lock()
        self._warned_at_s: float | None = None
        self._unsaid = 0
        self._last = ""

    def warn(self, text: str, *, with_traceback: bool = False) -> None:
        """Says a warning, or counts it; from any thread.

        Args:
            text: The whole warning.
            with_traceback: Whether the exception being handled is shown with it.
        """
        self.sum_up()
        with self._lock:
            is_first = self._warned_at_s is None
            if is_first:
                self._warned_at_s = self._clock()
            else:
                self._unsaid += 1
                self._last = text
        say = self._logger.warning if is_first else self._logger.debug
        say("%s", text, exc_info=with_traceback)

    def sum_up(self) -> None:
        """Says how many were not said, when the time has come; to be called now and then."""
        with self._lock:
            if self._warned_at_s is None or self._clock() - self._warned_at_s < _SPAN_S:
                return
            unsaid, last = self._unsaid, self._last
            self._unsaid = 0
            # The hour after a summary is another one of counting; one without anything ends it.
            self._warned_at_s = self._clock() if unsaid else None
        if unsaid:
            self._logger.warning("%d more like it since; the last: %s", unsaid, last)
