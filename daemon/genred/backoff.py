"""Exponential waits with jitter, for whatever comes back by itself: a source, the broker.

Method: Marc Brooker, "Exponential Backoff and Jitter", AWS Architecture Blog, 2015: waits drawn evenly up to a ceiling
spread the clients of a server that comes back better than any fixed wait.
"""

from __future__ import annotations

import random

GROWTH = 2.0
"""Each ceiling is so many times the one before."""

_MOST_DOUBLINGS = 64
"""Limited before it is raised to a power: after a year of failures the power would overflow."""


class Backoff:
    """Draws the wait before each new attempt.

    Args:
        first_s: The first ceiling, in seconds.
        longest_s: No ceiling is higher.
        least_share: Share of its ceiling that a wait has at least; the rest is jitter.
        random_source: For tests; a seeded one gives the same waits.

    Attributes:
        first_s: As given; may be changed.
        longest_s: As given; may be changed.
        attempts: Failures that were not made up for since.
    """

    def __init__(
        self, first_s: float, longest_s: float, *, least_share: float, random_source: random.Random | None = None
    ) -> None:
        self.first_s = first_s
        self.longest_s = longest_s
        self.attempts = 0
        self._least_share = least_share
        self._random = random_source or random.Random()  # noqa: S311 - jitter is no secret

    def ceiling_s(self) -> float:
        """The longest that the next wait can be, in seconds."""
        return min(self.longest_s, self.first_s * GROWTH ** min(self.attempts, _MOST_DOUBLINGS))

    def next_wait_s(self, ceiling_s: float | None = None, *, least_share: float | None = None) -> float:
        """Counts a failure and draws the wait before the next attempt, in seconds.

        Args:
            ceiling_s: In place of the one that follows from the attempts so far.
            least_share: In place of the usual one.
        """
        ceiling_s = self.ceiling_s() if ceiling_s is None else ceiling_s
        self.attempts += 1
        return self._random.uniform(ceiling_s * (self._least_share if least_share is None else least_share), ceiling_s)

    def succeed(self, attempts: int | None = None) -> None:
        """Takes back as many failed attempts; all of them where no number is given."""
        self.attempts = 0 if attempts is None else max(0, self.attempts - attempts)
