"""What becomes of several channels: their mean, or the strongest of them where the mean cancels what they hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from genred.audio.signal_frame import correlation
from genred.sources.dc_offset import DcOffset

if TYPE_CHECKING:
    from genred.audio.signal_frame import SignalFrame

CANCELLED_BELOW = -0.4
"""Correlation under which the mean is given up. Wide stereo stays above 0; that of music with one channel inverted is
as far below 0 as it is above without."""

RESTORED_ABOVE = -0.1
"""Correlation above which the mean is taken again."""

NEWEST_SHARE = 0.5
"""What the newest frame counts for, beside those before it: half a second decides, more than a drum beat."""

STRONGER = 4.0
"""A channel must have so many times the power of the one that is taken, 6 dB, to be taken in its place."""

ALIKE = 0.95
"""Of channels whose powers are so near, noise does not decide which is the strongest."""

LEAST_POWER = 1e-7
"""With less in all channels, -70 dBFS, there is nothing to judge, and nothing that an offset could spoil."""


class DownmixChoice(NamedTuple):
    """What is made of a frame.

    Attributes:
        taken: Index of the channel that is taken; None for the mean of all.
        removed: The offset that is taken off it.
    """

    taken: int | None
    removed: float


PLAIN = DownmixChoice(None, 0.0)
"""The mean, as it is."""


class Downmix:
    """Decides frame by frame, each decision from what came before, so that nothing waits for it.

    Args:
        channels: How many there are.

    Attributes:
        choice: What is to be made of the next frame; None before there was one.
    """

    def __init__(self, channels: int) -> None:
        self.choice: DownmixChoice | None = None
        self._powers = [0.0] * channels
        self._mix_power = 0.0
        self._taken: int | None = None
        self._offset = DcOffset()

    def update(self, frame: SignalFrame) -> DownmixChoice:
        """Takes what was measured of the next frame, and gives the choice for the one behind it."""
        if sum(frame.powers) < LEAST_POWER:
            self.choice = self.choice or PLAIN
            return self.choice
        before = self._taken
        if len(self._powers) > 1:
            self._update_taken(frame)
        if self._taken != before:
            self._offset = DcOffset()
        offsets = frame.offsets
        self._offset.update(sum(offsets) / len(offsets) if self._taken is None else offsets[self._taken])
        choice = self.choice
        if choice is None or choice.taken != self._taken or choice.removed != self._offset.removed:
            choice = self.choice = DownmixChoice(self._taken, self._offset.removed)
        return choice

    def _update_taken(self, frame: SignalFrame) -> None:
        self._powers = [
            before + NEWEST_SHARE * (power - before) for before, power in zip(self._powers, frame.powers, strict=True)
        ]
        self._mix_power += NEWEST_SHARE * (frame.mix_power - self._mix_power)
        alike = correlation(self._powers, self._mix_power)
        if self._taken is None:
            if alike < CANCELLED_BELOW:
                self._taken = self._strongest()
        elif alike > RESTORED_ABOVE:
            self._taken = None
        elif max(self._powers) > STRONGER * self._powers[self._taken]:
            self._taken = self._strongest()

    def _strongest(self) -> int:
        """The first of those that are as strong as any."""
        most = ALIKE * max(self._powers)
        return next(index for index, power in enumerate(self._powers) if power >= most)
