"""How much of something is allowed: so many at once, and then so many a second."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Allowance:
    """A token bucket; of one thread alone.

    Args:
        burst: Allowed at once.
        per_s: Allowed in the long run.
        clock: Monotonic seconds.
    """

    def __init__(self, burst: int, per_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._burst = float(burst)
        self._per_s = per_s
        self._clock = clock
        self._tokens = self._burst
        self._at_s = clock()

    def take(self) -> bool:
        """Takes one; False where none is left now."""
        if self.wait_s() > 0.0:
            return False
        self._tokens -= 1.0
        return True

    def wait_s(self) -> float:
        """Seconds until there is one; 0 where there is."""
        now_s = self._clock()
        self._tokens = min(self._burst, self._tokens + (now_s - self._at_s) * self._per_s)
        self._at_s = now_s
        return max(0.0, (1.0 - self._tokens) / self._per_s)
