"""Keeps one line that LiteRT writes by itself out of standard error, and loses no other."""

from __future__ import annotations

import os
import sys
import tempfile
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_DELEGATE_MESSAGE = b"INFO: Created TensorFlow Lite XNNPACK delegate for CPU."
"""What LiteRT prints when the first interpreter of a process is made; no setting turns it off."""

_lock = threading.Lock()
_printed = threading.Event()


@contextmanager
def delegate_message_hidden() -> Iterator[None]:
    """Removes LiteRT's message from what is written to standard error while its first interpreter is made.

    The message comes once a process, so file descriptor 2 is replaced once a process, too, and for some milliseconds.
    Whatever else is written to it meanwhile, by any thread, follows when the interpreter stands.
    """
    with _lock:
        if _printed.is_set():
            replaced = None
        else:
            _printed.set()
            replaced = _Replaced()
        try:
            yield
        finally:
            if replaced is not None:
                replaced.restore()


class _Replaced:
    """Standard error as a temporary file."""

    def __init__(self) -> None:
        sys.stderr.flush()
        self._kept = os.dup(2)
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `restore`
        os.dup2(self._file.fileno(), 2)

    def restore(self) -> None:
        sys.stderr.flush()
        os.dup2(self._kept, 2)
        with self._file:
            self._file.seek(0)
            rest = b"".join(line for line in self._file if line.strip() != _DELEGATE_MESSAGE)
        with os.fdopen(self._kept, "wb", closefd=True) as standard_error:
            standard_error.write(rest)
