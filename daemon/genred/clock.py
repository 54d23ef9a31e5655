"""The time, as something that tests can put in the place of the real one."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """A monotonic time for durations and a wall time for people."""

    def monotonic(self) -> float:
        """Seconds since some moment; never set back."""

    def utc(self, moment: float) -> datetime:
        """The wall time, aware, of a moment on the monotonic scale, as the wall clock stands now."""


class SystemClock:
    """The machine's clocks.

    A board without a battery has its wall clock set minutes after the start; durations, which are taken from the
    monotonic clock, do not jump with it.
    """

    def monotonic(self) -> float:
        """Seconds since some moment; never set back."""
        return time.monotonic()

    def utc(self, moment: float) -> datetime:
        """The wall time, aware, of a moment on the monotonic scale, as the wall clock stands now."""
        return datetime.now(UTC) - timedelta(seconds=time.monotonic() - moment)


SYSTEM_CLOCK = SystemClock()
