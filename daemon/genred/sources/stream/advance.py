"""How late this machine is with audio that is sent in advance, many seconds at once."""

from __future__ import annotations


class Advance:
    """Follows how far what was given is ahead of time, as in a player that is filled faster than it plays.

    Only the machine can make it late: while it waits for the server, what is ahead plays out, and no more.

    Args:
        now: Monotonic time at which nothing was given yet.
    """

    def __init__(self, now: float) -> None:
        self._late_s = 0.0
        """Negative while it is ahead."""
        self._at = now

    def wait_ended(self, now: float) -> None:
        """The machine waited for the server until now."""
        if self._late_s < 0:
            self._late_s = min(0.0, self._late_s + now - self._at)
        self._at = now

    def give(self, seconds: float, now: float) -> float:
        """So much audio was read and given, with nothing waited for.

        Returns:
            For how long it waited on this machine beyond the time at which it was due.
        """
        self._late_s += now - self._at - seconds
        self._at = now
        return self.late_s(now)

    def late_s(self, now: float) -> float:
        """Gives for how long what is read next has waited on this machine beyond the time at which it was due."""
        return max(0.0, self._late_s + now - self._at)

    def catch_up(self) -> None:
        """All that the server has was given, whenever it was due."""
        self._late_s = min(0.0, self._late_s)
