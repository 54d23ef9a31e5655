"""Worker processes for the files of a batch, each with one file in hand.

Not `concurrent.futures.ProcessPoolExecutor`: there, one worker that is killed takes all the others and their files with
it, and nobody knows which file it was; and its workers outlive a parent that is killed. With a pipe for each worker,
whose end is the end of either side, both are known at once.
"""

from __future__ import annotations

import logging
from collections import deque
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, Self

from genred.classification.process import WorkerProcess
from genred.classification.summary import Classification
from genred.classification.target import name_of
from genred.classification.worker import FileAdvance, Ready, Task, work
from genred.errors import BundleError, GenredError, SourceError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from genred.classification.outcome import Outcome, Watcher
    from genred.classification.target import Target

MAX_AHEAD = 1_000
"""Outcomes that may wait for that of an earlier file, some kilobytes each: behind a file of hours, thousands of short
ones would pile up."""


class WorkerPool:
    """Classifies the files of one batch in several processes. A context manager: none of them outlives it.

    Args:
        targets: The files.
        model: The path of a bundle, which each worker loads by itself: the pipe that starts a process does not hold a
            network at once, and each start would wait for the one before.
        jobs: Most processes at a time; no more are started than there are files.
        watcher: Is told how it goes.
    """

    def __init__(self, targets: Sequence[Target], model: Path, jobs: int, watcher: Watcher | None = None) -> None:
        self._targets = targets
        self._model = model
        self._jobs = jobs
        self._watcher = watcher
        self._workers: list[WorkerProcess] = []
        self._waiting = deque(range(len(targets)))
        self._awaited = 0
        self._done: dict[int, Outcome] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._workers:
            worker.kill()
        for worker in self._workers:
            worker.join()

    def outcomes(self) -> Iterator[Outcome]:
        """Gives what became of each file, in their order. A file whose worker dies fails; the others go on.

        Raises:
            BundleError: The network does not fit its card.
            GenredError: No worker can be started.
        """
        for index in range(len(self._targets)):
            self._awaited = index
            while index not in self._done:
                self._step()
            yield self._done.pop(index)

    def _step(self) -> None:
        """Waits for the next messages of workers, and takes them."""
        busy = sum(worker.task is not None for worker in self._workers)
        while len(self._workers) < min(self._jobs, busy + len(self._waiting)):
            self._workers.append(WorkerProcess(work, self._model))
        for worker in self._workers:
            self._give_task(worker)
        heard = set(wait([worker.pipe for worker in self._workers]))
        for worker in [worker for worker in self._workers if worker.pipe in heard]:
            try:
                message = worker.pipe.recv()
            except (EOFError, OSError):
                self._lose(worker)
            else:
                self._take(worker, message)

    def _give_task(self, worker: WorkerProcess) -> None:
        if worker.ready and worker.task is None and self._waiting and self._waiting[0] < self._awaited + MAX_AHEAD:
            index = self._waiting[0]
            if worker.give(Task(index, self._targets[index])):
                self._waiting.popleft()

    def _take(self, worker: WorkerProcess, message: object) -> None:
        match message:
            case Ready():
                worker.ready = True
            case FileAdvance(index, done_s, duration_s):
                if self._watcher is not None:
                    self._watcher.advance(index, done_s, duration_s)
            case Classification() | SourceError():
                self._finish(worker, message)
            case logging.LogRecord():
                logging.getLogger(message.name).handle(message)
            case BundleError():
                raise message

    def _lose(self, worker: WorkerProcess) -> None:
        worker.join()
        self._workers.remove(worker)
        if worker.task is not None:
            self._finish(
                worker,
                SourceError(f"{name_of(worker.task.target)}: could not be classified: its process {worker.fate}"),
            )
        elif not worker.ready:
            # No file can be blamed. With less memory in use, the others may live.
            self._jobs -= 1
            if not self._jobs:
                raise GenredError(f"no process could be started to classify the files: the last one {worker.fate}")

    def _finish(self, worker: WorkerProcess, outcome: Outcome) -> None:
        if worker.task is None:
            return
        index = worker.task.index
        worker.task = None
        self._done[index] = outcome
        if self._watcher is not None:
            self._watcher.end(index)
