"""Audio that is passed over undecoded while the machine does not keep up: half a second at a time, not packets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genred.audio import SkippedAudio

if TYPE_CHECKING:
    from collections.abc import Callable

ASKED_EVERY_S = 0.2
"""So much is decoded until it is asked again whether to skip: the answer holds for a second, a packet for 20 ms."""

SKIPPED_AT_ONCE_S = 0.5
"""So much is skipped in one go: what follows each `SkippedAudio` costs more than to decode a packet."""


class Skipping:
    """Decides of packets whether they are passed over, and adds up those that are.

    Args:
        skips: Says whether what comes next is to be passed over; None where nothing ever is.

    Attributes:
        seconds: Passed over and not given yet.
        begins: Whether the packet that was taken last is the first of those.
    """

    def __init__(self, skips: Callable[[], bool] | None) -> None:
        self._skips = skips
        self._until_asked_s = 0.0
        self.seconds = 0.0
        self.begins = False

    @property
    def is_full(self) -> bool:
        """Whether it is time to give what was passed over."""
        return self.seconds >= SKIPPED_AT_ONCE_S

    def takes(self, seconds: float) -> bool:
        """Says whether a packet of that length is passed over; one of no known length never is."""
        if self._skips is None or seconds <= 0.0:
            return False
        if not self.seconds:
            if self._until_asked_s > 0.0:
                return False
            if not self._skips():
                self._until_asked_s = ASKED_EVERY_S
                return False
        self.begins = not self.seconds
        self.seconds += seconds
        return True

    def decoded(self, seconds: float) -> None:
        """Takes the length of what was decoded."""
        self._until_asked_s -= seconds

    def give(self) -> list[SkippedAudio]:
        """Gives what was passed over; nothing where nothing was."""
        seconds, self.seconds = self.seconds, 0.0
        return [SkippedAudio(seconds)] if seconds else []
