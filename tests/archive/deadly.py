"""Readers that a recording kills: as a decoder's crash would."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING, Any

from genred.analysis.bundle import load_bundle
from genred.archive.cluster import ModelPlugin
from genred.archive.reading import RecordingReader
from genred.classification.worker import serve

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection
    from pathlib import Path

    from genred.archive.readers import Outcome
    from genred.archive.reading import ReadTask
    from genred.classification.worker import ParentPipe

MARK = "-deadly"
"""In the name of a recording that kills who reads it."""

ONCE = "-once"
"""And of one that does so the first time only."""


def die_of(path: str) -> None:
    """Kills this process, if the recording is such a one."""
    if ONCE in path:
        try:
            os.close(os.open(f"{path}.met", os.O_CREAT | os.O_EXCL))
        except FileExistsError:
            return
    if MARK in path or ONCE in path:
        os.kill(os.getpid(), signal.SIGSEGV)


def read_deadly(pipe: Connection[Any, Any], model: Path, log_level: int) -> None:
    def make() -> Callable[[ReadTask, ParentPipe], object]:
        reader = RecordingReader(load_bundle(model))

        def read(task: ReadTask, _: ParentPipe) -> object:
            die_of(task.path)
            return reader.read(task)

        return read

    serve(pipe, log_level, make)


class DeadlyPlugin(ModelPlugin):
    def read(self, task: ReadTask) -> Outcome:
        die_of(task.path)
        return super().read(task)
