"""Whether a station's source is wanted, and waits that end when that changes."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from genred.engine.flag import Flag

if TYPE_CHECKING:
    from genred.clock import Clock


class Switch:
    """Set from any thread, and waited for by the reader.

    Args:
        enabled: Whether it is on from the start.
        clock: For tests.
    """

    def __init__(self, *, enabled: bool, clock: Clock) -> None:
        self._clock = clock
        self._enabled = threading.Event()
        if enabled:
            self._enabled.set()
        self._stopping = threading.Event()
        self._wake = Flag()

    @property
    def enabled(self) -> bool:
        """Whether it is on."""
        return self._enabled.is_set()

    @property
    def stopping(self) -> bool:
        """Whether it is off for good."""
        return self._stopping.is_set()

    @property
    def is_wanted(self) -> bool:
        """Whether there is to be a session."""
        return self.enabled and not self.stopping

    def set_enabled(self, enabled: bool) -> None:
        """Turns it on or off, and ends a wait."""
        if enabled:
            self._enabled.set()
        else:
            self._enabled.clear()
        self._wake.set()

    def stop(self) -> None:
        """Turns it off for good, and ends a wait."""
        self._stopping.set()
        self._wake.set()

    def arm(self) -> None:
        """Forgets the changes until now: the next wait is for those that come."""
        self._wake.clear()

    def wait(self, ends_at: float | None = None) -> None:
        """Waits until somebody changes it, or until a monotonic time."""
        if ends_at is None:
            if not self.stopping:
                self._wake.wait()
        else:
            while not self.stopping and (left_s := ends_at - self._clock.monotonic()) > 0:
                if self._wake.wait(self._clock.timeout_s(left_s)):
                    break
        self._wake.clear()
