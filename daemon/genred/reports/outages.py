"""Time that was not analysed: gaps and offline entries, which overlap, made into outages, which do not."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from genred.cause import Cause
from genred.reports.hours import utc
from genred.reports.longest import Longest
from genred.reports.pieces import TOUCHING_S
from genred.reports.structure import SECONDS_DECIMALS, Figures

if TYPE_CHECKING:
    from collections.abc import Callable

LISTED = 50
"""So many are listed, the longest; `genred airplay --state offline` lists all that were long."""

_NO_TIME = frozenset({Cause.CLOCK_STEP})
"""Nothing was missed where the wall clock was set forward."""


class OutageSpan(Figures, frozen=True):
    """A time that was not analysed.

    Attributes:
        started_at: When it began.
        seconds: How long it was.
        causes: Why, the longest first.
    """

    started_at: datetime
    seconds: float
    causes: list[str]


class CauseShare(Figures, frozen=True):
    """What one cause came to.

    Attributes:
        cause: The cause.
        count: In how many outages.
        seconds: For how long.
    """

    cause: str
    count: int
    seconds: float


@dataclass(slots=True)
class _Outage:
    start_s: float
    end_s: float
    seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))

    @property
    def length_s(self) -> float:
        return sum(self.seconds.values())

    @property
    def causes(self) -> list[str]:
        return sorted(self.seconds, key=lambda cause: -self.seconds[cause])


class Outages:
    """Unites what overlaps or touches; each moment counts once, for the first cause that was given for it.

    Args:
        on_outage: Takes start and end of each, in seconds since 1970, and how long it was.
    """

    def __init__(self, on_outage: Callable[[float, float, float], None] | None = None) -> None:
        self.count = 0
        self.seconds = 0.0
        self._on_outage = on_outage
        self._open: _Outage | None = None
        self._longest: Longest[_Outage] = Longest(LISTED)
        self._cause_seconds: dict[str, float] = defaultdict(float)
        self._cause_counts: dict[str, int] = defaultdict(int)

    def add(self, start_s: float, end_s: float, seconds: float, cause: Cause | None) -> None:
        """Takes the next stretch, in order of their beginnings; its seconds are the monotonic clock's."""
        if cause in _NO_TIME:
            return
        outage = self._open
        if outage is None or start_s - outage.end_s > TOUCHING_S:
            self.finish()
            outage = self._open = _Outage(start_s, start_s)
        part_s = max(0.0, end_s - max(start_s, outage.end_s))
        outage.seconds[cause or Cause.FAILED] += part_s * seconds / (end_s - start_s)
        outage.end_s = max(outage.end_s, end_s)

    def finish(self) -> None:
        """Ends the outage that is open."""
        outage, self._open = self._open, None
        if outage is None:
            return
        seconds = outage.length_s
        self.count += 1
        self.seconds += seconds
        self._longest.add(seconds, outage)
        for cause, part_s in outage.seconds.items():
            if part_s > 0:
                self._cause_seconds[cause] += part_s
                self._cause_counts[cause] += 1
        if self._on_outage is not None:
            self._on_outage(outage.start_s, outage.end_s, seconds)

    def longest(self) -> list[OutageSpan]:
        """Gives the longest, in order of time."""
        return [
            OutageSpan(
                started_at=utc(outage.start_s),
                seconds=round(outage.length_s, SECONDS_DECIMALS),
                causes=[str(cause) for cause in outage.causes if outage.seconds[cause] > 0],
            )
            for outage in self._longest.by_time()
        ]

    def by_cause(self) -> list[CauseShare]:
        """Gives what each cause came to, the longest first."""
        return [
            CauseShare(cause=str(cause), count=self._cause_counts[cause], seconds=round(seconds, SECONDS_DECIMALS))
            for cause, seconds in sorted(self._cause_seconds.items(), key=lambda item: (-item[1], item[0]))
        ]
