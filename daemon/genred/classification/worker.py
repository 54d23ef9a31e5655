"""The far end of a pipe of `WorkerPool`: a process that classifies the files that it is given, one at a time."""

from __future__ import annotations

import logging
import logging.handlers
import signal
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from genred.analysis.bundle import load_bundle
from genred.classification.file import FileClassifier
from genred.classification.outcome import outcome_of
from genred.errors import BundleError

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection
    from pathlib import Path

    from genred.classification.target import Target


@dataclass(frozen=True, slots=True)
class Task:
    """A file to classify.

    Attributes:
        index: Its place in the batch.
        target: The file.
    """

    index: int
    target: Target


@dataclass(frozen=True, slots=True)
class Ready:
    """The network is loaded; files can come."""


@dataclass(frozen=True, slots=True)
class FileAdvance:
    """How far a worker is; see `Watcher.advance`."""

    index: int
    done_s: float
    duration_s: float | None


def work(pipe: Connection[Any, Any], model: Path, log_level: int) -> None:
    """Takes a `Task` and sends its outcome, again and again, until the pipe's other end is closed; see `serve`."""

    def make() -> Callable[[Any, ParentPipe], object]:
        classifier = FileClassifier(load_bundle(model))
        return lambda task, parent: outcome_of(classifier, task.index, task.target, parent)

    serve(pipe, log_level, make)


def serve(pipe: Connection[Any, Any], log_level: int, make: Callable[[], Callable[[Any, ParentPipe], object]]) -> None:
    """Takes tasks and sends what becomes of each, until the pipe's other end is closed.

    Sends a `BundleError` and ends, or `Ready`; then for each task `FileAdvance`s, the records of what is logged
    meanwhile, and what was made of it.

    Args:
        pipe: To the parent. A parent that has ended, however it was, has closed it: nothing else ends a worker.
        log_level: Least level that is logged.
        make: Loads the network, and gives what makes an outcome of a task.
    """
    # The parent has started this process with both signals blocked. Ctrl-C reaches a terminal's whole group of
    # processes, and it is the parent who decides what it means: SIGINT stays blocked.
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
    parent = ParentPipe(pipe)
    logging.getLogger().setLevel(log_level)
    logging.getLogger().addHandler(_LogToParent(parent))
    try:
        outcome_of_task = make()
    except BundleError as error:
        parent.send(error)
        return
    parent.send(Ready())
    while True:
        task = parent.receive()
        parent.send(outcome_of_task(task, parent))


class ParentPipe:
    """The parent as a worker sees it; a worker whose parent has gone ends."""

    def __init__(self, pipe: Connection[Any, Any]) -> None:
        self._pipe = pipe

    def receive(self) -> Any:
        """Gives the next task."""
        try:
            return self._pipe.recv()
        except (EOFError, OSError):
            sys.exit()

    def send(self, message: object) -> None:
        """Sends anything that can be pickled."""
        try:
            self._pipe.send(message)
        except OSError:
            sys.exit()

    def advance(self, index: int, done_s: float, duration_s: float | None) -> None:
        """See `Watcher.advance`."""
        self.send(FileAdvance(index, done_s, duration_s))

    def end(self, index: int) -> None:
        """Is said by the outcome."""


class _LogToParent(logging.handlers.QueueHandler):
    """Leaves it to the parent to write a record: there may be a progress bar in the way."""

    def __init__(self, parent: ParentPipe) -> None:
        super().__init__(parent)  # type: ignore[arg-type]
        self._parent = parent

    def enqueue(self, record: logging.LogRecord) -> None:
        self._parent.send(record)
