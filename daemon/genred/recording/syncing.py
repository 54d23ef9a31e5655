"""Has the system write to the disk what recordings hold, so that a power cut costs seconds and not half a minute."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from genred.rate_limited_log import RateLimitedLog

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from genred.recording.track import Track

_LOGGER = logging.getLogger(__name__)

SYNC_EVERY_S = 10.0
"""As often as the index has a point; Linux by itself writes what is half a minute old."""


class Syncer:
    """A thread of its own, since a card may take seconds for it, for which nobody else is to wait.

    Args:
        tracks: Gives those that there are.
        every_s: Between two times.
    """

    def __init__(self, tracks: Callable[[], Iterable[Track]], every_s: float = SYNC_EVERY_S) -> None:
        self._tracks = tracks
        self._every_s = every_s
        self._closed = threading.Event()
        self._log = RateLimitedLog(_LOGGER)
        self._thread = threading.Thread(target=self._run, name="genred-recorder-sync", daemon=True)

    def start(self) -> None:
        """Begins."""
        self._thread.start()

    def close(self) -> None:
        """Ends soon, unless the disk hangs; nobody need wait for it."""
        self._closed.set()

    def sync(self) -> None:
        """Does it once."""
        for track in self._tracks():
            try:
                track.sync()
            except OSError as error:
                self._log.warn(
                    f"{track.station}: its recording cannot be synced to the disk: {error.strerror or error}"
                )

    def _run(self) -> None:
        while not self._closed.wait(self._every_s):
            self.sync()
