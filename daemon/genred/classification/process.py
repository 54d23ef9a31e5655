"""A worker process behind a pipe, as its parent has it."""

from __future__ import annotations

import logging
import multiprocessing
import signal
from contextlib import contextmanager
from multiprocessing import resource_tracker
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from multiprocessing.connection import Connection
    from pathlib import Path

_END_S = 2.0
"""A process that was killed is gone within milliseconds, unless its file system hangs."""

_KILLED_HINT = "memory may have run out; try fewer --jobs"
_CRASHED_HINT = "a damaged file may have crashed the decoder"

# Not `fork`: the parent may have threads (a progress bar's), and LiteRT's would not survive it.
_SPAWN = multiprocessing.get_context("spawn")


class WorkerProcess:
    """A process, and what the parent knows of it.

    Args:
        work: What it runs, with the pipe's other end, the model and the least level that is logged.
        model: The path of a bundle.

    Attributes:
        pipe: To the process.
        ready: Whether its network is loaded.
        task: The file that it has in hand.
    """

    def __init__(self, work: Callable[[Connection[Any, Any], Path, int], None], model: Path) -> None:
        self.pipe: Connection[Any, Any]
        self.pipe, far_end = _SPAWN.Pipe()
        self.ready = False
        self.task: Any = None
        level = logging.getLogger().getEffectiveLevel()
        self._process = _SPAWN.Process(target=work, args=(far_end, model, level), name="genred-classify", daemon=True)
        with far_end, _signals_blocked():
            self._process.start()

    def give(self, task: object) -> bool:
        """Gives it a file, unless it has died in the meantime; what is read from its pipe next says so then."""
        try:
            self.pipe.send(task)
        except OSError:
            return False
        self.task = task
        return True

    def kill(self) -> None:
        """Ends it at once: it only reads, so there is nothing to finish."""
        self._process.kill()

    def join(self) -> None:
        """Waits until it has ended, and closes the pipe."""
        self._process.join(_END_S)
        self.pipe.close()

    @property
    def fate(self) -> str:
        """How it ended, as the end of a sentence."""
        code = self._process.exitcode
        if code is None or code >= 0:
            return f"exited with code {code}"
        ending = signal.Signals(-code)
        hint = _KILLED_HINT if ending is signal.SIGKILL else _CRASHED_HINT
        return f"was ended by {ending.name} ({hint})"


@contextmanager
def _signals_blocked() -> Iterator[None]:
    """Starts processes with SIGINT and SIGTERM blocked: Python has no answer to them but a traceback while it loads."""
    # It unblocks both where it is started by the first process (python/cpython#127586).
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
