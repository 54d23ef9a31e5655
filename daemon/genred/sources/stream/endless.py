"""Tells a programme without an end from a file behind an address, where the whole of a file is wanted."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from genred.cause import Cause
from genred.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Callable

    from genred.sources.http.response import Response

SETTLE_S = 10.0
"""For so long a live server may send in advance."""

JUDGED_S = 20.0
"""So long the pace is measured after that."""

LIVE_PACE = 1.2
"""Seconds of audio a second up to which it comes at the pace of time; files come faster even over a poor line."""


def is_endless(label: str, what: str) -> SourceError:
    """Gives the error that says so, and what to do instead."""
    return SourceError(
        f"{label}: is {what}; `genred listen {label}` shows what is on air there", permanent=True, cause=Cause.NOT_AUDIO
    )


def refuse_radio(response: Response, label: str) -> None:
    """Refuses what calls itself a radio.

    Raises:
        SourceError: It does.
    """
    if any(name.startswith("icy-") for name in response.headers):
        raise is_endless(label, "a live stream without an end")


class PaceCheck:
    """Judges by its pace whether an answer whose length nobody says has an end.

    Args:
        label: For messages; passwords masked.
        now: The monotonic time.
    """

    def __init__(self, label: str, now: Callable[[], float] = time.monotonic) -> None:
        self._label = label
        self._now = now
        self._received_s = 0.0
        self._begun_at: float | None = None
        self._settled: tuple[float, float] | None = None
        self._judged = False

    def add(self, seconds: float) -> None:
        """Takes note of audio.

        Raises:
            SourceError: It comes at the pace of time.
        """
        now = self._now()
        self._received_s += seconds
        if self._begun_at is None:
            self._begun_at = now
        elif self._settled is None:
            if now - self._begun_at >= SETTLE_S:
                self._settled = now, self._received_s
        elif not self._judged and now - self._settled[0] >= JUDGED_S:
            self._judged = True
            if self._received_s - self._settled[1] <= LIVE_PACE * (now - self._settled[0]):
                raise is_endless(self._label, "probably a live stream: it arrives no faster than real time")
