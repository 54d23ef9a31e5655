"""The constant part of a signal, where it is so large that it would count as sound."""

from __future__ import annotations

REMOVED_FROM = 0.02
"""Share of full scale; the mean of a frame of bass comes near to it, that of two seconds does not."""

SURE_FROM = 0.05
"""A difference of so much shows in one frame alone: at the beginning, and where an offset comes or goes."""

KEPT_ABOVE = 0.01
"""Below this nothing is removed any more."""

STEP = 0.01
"""What is removed stays until it is wrong by so much: each change of it is a click, though a faint one."""

MEMORY_FRAMES = 8
"""Over so many frames, two seconds, the offset is averaged."""


class DcOffset:
    """Follows the mean of a signal, frame by frame.

    Attributes:
        removed: What is to be taken off; 0 for the offsets of ordinary sound.
    """

    def __init__(self) -> None:
        self.removed = 0.0
        self._mean = 0.0
        self._frames = 0

    def update(self, mean: float) -> None:
        """Takes the mean of the next frame."""
        if abs(mean - self._mean) >= SURE_FROM:
            self._frames = 0
        self._frames = min(self._frames + 1, MEMORY_FRAMES)
        self._mean += (mean - self._mean) / self._frames
        size = abs(self._mean)
        if self.removed:
            if size < KEPT_ABOVE:
                self.removed = 0.0
            elif abs(self._mean - self.removed) > STEP:
                self.removed = self._mean
        elif size >= max(REMOVED_FROM, SURE_FROM / self._frames):
            self.removed = self._mean
