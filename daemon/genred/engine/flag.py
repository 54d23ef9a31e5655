"""What one sets and others wait for, in threads and in fibers alike."""

from __future__ import annotations

import select
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from genred.engine.fiber import current_fiber

if TYPE_CHECKING:
    from collections.abc import Iterator

    from genred.engine.fiber import Fiber

_SLICE_S = 0.25
"""Longest sleep of a thread in `wait_for_io` between two looks at the flag."""


class Flag:
    """As `threading.Event`; a fiber that waits for it keeps no thread."""

    def __init__(self) -> None:
        self._event = threading.Event()
        # Replaced and never changed, so that any thread may read it.
        self._fibers: tuple[Fiber, ...] = ()

    def is_set(self) -> bool:
        """Whether it was set, and not cleared since."""
        return self._event.is_set()

    def set(self) -> None:
        """Sets it and wakes who waits. May be called by any thread."""
        self._event.set()
        for fiber in self._fibers:
            fiber.wake()

    def clear(self) -> None:
        """Takes it back."""
        self._event.clear()

    def wait(self, seconds: float | None = None) -> bool:
        """Waits until it is set, for so long at most.

        Returns:
            Whether it is set.
        """
        fiber = current_fiber()
        if fiber is None:
            return self._event.wait(seconds)
        ends_at = None if seconds is None else time.monotonic() + seconds
        with self._waking(fiber):
            while not self._event.is_set():
                left_s = None if ends_at is None else ends_at - time.monotonic()
                if left_s is not None and left_s <= 0:
                    break
                fiber.suspend(left_s)
        return self._event.is_set()

    def wait_for_io(self, descriptor: int, seconds: float, *, write: bool = False) -> bool:
        """Waits until a socket can be read or written, until the flag is set, or for so long at most.

        Args:
            descriptor: Of the socket.
            seconds: More than 0. The wait may end earlier for no reason.
            write: Whether it is to be written to.

        Returns:
            Whether the socket was ready.
        """
        fiber = current_fiber()
        if fiber is not None:
            with self._waking(fiber):
                return not self._event.is_set() and fiber.suspend(seconds, descriptor, write=write)
        poll = select.poll()
        poll.register(descriptor, select.POLLOUT if write else select.POLLIN)
        return bool(poll.poll(1_000 * min(_SLICE_S, seconds)))

    @contextmanager
    def _waking(self, fiber: Fiber) -> Iterator[None]:
        self._fibers += (fiber,)
        try:
            yield
        finally:
            self._fibers = tuple(other for other in self._fibers if other is not fiber)
