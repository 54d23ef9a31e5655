"""Code that waits in plain calls, hundreds of times on one thread.

FFmpeg asks for bytes by calling back, and cannot be told to come again later. So what reads a stream is written as if
it had a thread of its own; in a fiber, a wait switches to the worker's event loop, with FFmpeg's frames on the stack,
and back when there is something to do. Switching is greenlet's (https://greenlet.readthedocs.io), as SQLAlchemy and
gevent use it.
"""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING

from greenlet import getcurrent, greenlet

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop
    from collections.abc import Callable

    from genred.engine.load import Load

LONGEST_RUN_S = 0.02
"""After running for so long without a wait, a fiber lets the others go first where it is asked to."""


class Fiber(greenlet):
    """One flow of calls on a worker's thread. It never moves to another thread.

    Args:
        loop: The worker's event loop.
        run: What it does; must not raise.
        load: Of the worker.
        index: Of this fiber among the worker's.
        mark: Is told that it is at work, and that it is no more.
        name: Of the station that it belongs to.

    Attributes:
        due_s: How much audio is of use next, in seconds: what comes before that need not be fetched at once.
    """

    def __init__(
        self,
        loop: AbstractEventLoop,
        run: Callable[[], None],
        load: Load,
        index: int,
        *,
        mark: Callable[[str | None], None],
        name: str,
    ) -> None:
        super().__init__(run)
        self._loop = loop
        self._suspended = True
        self._io_ready = False
        self._resumed_at = time.monotonic()
        self._load = load
        self._index = index
        self._mark = mark
        self._name = name
        self.due_s = 0.0

    def start(self) -> None:
        """Begins; on the worker's thread."""
        self._resume()

    def rests(self, late_s: float) -> bool:
        """Says whether it is to do as little as possible for now, since the worker has more to do than it can.

        Args:
            late_s: For how long its audio has waited.
        """
        return self._load.rests(self._index, late_s)

    def wake(self) -> None:
        """Ends the present wait, or the next one at once. May be called by any thread."""
        with contextlib.suppress(RuntimeError):  # the worker has ended, and what waits on it never goes on
            self._loop.call_soon_threadsafe(self._resume)

    def pause(self) -> None:
        """Lets everything else on this thread that is due go first."""
        self._loop.call_soon(self._resume)
        self._switch()

    def pause_if_long(self) -> None:
        """Does so where it has run for `LONGEST_RUN_S` since its last wait or pause."""
        if time.monotonic() - self._resumed_at >= LONGEST_RUN_S:
            self.pause()

    def suspend(self, seconds: float | None, descriptor: int | None = None, *, write: bool = False) -> bool:
        """Gives the thread back until woken, for so long at most; it may end earlier for no reason.

        Args:
            seconds: None for any time.
            descriptor: Of a socket; the wait ends when it can be read.
            write: Or written to.

        Returns:
            Whether the socket ended the wait.
        """
        self._io_ready = False
        loop = self._loop
        due_at = None if seconds is None else loop.time() + max(0.0, seconds)
        timer = None if due_at is None else loop.call_at(due_at, self._resume)
        if descriptor is not None:
            (loop.add_writer if write else loop.add_reader)(descriptor, self._resume_for_io)
        try:
            self._switch()
        finally:
            if timer is not None:
                timer.cancel()
            if descriptor is not None:
                (loop.remove_writer if write else loop.remove_reader)(descriptor)
        return self._io_ready

    def _switch(self) -> None:
        self._suspended = True
        assert self.parent is not None  # noqa: S101 - only the loop's own greenlet has none
        self.parent.switch()
        self._resumed_at = time.monotonic()

    def _resume(self) -> None:
        if self._suspended and not self.dead:
            self._suspended = False
            self._mark(self._name)
            self.switch()
            self._mark(None)

    def _resume_for_io(self) -> None:
        self._io_ready = True
        self._resume()


def rests(late_s: float = 0.0) -> bool:
    """Says whether the machine is too busy to decode what is read here now.

    Args:
        late_s: For how long that has waited.
    """
    fiber = current_fiber()
    return fiber is not None and fiber.rests(late_s)


def due_s() -> float:
    """Gives how much audio is of use next to whoever reads here, in seconds; 0 where that is not known."""
    fiber = current_fiber()
    return 0.0 if fiber is None else fiber.due_s


def current_fiber() -> Fiber | None:
    """Gives the fiber that runs, or None in a plain thread."""
    running = getcurrent()
    return running if isinstance(running, Fiber) else None


def give_way() -> None:
    """Lets the other fibers of this thread go on, if this one has run for long.

    For every loop over what comes from outside: of bytes that come faster than they are used, none is waited for.
    """
    fiber = current_fiber()
    if fiber is not None:
        fiber.pause_if_long()
