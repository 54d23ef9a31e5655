"""Overdriven input, with hysteresis in time."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from genred.config.schema import ClippingConfig


class ClippingWatch:
    """Says when clipping begins and ends.

    Args:
        config: From which share on a step counts as clipped, and how long it takes to begin and to end.

    Attributes:
        clipping: Whether it goes on.
    """

    def __init__(self, config: ClippingConfig) -> None:
        self._config = config
        self._contrary_s = 0.0
        self.clipping = False

    def update(self, clipped_share: float, seconds: float) -> float | None:
        """Takes the share of one step.

        Returns:
            At a change, for how many seconds it has been so already; else None.
        """
        clipped = clipped_share >= self._config.share and clipped_share > 0
        if clipped is self.clipping:
            self._contrary_s = 0.0
            return None
        self._contrary_s += seconds
        if self._contrary_s < (self._config.end_s if self.clipping else self._config.start_s):
            return None
        self.clipping = clipped
        lasted_s, self._contrary_s = self._contrary_s, 0.0
        return lasted_s

    def reset(self) -> None:
        """Forgets all."""
        self.clipping, self._contrary_s = False, 0.0
