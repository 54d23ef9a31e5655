"""The time: an instant on both clocks of the machine, and a clock that tests can put in the place of the real one."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

READINGS = 4
HELD_UP_S = 0.001


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant of one run of the daemon.

    Attributes:
        monotonic_s: On the monotonic clock; only differences within one run mean anything.
        utc: On the wall clock as it stood when this was made; aware. A board without a battery has its wall clock set
            minutes after the start, so two of these may be in any order.
        run: Id of the daemon's start, so that nobody takes the difference of two runs.
    """

    monotonic_s: float
    utc: datetime
    run: str

    def seconds_since(self, earlier: Moment) -> float:
        """Gives the seconds from an earlier moment of the same run to this one, 0 at least.

        Raises:
            ValueError: The moments are of two runs; their monotonic times cannot be compared.
        """
        if self.run != earlier.run:
            raise ValueError(f"moments of the runs {earlier.run!r} and {self.run!r} have no common monotonic time")
        return max(0.0, self.monotonic_s - earlier.monotonic_s)

    def on_this_clock(self, monotonic_s: float) -> Moment:
        """Gives another instant of this run, its wall time by the wall clock as it stood for this one.

        Two instants of one event are exactly as far apart on the wall clock as they are on the monotonic one.
        """
        return Moment(monotonic_s, self.utc + timedelta(seconds=monotonic_s - self.monotonic_s), self.run)


class Clock(Protocol):
    """A monotonic time for durations and a wall time for people."""

    @property
    def run(self) -> str:
        """Id of the daemon's start."""

    def monotonic(self) -> float:
        """Seconds since some moment; never set back."""

    def moment(self, monotonic_s: float) -> Moment:
        """Gives the instant at a time of the monotonic clock, its wall time as the wall clock stands now."""

    def timeout_s(self, seconds: float) -> float:
        """Gives the real seconds after which a thread that waits so many of this clock's looks at it again."""


class SystemClock:
    """The machine's clocks.

    Durations are taken from the monotonic clock and do not jump when the wall clock is set.

    Args:
        run: Id of the daemon's start; a fresh one by default.
    """

    def __init__(self, run: str | None = None) -> None:
        self._run = run or secrets.token_hex(4)

    @property
    def run(self) -> str:
        """Id of the daemon's start."""
        return self._run

    def monotonic(self) -> float:
        """Seconds since some moment; never set back."""
        return time.monotonic()

    def moment(self, monotonic_s: float) -> Moment:
        """Gives the instant at a time of the monotonic clock, its wall time as the wall clock stands now."""
        utc, read_at = _clocks()
        return Moment(monotonic_s, utc - timedelta(seconds=read_at - monotonic_s), self._run)

    def timeout_s(self, seconds: float) -> float:
        """Gives the seconds as they are, 0 at least."""
        return max(0.0, seconds)

    def now(self) -> Moment:
        """Gives the present instant."""
        return self.moment(time.monotonic())


def _clocks() -> tuple[datetime, float]:
    """Reads both clocks at one instant: again, a few times, where the thread was held up between the two."""
    for _ in range(READINGS):
        before, utc, after = time.monotonic(), datetime.now(UTC), time.monotonic()
        if after - before < HELD_UP_S:
            break
    return utc, after


SYSTEM_CLOCK = SystemClock()
"""The clock of this process."""
