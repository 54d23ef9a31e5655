"""The workers of a process, and which station belongs to which."""

from __future__ import annotations

import threading
import time
from collections import Counter
from typing import TYPE_CHECKING

from genred.engine.worker import Worker

if TYPE_CHECKING:
    from collections.abc import Callable

LIFELESS_LOOKS = 120
"""A worker hangs when so many looks in a row, a minute of them, found it where it was."""

_LOOK_EVERY_S = 0.5


class Engine:
    """As many threads as are of use, however many stations there are.

    Args:
        workers: How many threads, at least 1. Python runs one of them at a time; what they gain is what FFmpeg, the
            transforms and the network do meanwhile without it.
        mark: Is told which station is at work, and None when it is no more.
    """

    def __init__(self, workers: int = 1, mark: Callable[[str | None], None] | None = None) -> None:
        self._lock = threading.Lock()
        self._workers = [Worker(f"genred-worker-{index}", mark) for index in range(workers)]
        self._stations: Counter[int] = Counter()
        self._vitals = [_Vitals(worker) for worker in self._workers]

    def take(self) -> Worker:
        """Gives the worker that has the fewest stations."""
        with self._lock:
            index = min(range(len(self._workers)), key=self._stations.__getitem__)
            self._stations[index] += 1
            return self._workers[index]

    def give_back(self, worker: Worker) -> None:
        """Notes that a station of a worker is no more."""
        with self._lock:
            self._stations[self._workers.index(worker)] -= 1

    def hangs(self) -> bool:
        """Says whether a worker hangs, in a decoder or in the network, so that only a fresh process can help.

        To be asked about twice a second: what counts is how often it was seen without life, so that a process which was
        stopped for an hour and goes on is not taken for one that hangs.
        """
        gone = [vitals.are_gone() for vitals in self._vitals]
        return any(gone)

    def close(self) -> None:
        """Ends the threads; see `Worker.close`."""
        for worker in self._workers:
            worker.close()


class _Vitals:
    """Whether one worker shows life."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self._beats: int | None = None
        self._lifeless = 0
        self._looked_at = time.monotonic()

    def are_gone(self) -> bool:
        now = time.monotonic()
        if now - self._looked_at < _LOOK_EVERY_S:
            return False
        self._looked_at = now
        beats = self._worker.beats
        self._lifeless = self._lifeless + 1 if beats is not None and beats == self._beats else 0
        self._beats = beats
        return self._lifeless >= LIFELESS_LOOKS
