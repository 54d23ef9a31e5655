"""For how long audio of a live stream lay on this machine before it was decoded."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from genred.audio import AudioBlock, SkippedAudio


class Arrival:
    """Counts the audio since all was read. A stream comes at the pace of time.

    So much of it as was received since everything had been read came in the time since then; what was to come earlier
    than now has waited.

    Args:
        emptied_at: Monotonic time at which all was read.
    """

    def __init__(self, emptied_at: float) -> None:
        self._emptied_at = emptied_at
        self._gather_s = 0.0
        self._since_s = 0.0

    def look(self, emptied_at: float, gather_s: float) -> bool:
        """Takes when all was read before what was read last, and for how long that was gathered; whether it is new."""
        if emptied_at == self._emptied_at:
            return False
        self._emptied_at, self._gather_s, self._since_s = emptied_at, gather_s, 0.0
        return True

    def take(self, audio: AudioBlock | SkippedAudio) -> AudioBlock | SkippedAudio:
        """Notes in the next audio for how long it has waited."""
        self._since_s += audio.seconds
        waited_s = max(0.0, time.monotonic() - self._emptied_at - self._since_s)
        # What was gathered is read at once; what came of it first was meant to wait for the last.
        gathered_s = min(waited_s, max(0.0, self._gather_s - self._since_s))
        return replace(audio, waited_s=waited_s, gathered_s=gathered_s)

    def late_s(self) -> float:
        """For how long what comes next has waited, beyond what it was meant to; below 0 where it is early."""
        return time.monotonic() - self._emptied_at - max(self._gather_s, self._since_s)
