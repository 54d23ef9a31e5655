"""Warnings that anyone on the network, or a source that fails all night, can cause as often as they like."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

SUMMARY_EVERY_S = 3_600.0
"""After a warning, so long its like only counts: the journal of a Pi is on its SD card."""

MAX_KINDS = 100
"""Kinds that are remembered; texts that a server words anew each time must not grow the daemon."""


@dataclass(slots=True)
class LogTally:
    """What came since the last summary.

    Attributes:
        counts: Messages of each kind, the logged ones included.
        suppressed: Messages that were only counted.
        last: The last of these.
    """

    counts: Counter[Hashable] = field(default_factory=Counter)
    suppressed: int = 0
    last: str = ""

    def describe(self) -> str | None:
        """The summary in common words; None where nothing was suppressed."""
        return f"{self.suppressed} more like it since then; the last one: {self.last}" if self.suppressed else None


class RateLimitedLog:
    """Warns of the first of each kind, logs the following ones at debug level, and sums them up once an hour.

    Args:
        logger: Where to.
        clock: Monotonic seconds.
        describe: Words a summary; None from it writes none, and makes every kind worth a warning again.
    """

    def __init__(
        self,
        logger: logging.Logger,
        clock: Callable[[], float] = time.monotonic,
        describe: Callable[[LogTally], str | None] = LogTally.describe,
    ) -> None:
        self._logger = logger
        self._clock = clock
        self._describe = describe
        self._lock = threading.Lock()
        self._known: set[Hashable] = set()
        self._tally = LogTally()
        self._counting_since: float | None = None

    def warn(self, text: str, *, kind: Hashable = None, with_traceback: bool = False) -> bool:
        """Logs a warning, or counts it; from any thread.

        Args:
            text: The whole warning.
            kind: What it is about; each kind is warned of once.
            with_traceback: Whether the exception being handled is logged with it.

        Returns:
            Whether it was a warning: the first of its kind.
        """
        self.summarize()
        with self._lock:
            is_first = kind not in self._known
            if is_first and len(self._known) >= MAX_KINDS:
                self._known.clear()
            self._known.add(kind)
            self._tally.counts[kind] += 1
            if self._counting_since is None:
                self._counting_since = self._clock()
            if not is_first:
                self._tally.suppressed += 1
                self._tally.last = text
        self._logger.log(logging.WARNING if is_first else logging.DEBUG, "%s", text, exc_info=with_traceback)
        return is_first

    def summarize(self) -> None:
        """Logs what was only counted, when an hour has passed; to be called now and then."""
        with self._lock:
            if self._counting_since is None or self._clock() - self._counting_since < SUMMARY_EVERY_S:
                return
            tally, self._tally = self._tally, LogTally()
            summary = self._describe(tally)
            # The hour after a summary is another one of counting; one without anything ends it.
            self._counting_since = None if summary is None else self._clock()
            if summary is None:
                self._known.clear()
        if summary is not None:
            self._logger.warning("%s", summary)

    def forget(self) -> None:
        """Makes every kind worth a warning again."""
        with self._lock:
            self._known.clear()
