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

REGAIN_SHARE = 1 / 6
"""Audio that flows for this share of `settle_s`, five seconds by default, takes one failure back. So a server that ends
every connection after 15 s of good audio costs a fraction of a second each time, and one that plays for an instant and
hangs up is asked more and more seldom."""

PROMPT_SHARE = 0.25
"""Of the first wait, before the first new attempt after audio that flowed for long enough to take a failure back."""

PERMANENT_AFTER_ATTEMPTS = 6
PERMANENT_AFTER_S = 180.0
"""A 404 or a bad certificate counts as permanent only when it was met at each of so many attempts over such a time.
Mounts are missing for seconds while an encoder reconnects, and servers refuse for seconds when they limit rates."""


class RetryPolicy:
    """Exponential backoff with full jitter, for ever.

    Method: Marc Brooker, "Exponential Backoff and Jitter", AWS Architecture Blog, 2015: waits drawn evenly from
    zero to the ceiling spread the listeners of a server that comes back better than any fixed wait.

    Args:
        config: First and longest wait, and how long audio must flow until the waits begin anew.
        random_source: For tests; a seeded one gives the same waits.

    Attributes:
        attempts: Failures that audio has not made up for since.
    """

    def __init__(self, config: RetryConfig, random_source: random.Random | None = None) -> None:
        self.config = config
        self.attempts = 0
        self._random = random_source or random.Random()  # noqa: S311 - jitter is no secret
        self._has_played = False
        self._credited_at: float | None = None
        self._prompt = False
        self._permanent_failures = 0
        self._permanent_since = 0.0

    def session_opened(self) -> None:
        """A new session begins."""
        self._credited_at = None

    def audio_received(self, now: float) -> None:
        """Audio came.

        Args:
            now: Monotonic time; what counts is for how long audio flows, not how much of it a server sends at once.
        """
        self._has_played = True
        self._permanent_failures = 0
        if self._credited_at is None:
            self._credited_at = now
        regain_s = REGAIN_SHARE * self.config.settle_s
        regained = int((now - self._credited_at) / regain_s)
        if regained:
            self._credited_at += regained * regain_s
            self.attempts = max(0, self.attempts - regained)
            self._prompt = True

    def ceiling_s(self) -> float:
        """The longest that the next wait can be."""
        # Limited before it is raised to a power: after a year of failures the power would overflow.
        growth = GROWTH ** min(self.attempts, 64)
        share = PROMPT_SHARE if self._prompt and not self.attempts else 1.0
        return min(self.config.longest_wait_s, self.config.first_wait_s * growth * share)

    def next_wait_s(self, now: float, *, permanent: bool = False) -> float:
        """Counts a failure and draws the wait before the next attempt.

        Args:
            now: Monotonic time of the failure.
            permanent: The fault is of a kind that usually stays until somebody changes something. If it is met at each
                attempt for a while, by a source that never played, the wait is from the upper half of the longest.
        """
        hopeless = self._is_hopeless(now, permanent=permanent)
        ceiling_s = self.config.longest_wait_s if hopeless else self.ceiling_s()
        self.attempts += 1
        self._prompt = False
        return self._random.uniform((0.5 if hopeless else LEAST_SHARE) * ceiling_s, ceiling_s)

    def _is_hopeless(self, now: float, *, permanent: bool) -> bool:
        if self._has_played or not permanent:
            self._permanent_failures = 0
            return False
        if not self._permanent_failures:
            self._permanent_since = now
        self._permanent_failures += 1
        lasted_s = now - self._permanent_since
        return self._permanent_failures >= PERMANENT_AFTER_ATTEMPTS and lasted_s >= PERMANENT_AFTER_S
