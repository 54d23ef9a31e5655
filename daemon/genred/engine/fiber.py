"""Code that waits in plain calls, hundreds of times on one thread.

FFmpeg asks for bytes by calling back, and cannot be told to come again later. So what reads a stream is written as if
it had a thread of its own; in a fiber, a wait switches to the worker's event loop, with FFmpeg's frames on the stack,
and back when there is something to do. Switching is greenlet's (https://greenlet.readthedocs.io), as SQLAlchemy and
gevent use it.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from greenlet import getcurrent, greenlet

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop
    from collections.abc import Callable

    from genred.engine.load import Load


class Fiber(greenlet):
    """One flow of calls on a worker's thread. It never moves to another thread.

    Args:
        loop: The worker's event loop.
        run: What it does; must not raise.
        load: Of the worker.
        index: Of this fiber among the worker's.
    """

    def __init__(self, loop: AbstractEventLoop, run: Callable[[], None], load: Load, index: int) -> None:
        super().__init__(run)
        self._loop = loop
        self._suspended = True
        self._load = load
        self._index = index

    @property
    def rests(self) -> bool:
        """Whether it is to do as little as possible for now, since the worker has more to do than it can."""
        return self._load.rests(self._index)

    def wake(self) -> None:
        """Ends the present wait, or the next one at once. May be called by any thread."""
        with contextlib.suppress(RuntimeError):  # the worker has ended, and what waits on it never goes on
            self._loop.call_soon_threadsafe(self._resume)

    def pause(self) -> None:
        """Lets everything else on this thread that is due go first."""
        self._loop.call_soon(self._resume)
        self._switch()

    def suspend(self, seconds: float | None, descriptor: int | None = None, *, write: bool = False) -> None:
        """Gives the thread back until woken, for so long at most; it may end earlier for no reason.

        Args:
            seconds: None for any time.
            descriptor: Of a socket; the wait ends when it can be read.
            write: Or written to.
        """
        loop = self._loop
        due_at = None if seconds is None else loop.time() + max(0.0, seconds)
        timer = None if due_at is None else loop.call_at(due_at, self._resume)
        if descriptor is not None:
            (loop.add_writer if write else loop.add_reader)(descriptor, self._resume)
        try:
            self._switch()
        finally:
            if timer is not None:
                timer.cancel()
            if descriptor is not None:
                (loop.remove_writer if write else loop.remove_reader)(descriptor)

    def _switch(self) -> None:
        self._suspended = True
        assert self.parent is not None  # noqa: S101 - only the loop's own greenlet has none
        self.parent.switch()

    def _resume(self) -> None:
        if self._suspended and not self.dead:
            self._suspended = False
            self.switch()


def rests() -> bool:
    """Says whether the machine is too busy to decode what is read here now."""
    fiber = current_fiber()
    return fiber is not None and fiber.rests


def current_fiber() -> Fiber | None:
    """Gives the fiber that runs, or None in a plain thread."""
    running = getcurrent()
    return running if isinstance(running, Fiber) else None
