"""Notices that a stream gives no audio any more, whatever else it sends."""

from __future__ import annotations

import time

from genred.cause import Cause
from genred.errors import SourceError

MOST_UNHEARD_BYTES = 1 << 20
"""What lay in a connection may be without audio; a server that sends without end must not have its way for ever."""


class StallClock:
    """Counts the time since audio came last. A machine that was too busy to look is no stall of the server.

    Args:
        label: Of the stream, for messages.
        timeout_s: Longest time without decoded audio.

    Attributes:
        late: What to say when it was longer.
    """

    def __init__(self, label: str, timeout_s: float) -> None:
        self._label = label
        self._timeout_s = timeout_s
        self.late = f"no audio for {timeout_s:g} s"
        self._audio_at = time.monotonic()
        self._unheard_bytes = 0
        self._emptied_at = 0.0

    def deadline(self) -> float:
        """Gives the monotonic time by which there must be audio."""
        return self._audio_at + self._timeout_s

    def hear(self) -> None:
        """Audio came."""
        self._audio_at = time.monotonic()
        self._unheard_bytes = 0

    def read(self, size: int, emptied_at: float) -> None:
        """Takes that bytes came. Past the deadline, what came at first may have come in time, and is decoded.

        Args:
            size: How many.
            emptied_at: Monotonic time at which all that came before them had been read.

        Raises:
            SourceError: Cause `stalled`, as all that came before is decoded, and there was no audio in it.
        """
        if time.monotonic() <= self.deadline():
            return
        if not self._unheard_bytes:
            self._emptied_at = emptied_at
        self._unheard_bytes += max(1, size)
        if emptied_at != self._emptied_at or self._unheard_bytes > MOST_UNHEARD_BYTES:
            raise SourceError(f"{self._label}: {self.late}", cause=Cause.STALLED)
