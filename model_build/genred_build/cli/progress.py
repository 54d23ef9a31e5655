"""A progress bar on standard error, one line that is rewritten on a terminal and sparse lines elsewhere."""

from __future__ import annotations

import sys
import time

BAR_WIDTH = 28
_REFRESH_S = 0.1
_LOG_S = 20.0


class StepBar:
    """Shows how far a step is.

    Args:
        what: Word in front.
    """

    def __init__(self, what: str) -> None:
        self._what = what
        self._started = time.monotonic()
        self._shown = 0.0
        self._terminal = sys.stderr.isatty()

    @property
    def elapsed_s(self) -> float:
        """Seconds since it was made."""
        return time.monotonic() - self._started

    def show(self, done: int, total: int, tail: str = "") -> None:
        """Draws, but not too often."""
        now = time.monotonic()
        if done < total and now - self._shown < (_REFRESH_S if self._terminal else _LOG_S):
            return
        self._shown = now
        share = done / max(1, total)
        if self._terminal:
            filled = round(share * BAR_WIDTH)
            end = "\n" if done >= total else ""
            bar = "█" * filled + "·" * (BAR_WIDTH - filled)
            sys.stderr.write(f"\r\x1b[2K{self._what} {bar} {done}/{total} {tail}{end}")
        else:
            sys.stderr.write(f"{self._what}: {done} of {total} {tail}\n")
        sys.stderr.flush()
