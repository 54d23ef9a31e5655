"""How long to wait before a lost source is opened again."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from genred.config.schema import RetryConfig

GROWTH = 2.0
"""Each wait may be so many times as long as the one before."""

LEAST_SHARE = 0.1
"""Full jitter draws from 0 on; a tenth at least keeps a refusing server from being asked at once again."""


class Backoff:
    """Exponential backoff with full jitter, for ever.

    Method: Marc Brooker, "Exponential Backoff and Jitter", AWS Architecture Blog, 2015: waits drawn evenly from
    zero to the ceiling spread the listeners of a server that comes back better than any fixed wait.

    Args:
        config: First and longest wait, and how long audio must flow until the waits begin anew.
        random_source: For tests; a seeded one gives the same waits.

    Attributes:
        attempts: Failures since audio last flowed for `settle_s`.
    """

    def __init__(self, config: RetryConfig, random_source: random.Random | None = None) -> None:
        self.config = config
        self.attempts = 0
        self._random = random_source or random.Random()  # noqa: S311 - jitter is no secret
        self._flowing_since: float | None = None

    def opened(self) -> None:
        """A new session begins."""
        self._flowing_since = None

    def heard(self, now: float) -> None:
        """Audio came."""
        if self._flowing_since is None:
            self._flowing_since = now
        if now - self._flowing_since >= self.config.settle_s:
            self.attempts = 0

    def ceiling_s(self, *, permanent: bool = False) -> float:
        """The longest that the next wait can be."""
        if permanent:
            return self.config.longest_wait_s
        # Limited before it is raised to a power: after a year of failures the power would overflow.
        growth = GROWTH ** min(self.attempts, 64)
        return min(self.config.longest_wait_s, self.config.first_wait_s * growth)

    def wait_s(self, *, permanent: bool = False) -> float:
        """Counts a failure and draws the wait before the next attempt.

        Args:
            permanent: An immediate retry is pointless, so the wait is of the longest: drawn from its upper half.
        """
        ceiling_s = self.ceiling_s(permanent=permanent)
        self.attempts += 1
        if permanent:
            return self._random.uniform(ceiling_s / 2, ceiling_s)
        return self._random.uniform(LEAST_SHARE * ceiling_s, ceiling_s)
