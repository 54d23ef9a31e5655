"""How often somebody may do something: a bucket of tokens for each visitor, and one for all."""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_VISITORS = 10_000
"""Remembered; who came longest ago is forgotten first."""


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at_s: float


class VisitAllowance:
    """Allows so many at once, and then so many a second.

    Args:
        burst: At once.
        per_s: Afterwards.
        clock: Monotonic seconds.
    """

    def __init__(self, burst: float, per_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._burst = burst
        self._per_s = per_s
        self._clock = clock
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def take(self, visitor: str) -> float:
        """Takes one. Returns 0 where it is allowed, else the seconds until the next one would be."""
        now_s = self._clock()
        bucket = self._buckets.pop(visitor, None) or _Bucket(self._burst, now_s)
        bucket.tokens = min(self._burst, bucket.tokens + (now_s - bucket.at_s) * self._per_s)
        bucket.at_s = now_s
        self._buckets[visitor] = bucket
        if len(self._buckets) > MAX_VISITORS:
            self._buckets.popitem(last=False)
        if bucket.tokens < 1.0:
            return (1.0 - bucket.tokens) / self._per_s
        bucket.tokens -= 1.0
        return 0.0
