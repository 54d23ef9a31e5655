"""A clock that stands still until it is told to go on, and a source that gives what it is told to."""

from __future__ import annotations

from collections import deque
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from genred.audio import SAMPLE_RATE_HZ, AudioBlock
from genred.clock import Moment
from genred.engine.flag import Flag
from genred.sources.source import Meter
from tests.signals import low_chord

if TYPE_CHECKING:
    from collections.abc import Iterator

    from genred.sources.source import SourceItem

    ScriptedItem = SourceItem | BaseException | None

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
RUN = "a run"

LOOK_EVERY_S = 0.01
"""Real seconds after which a thread that waits for virtual time looks at it again."""

LEAST_WAIT_S = 0.001
"""A fiber that waits for no real time at all does not give back the thread that is to let virtual time pass."""


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
        return min(max(LEAST_WAIT_S, seconds), LOOK_EVERY_S)

    def moment(self, monotonic_s: float) -> Moment:
        return Moment(monotonic_s, EPOCH + timedelta(seconds=monotonic_s + self.stepped_s), RUN)


class ScriptedSource:
    """Gives what a test tells it to; meanwhile it waits, as a source does that nothing comes from.

    Args:
        opening_s: Seconds of audio that each session begins with, as a server's burst.
        patience_s: As `Source` has it.
        own_thread: Likewise.
        live: Likewise; what is not live has an end.
    """

    def __init__(
        self,
        label: str = "a script",
        *,
        opening_s: float = 0.0,
        patience_s: float | None = None,
        own_thread: bool = True,
        live: bool = True,
    ) -> None:
        self.label = label
        self.meter = Meter()
        self.patience_s = patience_s
        self.own_thread = own_thread
        self.contiguous = True
        self.live = self.endless = live
        self.sessions = 0
        self._opening_s = opening_s
        self._changed = Flag()
        self._items: deque[ScriptedItem] = deque()
        self._interrupted = False

    def give(self, *items: ScriptedItem | float) -> None:
        """Gives items of a source, seconds of audio, an error that ends the session, or None for its end."""
        for item in items:
            self._items.extend(_blocks(item) if isinstance(item, float) else [item])
        self._changed.set()

    @property
    def waits(self) -> bool:
        """Whether all was taken."""
        return not self._items

    def session(self) -> Iterator[SourceItem]:
        self.sessions += 1
        self._interrupted = False
        yield from _blocks(self._opening_s)
        while True:
            self._changed.clear()
            if self._interrupted:
                return
            if not self._items:
                self._changed.wait()
                continue
            item = self._items.popleft()
            if item is None:
                return
            if isinstance(item, BaseException):
                raise item
            yield item

    def interrupt(self) -> None:
        self._interrupted = True
        self._changed.set()


def _blocks(seconds: float) -> list[AudioBlock]:
    """A low chord, in blocks of a tenth of a second."""
    sound = low_chord(seconds, np.random.default_rng(1))
    size = SAMPLE_RATE_HZ // 10
    return [AudioBlock(sound[start : start + size]) for start in range(0, sound.size, size)]
