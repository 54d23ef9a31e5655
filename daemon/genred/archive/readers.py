"""Who reads recordings: worker processes of this machine, or those of a cluster."""

from __future__ import annotations

import logging
from collections import deque
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, Any, Protocol, Self

from genred.archive.reading import Reading, ReadingError, ReadTask
from genred.archive.worker import read_recordings
from genred.cause import Cause
from genred.classification.process import WorkerProcess
from genred.classification.worker import FileAdvance, Ready
from genred.errors import BundleError, GenredError
from genred.masking import masked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from multiprocessing.connection import Connection
    from pathlib import Path
    from types import TracebackType

    Outcome = Reading | ReadingError
    Advance = Callable[[int, float, float | None], None]
    Work = Callable[[Connection[Any, Any], Path, int], None]

MAX_TRIES = 2
"""A recording with which its process has died so often is set aside."""


class Readers(Protocol):
    """Reads recordings, several at a time, each until it is read or must be set aside. A context manager."""

    def __enter__(self) -> Self:
        """Gets ready."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Ends what was started here."""

    def read(self, tasks: Iterator[ReadTask]) -> Iterator[tuple[ReadTask, Outcome]]:
        """Gives what became of each recording, in any order.

        Args:
            tasks: Asked for the next one when somebody can read it.
        """


class LocalReaders:
    """Worker processes of this machine, one a core.

    Args:
        model: The path of a bundle.
        jobs: Most processes at a time.
        advance: Is told how far each recording is; see `Watcher.advance`.
        work: What each process runs.
    """

    def __init__(self, model: Path, jobs: int, advance: Advance | None = None, *, work: Work = read_recordings) -> None:
        self._work = work
        self._model = model
        self._jobs = jobs
        self._advance = advance
        self._workers: list[WorkerProcess] = []
        self._again: deque[ReadTask] = deque()
        self._deaths: dict[int, int] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for worker in self._workers:
            worker.kill()
        for worker in self._workers:
            worker.join()

    def read(self, tasks: Iterator[ReadTask]) -> Iterator[tuple[ReadTask, Outcome]]:
        """See `Readers.read`.

        Raises:
            BundleError: The network does not fit its card.
            GenredError: No worker can be started.
        """
        following = next(tasks, None)
        while following is not None or self._again or self._busy:
            while len(self._workers) < self._jobs and (following is not None or self._again):
                idle = [worker for worker in self._workers if worker.task is None]
                if idle:
                    break
                self._workers.append(WorkerProcess(self._work, self._model))
            for worker in self._workers:
                if not worker.ready or worker.task is not None:
                    continue
                # What has killed a process comes last, so that it holds up nothing.
                task = following or (self._again[0] if self._again else None)
                if task is None or not worker.give(task):
                    continue
                if following is not None:
                    following = next(tasks, None)
                else:
                    self._again.popleft()
            yield from self._take_messages()

    @property
    def _busy(self) -> bool:
        return any(worker.task is not None for worker in self._workers)

    def _take_messages(self) -> Iterator[tuple[ReadTask, Outcome]]:
        heard = set(wait([worker.pipe for worker in self._workers]))
        for worker in [worker for worker in self._workers if worker.pipe in heard]:
            try:
                message = worker.pipe.recv()
            except (EOFError, OSError):
                yield from self._lose(worker)
                continue
            match message:
                case Ready():
                    worker.ready = True
                case FileAdvance(index, done_s, duration_s):
                    if self._advance is not None:
                        self._advance(index, done_s, duration_s)
                case Reading() | ReadingError():
                    task, worker.task = worker.task, None
                    yield task, message
                case logging.LogRecord():
                    logging.getLogger(message.name).handle(message)
                case BundleError():
                    raise message

    def _lose(self, worker: WorkerProcess) -> Iterator[tuple[ReadTask, Outcome]]:
        worker.join()
        self._workers.remove(worker)
        task: ReadTask | None = worker.task
        if task is None:
            if not worker.ready:
                # No file can be blamed. With less memory in use, the others may live.
                self._jobs -= 1
                if not self._jobs:
                    raise GenredError(f"no process could be started to read the recordings: the last one {worker.fate}")
            return
        self._deaths[task.index] = self._deaths.get(task.index, 0) + 1
        if self._deaths[task.index] < MAX_TRIES:
            self._again.append(task)
        else:
            yield task, set_aside(task, worker.fate)


def set_aside(task: ReadTask, fate: str) -> ReadingError:
    """Gives the outcome of a recording with which its process has died as often as it may."""
    message = f"{masked(task.path)}: set aside after {MAX_TRIES} tries: its process {fate}"
    return ReadingError(message, Cause.BROKEN.value, final=True)
