"""The workers of a process, and which station belongs to which."""

from __future__ import annotations

import threading
from collections import Counter

from genred.engine.worker import Worker


class Engine:
    """As many threads as are of use, however many stations there are.

    Args:
        workers: How many threads, at least 1. Python runs one of them at a time; what they gain is what FFmpeg, the
            transforms and the network do meanwhile without it.
    """

    def __init__(self, workers: int = 1) -> None:
        self._lock = threading.Lock()
        self._workers = [Worker(f"genred-worker-{index}") for index in range(workers)]
        self._stations: Counter[int] = Counter()

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

    def close(self) -> None:
        """Ends the threads; see `Worker.close`."""
        for worker in self._workers:
            worker.close()
