"""How long to wait before the next attempt at the broker."""

from __future__ import annotations

import random
from dataclasses import dataclass

_JITTER = 0.5
"""Waits are shortened by up to this share, so that many clients do not come back to a broker in one moment."""


@dataclass(frozen=True, slots=True)
class Pace:
    """The waits of a connection.

    Attributes:
        first_wait_s: Before the second attempt; doubled with each.
        longest_wait_s: Never longer than this. A minute: a restarted broker should not be without us for longer.
        refused_wait_s: After wrong credentials. They seldom heal by themselves, and a broker may ban who insists.
        settle_s: A connection must hold for so long before the waits begin anew.
        connect_timeout_s: For connection, TLS and the broker's answer, each.
        acknowledge_timeout_s: For the broker's acknowledgement of a message.
        close_timeout_s: For saying goodbye.
    """

    first_wait_s: float = 1.0
    longest_wait_s: float = 60.0
    refused_wait_s: float = 60.0
    settle_s: float = 10.0
    connect_timeout_s: float = 5.0
    acknowledge_timeout_s: float = 30.0
    close_timeout_s: float = 1.5


class Backoff:
    """Exponential waits with jitter."""

    def __init__(self, pace: Pace, randomness: random.Random | None = None) -> None:
        self._pace = pace
        self._randomness = randomness or random.Random()  # noqa: S311 - jitter is no secret
        self._attempts = 0

    @property
    def attempts(self) -> int:
        """Failed attempts since the last settled connection."""
        return self._attempts

    def next_wait_s(self) -> float:
        """The wait after a failed attempt or a lost connection."""
        whole = min(self._pace.longest_wait_s, self._pace.first_wait_s * 2.0 ** min(self._attempts, 30))
        self._attempts += 1
        return self._jittered(whole)

    def refused_wait_s(self) -> float:
        """The wait after wrong credentials."""
        self._attempts += 1
        return self._jittered(self._pace.refused_wait_s)

    def settle(self) -> None:
        """A connection has held: the waits begin anew."""
        self._attempts = 0

    def _jittered(self, whole_s: float) -> float:
        return whole_s * (1.0 - _JITTER * self._randomness.random())
