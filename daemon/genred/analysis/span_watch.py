"""Something that is so only when it has been so for a while, and ends likewise: dead air, clipping, faults."""

from __future__ import annotations


class SpanWatch:
    """Says when a span begins and ends.

    Args:
        start_s: For so long something must be, until it counts.
        end_s: For so long it must not be, until it has ended.

    Attributes:
        on: Whether a span goes on.
        contrary_s: For so long it has been otherwise without counting yet.
    """

    def __init__(self, start_s: float, end_s: float) -> None:
        self._start_s = start_s
        self._end_s = end_s
        self.contrary_s = 0.0
        self.on = False

    def update(self, seconds: float, *, holds: bool) -> float | None:
        """Takes whether it is so for the next seconds.

        Returns:
            At a change, for how many seconds it has been so already; else None.
        """
        if holds is self.on:
            self.contrary_s = 0.0
            return None
        self.contrary_s += seconds
        # Steps are whole hops, so five steps of "a second" last 4.99 s: half a step of grace.
        if self.contrary_s < (self._end_s if self.on else self._start_s) - seconds / 2:
            return None
        self.on = holds
        lasted_s, self.contrary_s = self.contrary_s, 0.0
        return lasted_s

    def reset(self) -> None:
        """Forgets, as after a gap."""
        self.on, self.contrary_s = False, 0.0
