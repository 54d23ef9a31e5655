"""The turns of a station: what it does on its worker, one after the other, when something has come and now and then."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from genred.clock import Clock
    from genred.engine.worker import Worker

TICK_S = 0.5
"""How often the station looks at the time while nothing comes."""


class Turns:
    """Runs the turns of one station.

    Args:
        station: Its id.
        worker: On whose thread they run.
        take: One turn; gives whether all went well.
        clock: For tests.

    Attributes:
        called_at: Real monotonic time at which the next turn, or the present one, was asked for.
        started: Whether there are any.
        ended: Set when there will be no more.
    """

    def __init__(self, station: str, worker: Worker, take: Callable[[], bool], clock: Clock) -> None:
        self._station = station
        self._worker = worker
        self._take = take
        self._clock = clock
        self._is_due = threading.Event()
        self._went_well_at = clock.monotonic()
        self._was_taken = True
        self.called_at = 0.0
        self.started = False
        self.ended = threading.Event()

    def start(self) -> None:
        """Begins to take turns."""
        self.started = True
        self._worker.call(self._tick)

    def call(self) -> None:
        """Asks for a turn soon; from any thread."""
        if self.started and not self._is_due.is_set():
            self._is_due.set()
            self.called_at = time.monotonic()
            self._worker.call(self._turn)

    def take_now(self) -> None:
        """Takes a turn at once; on the worker's thread, which is marked already."""
        if not self.ended.is_set():
            self.called_at = time.monotonic()
            self._run_turn()

    def idle_s(self) -> float:
        """Seconds since the last turn without a fault.

        One that failed is no life: an analysis that can only fail must not keep the watchdog calm.
        """
        return self._clock.monotonic() - self._went_well_at

    def _turn(self) -> None:
        self._is_due.clear()
        if self.ended.is_set():
            return
        self._worker.mark(self._station)
        try:
            self._run_turn()
        finally:
            self._worker.mark(None)

    def _run_turn(self) -> None:
        self._was_taken = True
        if self._take():
            self._went_well_at = self._clock.monotonic()

    def _tick(self) -> None:
        """Sees to it that the station has a turn now and then, though nothing comes."""
        if self.ended.is_set():
            return
        if not self._was_taken:
            self._turn()
        self._was_taken = False
        self._worker.call_later(self._clock.timeout_s(TICK_S), self._tick)
