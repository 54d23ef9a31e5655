"""The far end of a pipe of `LocalReaders`: a process that reads the recordings that it is given, one at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from genred.analysis.bundle import load_bundle
from genred.archive.reading import RecordingReader
from genred.classification.worker import serve

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection
    from pathlib import Path

    from genred.archive.reading import ReadTask
    from genred.classification.worker import ParentPipe


def read_recordings(pipe: Connection[Any, Any], model: Path, log_level: int) -> None:
    """Takes a `ReadTask` and sends a `Reading` or a `ReadingError`, again and again; see `serve`."""

    def make() -> Callable[[ReadTask, ParentPipe], object]:
        reader = RecordingReader(load_bundle(model))

        def read(task: ReadTask, parent: ParentPipe) -> object:
            return reader.read(task, lambda done_s, duration_s: parent.advance(task.index, done_s, duration_s))

        return read

    serve(pipe, log_level, make)
