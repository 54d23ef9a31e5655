"""Sums over the last while, in slots."""

from __future__ import annotations

from array import array

SLOTS = 60
"""The oldest of so many parts of the window is forgotten at once, when a new one begins."""


class RollingSums:
    """Adds seconds up over a window that moves with them.

    Args:
        window_s: Length of the window.
        columns: How many sums there are.

    Attributes:
        totals: Of each column, over the window.
        elapsed_s: How much time was counted, the window's length at most.
    """

    def __init__(self, window_s: float, columns: int) -> None:
        self._slot_s = window_s / SLOTS
        self._window_s = window_s
        self._columns = columns
        self.reset()

    def reset(self) -> None:
        """Forgets all."""
        self._sums = array("d", bytes(8 * SLOTS * self._columns))
        self._slot = 0
        self._in_slot_s = 0.0
        self.totals = [0.0] * self._columns
        self.elapsed_s = 0.0

    def add(self, seconds: float, columns: tuple[int, ...]) -> None:
        """Lets time pass, of which all belongs to some columns."""
        self.elapsed_s = min(self._window_s, self.elapsed_s + seconds)
        if seconds >= 2 * self._window_s:
            # More than the window holds leaves nothing else in it.
            seconds = self._window_s + seconds % self._slot_s
        while seconds > 0:
            part = min(seconds, self._slot_s - self._in_slot_s)
            for column in columns:
                self._sums[self._slot * self._columns + column] += part
                self.totals[column] += part
            self._in_slot_s += part
            seconds -= part
            if self._slot_s - self._in_slot_s <= 1e-9 * self._slot_s:
                self._turn()

    def _turn(self) -> None:
        self._slot = (self._slot + 1) % SLOTS
        self._in_slot_s = 0.0
        begin = self._slot * self._columns
        self._sums[begin : begin + self._columns] = array("d", bytes(8 * self._columns))
        # Summed anew, so that no rounding stays.
        self.totals = [sum(self._sums[column :: self._columns]) for column in range(self._columns)]
