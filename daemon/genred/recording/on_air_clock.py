"""When the audio of a recording was on air, as far as this machine can know.

What is sent live cannot come before it was on air. So the sample that comes with the least delay gives the time of the
others: of those that a server sends in advance when somebody connects, that waited in a buffer, that came late.
"""

from __future__ import annotations


class OnAirClock:
    """Maps time in a file to the monotonic clock.

    Args:
        offset_s: Monotonic time of the file's beginning, as far as it is known at the start.
    """

    def __init__(self, offset_s: float) -> None:
        self.offset_s = offset_s
        self._best: tuple[float, float] | None = None

    def note(self, at: float, media_s: float) -> None:
        """Takes that everything before a time in the file had come at a monotonic time."""
        best = self._best
        if best is None or at - media_s < best[0] - best[1]:
            self._best = at, media_s
            # Later only with the next mark: what is late need not be on air later.
            self.offset_s = min(self.offset_s, at - media_s)

    def take_mark(self) -> tuple[float, float] | None:
        """Gives the monotonic time and the time in the file that agree best since the last mark, if anything came."""
        mark, self._best = self._best, None
        if mark is not None:
            self.offset_s = mark[0] - mark[1]
        return mark

    def at(self, media_s: float) -> float:
        """Gives the monotonic time of a time in the file."""
        return self.offset_s + media_s
