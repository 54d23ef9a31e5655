"""A clock that stands still until it is told to go on, and a source that gives what it is told to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from genred.clock import Moment

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
RUN = "a run"

LOOK_EVERY_S = 0.01
"""Real seconds after which a thread that waits for virtual time looks at it again."""


class VirtualClock:
    """Seconds since `EPOCH`; the wall clock can be stepped apart from the monotonic one."""

    def __init__(self, now: float = 1_000.0) -> None:
        self.now = now
        self.stepped_s = 0.0

    def monotonic(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        """Lets time pass; whoever waits for it notices within `LOOK_EVERY_S`."""
        self.now += seconds

    def timeout_s(self, seconds: float) -> float:
        return min(max(0.0, seconds), LOOK_EVERY_S)

    def moment(self, monotonic_s: float) -> Moment:
        return Moment(monotonic_s, EPOCH + timedelta(seconds=monotonic_s + self.stepped_s), RUN)
