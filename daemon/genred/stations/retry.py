"""How long to wait before a lost source is opened again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genred.backoff import Backoff

if TYPE_CHECKING:
    import random

    from genred.config.schema import RetryConfig

LEAST_SHARE = 0.1
"""Full jitter draws from 0 on; a tenth at least keeps a refusing server from being asked at once again."""

REGAIN_SHARE = 1 / 6
"""Audio that flows for this share of `settle_s`, five seconds by default, takes one failure back. So a server that ends
every connection after 15 s of good audio costs a fraction of a second each time, and one that plays for an instant and
hangs up is asked more and more seldom."""

PROMPT_SHARE = 0.25
"""Of the first wait, before the first new attempt after audio that flowed for long enough to take a failure back."""

ASKED_JITTER_SHARE = 0.1
"""Of a wait that the server asked for, so much is added at most."""

PERMANENT_AFTER_ATTEMPTS = 6
PERMANENT_AFTER_S = 180.0
"""A 404 or a bad certificate counts as permanent only when it was met at each of so many attempts over such a time.
Mounts are missing for seconds while an encoder reconnects, and servers refuse for seconds when they limit rates."""


class RetryPolicy:
    """Exponential backoff with full jitter, for ever; audio that flows takes failures back.

    Args:
        config: First and longest wait, and how long audio must flow until the waits begin anew.
        random_source: For tests; a seeded one gives the same waits.

    """

    def __init__(self, config: RetryConfig, random_source: random.Random | None = None) -> None:
        self._settle_s = config.settle_s
        self.backoff = Backoff(
            config.first_wait_s, config.longest_wait_s, least_share=LEAST_SHARE, random_source=random_source
        )
        self._has_played = False
        self._credited_at: float | None = None
        self._prompt = False
        self._permanent_failures = 0
        self._permanent_since = 0.0

    @property
    def attempts(self) -> int:
        """Failures that audio has not made up for since."""
        return self.backoff.attempts

    def configure(self, config: RetryConfig) -> None:
        """Changes the waits, from the next failure on."""
        self._settle_s = config.settle_s
        self.backoff.first_s, self.backoff.longest_s = config.first_wait_s, config.longest_wait_s

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
        regain_s = REGAIN_SHARE * self._settle_s
        regained = int((now - self._credited_at) / regain_s)
        if regained:
            self._credited_at += regained * regain_s
            self.backoff.succeed(regained)
            self._prompt = True

    def ceiling_s(self) -> float:
        """The longest that the next wait can be."""
        return self.backoff.ceiling_s() * (PROMPT_SHARE if self._prompt and not self.attempts else 1.0)

    def next_wait_s(
        self,
        now: float,
        *,
        permanent: bool = False,
        not_before_s: float | None = None,
        within_s: float | None = None,
    ) -> float:
        """Counts a failure and draws the wait before the next attempt.

        Args:
            now: Monotonic time of the failure.
            permanent: The fault is of a kind that usually stays until somebody changes something. If it is met at each
                attempt for a while, by a source that never played, the wait is from the upper half of the longest.
            not_before_s: The server asks for so long a wait (`Retry-After`); it gets it, up to the longest wait.
            within_s: No longer than this is waited.
        """
        hopeless = self._is_hopeless(now, permanent=permanent)
        ceiling_s = self.backoff.longest_s if hopeless else self.ceiling_s()
        if within_s is not None:
            ceiling_s = min(ceiling_s, within_s)
        self._prompt = False
        wait_s = self.backoff.next_wait_s(ceiling_s, least_share=0.5 if hopeless else LEAST_SHARE)
        if not_before_s is None:
            return wait_s
        # All listeners were told the same; what was drawn keeps them apart.
        asked_s = min(not_before_s, self.backoff.longest_s)
        return max(wait_s, min(asked_s + min(wait_s, ASKED_JITTER_SHARE * asked_s), self.backoff.longest_s))

    def _is_hopeless(self, now: float, *, permanent: bool) -> bool:
        if self._has_played or not permanent:
            self._permanent_failures = 0
            return False
        if not self._permanent_failures:
            self._permanent_since = now
        self._permanent_failures += 1
        lasted_s = now - self._permanent_since
        return self._permanent_failures >= PERMANENT_AFTER_ATTEMPTS and lasted_s >= PERMANENT_AFTER_S
