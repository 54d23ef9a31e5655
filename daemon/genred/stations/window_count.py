"""How many windows a station's audio was worth, and how many of them were not analysed."""

from __future__ import annotations

import math

_TOLERANCE = 1e-6
"""Of a step: positions are sums of seconds."""


class WindowCount:
    """Counts windows that were given up, each once the audio that it ends with has passed, and none in advance.

    Audio that is not analysed is worth a window a step, as audio that is; and so is what is gathered after it until
    a window is full again.

    Args:
        window_s: Seconds of one window.
        step_s: Seconds between windows.

    Attributes:
        made: Windows that were analysed.
        dropped: Windows that were given up.
    """

    def __init__(self, window_s: float, step_s: float) -> None:
        self._window_s = window_s
        self._step_s = step_s
        self.made = self.dropped = 0
        self._since_s = 0.0
        self.begin()

    def begin(self) -> None:
        """Notes that the audio begins anew: before it fills a window, none is due."""
        self._since_s = self._step_s - self._window_s

    def pass_by(self, seconds: float) -> None:
        """Takes audio, analysed or not, in which no window ends that is analysed."""
        self._since_s += seconds
        self._drop_due()

    def make(self, seconds: float) -> None:
        """Takes audio that ends with a window that is analysed."""
        self.made += 1
        self._since_s += seconds - self._step_s
        self._drop_due()

    def _drop_due(self) -> None:
        due = math.floor(self._since_s / self._step_s + _TOLERANCE)
        if due > 0:
            self.dropped += due
            self._since_s -= due * self._step_s
