"""Holds a source that can give audio faster than it sounds back to the speed of time."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from genred.audio import AudioBlock, SkippedAudio
    from genred.engine.flag import Flag


class Pacer:
    """Waits where blocks come ahead of time.

    The writer behind a pipe or a connection that is not read blocks in turn, so nothing is lost.

    Args:
        interrupted: Ends a wait.
        ahead_s: Blocks may come so many seconds before they would sound.
        forgiven_s: A reader that is later than this (a suspended machine) begins anew from the present; None makes up
            for any lateness.
    """

    def __init__(self, interrupted: Flag, *, ahead_s: float = 0.0, forgiven_s: float | None = None) -> None:
        self._interrupted = interrupted
        self._ahead_s = ahead_s
        self._forgiven_s = forgiven_s
        self._due_at: float | None = None

    def hold(self, block: AudioBlock | SkippedAudio) -> None:
        """Waits until a block has had time to sound, less what it may be ahead."""
        now = time.monotonic()
        if self._due_at is None or (self._forgiven_s is not None and now - self._due_at > self._forgiven_s):
            self._due_at = now
        self._due_at += block.seconds
        wait_s = self._due_at - self._ahead_s - now
        if wait_s > 0:
            self._interrupted.wait(wait_s)
