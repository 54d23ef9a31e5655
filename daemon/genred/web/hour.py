"""The last hour of a station as a strip of what was on air."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

HOUR_S = 3_600.0

MAX_PIECES = 720
"""A station that changes every five seconds fills an hour; what is older goes."""


@dataclass(frozen=True, slots=True)
class HourPiece:
    """One thing on air.

    Attributes:
        since_s: Seconds since 1970.
        announcement: A genre, or a state's name.
    """

    since_s: float
    announcement: str


class LastHour:
    """What was on air in the last hour, in bounded memory."""

    def __init__(self) -> None:
        self._pieces: deque[HourPiece] = deque(maxlen=MAX_PIECES)

    def add(self, since_s: float, announcement: str) -> bool:
        """Takes what is on air since a moment. Returns whether that is another than before."""
        last = self._pieces[-1] if self._pieces else None
        if last is not None and (last.announcement == announcement or since_s < last.since_s):
            return False
        self._pieces.append(HourPiece(since_s, announcement))
        while len(self._pieces) > 1 and self._pieces[1].since_s < since_s - HOUR_S:
            self._pieces.popleft()
        return True

    @property
    def pieces(self) -> tuple[HourPiece, ...]:
        """Oldest first; each lasts until the next one."""
        return tuple(self._pieces)
