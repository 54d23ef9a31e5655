"""A worker that does what is due in an order that a test draws, one thing at a time, on the test's own thread."""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from genred.engine.load import Load
from genred.engine.worker import Worker

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

EARLY_SHARE = 0.1
"""Of all steps, in which a timer ends before its time, as any wait of the engine may."""

MAX_STEPS = 100_000


class ShuffledWorker(Worker):
    """Has a worker's interface, and neither thread nor time of its own.

    Args:
        order: Draws what is done next.
    """

    def __init__(self, order: random.Random) -> None:
        self.steps = _Steps(order)
        self._loop = self.steps  # type: ignore[assignment]
        self._fibers = itertools.count()
        self.load = Load("a shuffled worker")
        self.beats = None
        self.mark = lambda _: None

    def call(self, callback: Callable[..., object], *arguments: Any) -> None:
        self.steps.call_soon(callback, *arguments)

    def close(self) -> None:
        """What is still due is never done."""

    def run_until(self, condition: Callable[[], bool]) -> None:
        """Goes on until something is so."""
        for _ in range(MAX_STEPS):
            if condition():
                return
            self.steps.next()
        raise AssertionError(f"not after {MAX_STEPS} steps")


@dataclass(eq=False)
class _Step:
    run: Callable[[], object]
    cancelled: bool = False

    def cancel(self) -> None:
        self.cancelled = True


class _Steps:
    """What fibers and workers need of an event loop."""

    time = staticmethod(time.monotonic)

    def __init__(self, order: random.Random) -> None:
        self._order = order
        self._due: list[_Step] = []
        self._timers: list[_Step] = []

    def call_soon(self, callback: Callable[..., object], *arguments: Any) -> _Step:
        return self._add(self._due, callback, arguments)

    call_soon_threadsafe = call_soon

    def call_at(self, _when: float, callback: Callable[..., object], *arguments: Any) -> _Step:
        return self._add(self._timers, callback, arguments)

    call_later = call_at

    def next(self) -> None:
        """Does one of the things that are due, whichever; a timer where nothing else is."""
        self._timers = [step for step in self._timers if not step.cancelled]
        steps = self._due
        if self._timers and (not steps or self._order.random() < EARLY_SHARE):
            steps = self._timers
        if steps:
            steps.pop(self._order.randrange(len(steps))).run()

    def _add(self, steps: list[_Step], callback: Callable[..., object], arguments: tuple[Any, ...]) -> _Step:
        step = _Step(lambda: callback(*arguments))
        steps.append(step)
        return step
