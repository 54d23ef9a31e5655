"""What becomes of several channels: their mean, or the strongest of them where the mean cancels what they hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genred.audio.signal_frame import correlation

if TYPE_CHECKING:
    from collections.abc import Sequence

CANCELLED_BELOW = -0.4
"""Correlation under which the mean is given up. Wide stereo stays above 0; that of music with one channel inverted is
as far below 0 as it is above without."""

RESTORED_ABOVE = -0.1
"""Correlation above which the mean is taken again."""

NEWEST_SHARE = 0.4
"""What the newest frame counts for, beside those before it: half a second decides, more than a drum beat."""

STRONGER = 4.0
"""A channel must have so many times the power of the one that is taken, 6 dB, to be taken in its place."""

LEAST_POWER = 1e-7
"""With less in all channels, -70 dBFS, there is nothing to judge."""


class Downmix:
    """Decides frame by frame, each decision from what came before, so that nothing waits for it.

    Args:
        channels: How many there are.

    Attributes:
        taken: Index of the channel that is taken; None for the mean of all.
    """

    def __init__(self, channels: int) -> None:
        self._powers = [0.0] * channels
        self._mix_power = 0.0
        self.taken: int | None = None

    def update(self, powers: Sequence[float], mix_power: float) -> None:
        """Takes what was measured of the next frame; see `SignalFrame`."""
        kept = 1.0 - NEWEST_SHARE
        self._powers = [
            kept * before + NEWEST_SHARE * power for before, power in zip(self._powers, powers, strict=True)
        ]
        self._mix_power = kept * self._mix_power + NEWEST_SHARE * mix_power
        if sum(self._powers) < LEAST_POWER:
            return
        alike = correlation(self._powers, self._mix_power)
        if self.taken is None:
            if alike < CANCELLED_BELOW:
                self.taken = self._strongest()
        elif alike > RESTORED_ABOVE:
            self.taken = None
        elif max(self._powers) > STRONGER * self._powers[self.taken]:
            self.taken = self._strongest()

    def _strongest(self) -> int:
        return self._powers.index(max(self._powers))
