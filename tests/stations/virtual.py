"""A clock that stands still until it is told to go on, and a source that gives what it is told to."""

from __future__ import annotations

import threading
from collections import deque
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from genred.audio import SAMPLE_RATE_HZ, AudioBlock
from genred.clock import Moment
from genred.errors import SourceError
from genred.sources.source import Meter
from tests.signals import low_chord

if TYPE_CHECKING:
    from collections.abc import Iterator

    from genred.sources.source import SourceItem

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
RUN = "a run"

LOOK_EVERY_S = 0.01
"""Real seconds after which a thread that waits for virtual time looks at it again."""


class VirtualClock:
    """Seconds since `EPOCH`; the wall clock can be stepped apart from the monotonic one."""

    def __init__(self, now: float = 1_000.0) -> None:
        self.now = now
        self.stepped_s = 0.0

    @property
    def run(self) -> str:
        return RUN

    def monotonic(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        """Lets time pass; whoever waits for it notices within `LOOK_EVERY_S`."""
        self.now += seconds

    def timeout_s(self, seconds: float) -> float:
        return min(max(0.0, seconds), LOOK_EVERY_S)

    def moment(self, monotonic_s: float) -> Moment:
        return Moment(monotonic_s, EPOCH + timedelta(seconds=monotonic_s + self.stepped_s), RUN)


class ScriptedSource:
    """Gives what a test tells it to; meanwhile it waits, as a source does that nothing comes from.

    Args:
        opening_s: Seconds of audio that each session begins with, as a server's burst.
        patience_s: As `Source` has it.
    """

    live = True
    endless = True
    own_thread = True

    def __init__(self, label: str = "a script", *, opening_s: float = 0.0, patience_s: float | None = None) -> None:
        self.label = label
        self.meter = Meter()
        self.patience_s = patience_s
        self.sessions = 0
        self._opening_s = opening_s
        self._changed = threading.Condition()
        self._items: deque[SourceItem | SourceError] = deque()
        self._interrupted = False

    def give(self, *items: SourceItem | SourceError | float) -> None:
        """Gives items of a source, seconds of audio, or an error that ends the session."""
        with self._changed:
            for item in items:
                self._items.extend(_blocks(item) if isinstance(item, float) else [item])
            self._changed.notify_all()

    def session(self) -> Iterator[SourceItem]:
        with self._changed:
            self.sessions += 1
            self._interrupted = False
        yield from _blocks(self._opening_s)
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._interrupted or bool(self._items))
                if self._interrupted:
                    return
                item = self._items.popleft()
            if isinstance(item, SourceError):
                raise item
            yield item

    def interrupt(self) -> None:
        with self._changed:
            self._interrupted = True
            self._changed.notify_all()


def _blocks(seconds: float) -> list[AudioBlock]:
    """A low chord, in blocks of a tenth of a second."""
    sound = low_chord(seconds, np.random.default_rng(1))
    size = SAMPLE_RATE_HZ // 10
    return [AudioBlock(sound[start : start + size]) for start in range(0, sound.size, size)]
