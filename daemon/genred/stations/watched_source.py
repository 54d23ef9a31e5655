"""A source whose items are taken one by one, with an eye on how long each takes to come."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genred.audio import AudioBlock, SkippedAudio
from genred.engine.fiber import current_fiber

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from genred.clock import Clock
    from genred.sources.source import Source, SourceItem

WEDGE_GRACE_S = 15.0
"""What a source has beyond its own patience before it counts as hanging."""

TURN_S = 0.5
"""After so much audio other stations of the same thread have their turn."""


class WatchedSource:
    """Runs one session after the other.

    Args:
        source: Opened here only.
        due_s: Says how much audio is of use next, in seconds; less than that can wait where it is.
        clock: For tests.

    Attributes:
        waiting_since: Since when the source has been in a call that may hang; None while it is in none.
    """

    def __init__(self, source: Source, due_s: Callable[[], float], clock: Clock) -> None:
        self._source = source
        self._due_s = due_s
        self._clock = clock
        self._items: Iterator[SourceItem] = iter(())
        self._turn_s = 0.0
        self.waiting_since: float | None = None

    def open(self) -> None:
        """Begins a session."""
        self._items = iter(self._source.session())

    def next(self) -> SourceItem | None:
        """Waits for the next item of the session; None at its end.

        Raises:
            SourceError: The session failed.
        """
        self.waiting_since = self._clock.monotonic()
        fiber = current_fiber()
        if fiber is not None:
            fiber.due_s = self._due_s()
        try:
            return next(self._items, None)
        finally:
            self.waiting_since = None

    def give_way(self, item: SourceItem) -> None:
        """Lets other stations of the same thread go on, once this one has had its turn."""
        fiber = current_fiber()
        if fiber is None:
            return
        if isinstance(item, AudioBlock | SkippedAudio):
            self._turn_s += item.seconds
        if self._turn_s >= TURN_S:
            self._turn_s = 0.0
            fiber.pause()
        else:
            fiber.pause_if_long()

    def close(self) -> None:
        """Ends the session. This is where PortAudio likes to hang."""
        self.waiting_since = self._clock.monotonic()
        close = getattr(self._items, "close", None)
        if close is not None:
            close()
        self.waiting_since = None

    def is_wedged(self) -> bool:
        """Says whether the source hangs beyond all its timeouts, so that only a fresh process can help."""
        since, patience_s = self.waiting_since, self._source.patience_s
        if since is None or patience_s is None:
            return False
        return self._clock.monotonic() - since > patience_s + WEDGE_GRACE_S
