"""A thread with an event loop, which runs the fibers and the turns of many stations."""

from __future__ import annotations

import asyncio
import itertools
import logging
import selectors
import threading
import time
from typing import TYPE_CHECKING, Any

from genred.engine.fiber import Fiber
from genred.engine.load import LOOK_EVERY_S, Load

if TYPE_CHECKING:
    from collections.abc import Callable

_LOGGER = logging.getLogger(__name__)

_CLOSE_WITHIN_S = 0.1
"""What the thread has for ending; it is at work for some milliseconds at a time, or hangs."""


class Worker:
    """One thread, started when it is first needed. It lives as long as the process, or until `close`.

    Args:
        name: Of the thread.
        mark: Is told what is at work on the thread, and None when it is no more: what a process that died was at.

    Attributes:
        mark: As given; does nothing where none was.
        load: Whether it keeps up; for its own thread.
        beats: Counts on while the thread lives and does not hang; None before it is started.
    """

    def __init__(self, name: str, mark: Callable[[str | None], None] | None = None) -> None:
        self.mark = mark or _nowhere
        self._name = name
        self._lock = threading.Lock()
        self._selector = _IdleTimer()
        self._loop = asyncio.SelectorEventLoop(self._selector)
        self._loop.set_exception_handler(_report)
        self._fibers = itertools.count()
        self.load = Load(name, idle_s=lambda: self._selector.idle_s)
        self.beats: int | None = None
        self._thread: threading.Thread | None = None
        self._closed = False

    def call(self, callback: Callable[..., object], *arguments: Any) -> None:
        """Has something done soon, on the worker's thread; nothing after `close`. May be called by any thread."""
        if self._thread is threading.current_thread():
            self._loop.call_soon(callback, *arguments)
        else:
            self._call_from_elsewhere(callback, *arguments)

    def call_later(self, seconds: float, callback: Callable[..., object], *arguments: Any) -> None:
        """Has something done after a while; to be called on the worker's own thread."""
        self._loop.call_later(seconds, callback, *arguments)

    def spawn(self, run: Callable[[], None], name: str = "") -> None:
        """Runs something that waits, in a fiber of its own; it must not raise. May be called by any thread.

        Args:
            run: What it does.
            name: Of the station that it belongs to.
        """
        self.call(lambda: Fiber(self._loop, run, self.load, next(self._fibers), mark=self.mark, name=name).start())

    def close(self) -> None:
        """Ends the thread, if it was started and does not hang; what is still waiting on it never goes on."""
        with self._lock:
            closed, self._closed = self._closed, True
            if closed:
                return
            if self._thread is None:
                self._loop.close()
                return
            self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_CLOSE_WITHIN_S)

    def _call_from_elsewhere(self, callback: Callable[..., object], *arguments: Any) -> None:
        with self._lock:
            if self._closed:
                return
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()
            self._loop.call_soon_threadsafe(callback, *arguments)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._beat()
        while not self._closed:
            try:
                self._loop.run_forever()
            except BaseException:
                # asyncio lets SystemExit through, which here would end whatever else the thread does.
                _LOGGER.exception("an error that would have ended a worker was caught; the worker continues")
        self._loop.close()

    def _beat(self) -> None:
        self.beats = (self.beats or 0) + 1
        self.load.look()
        self._loop.call_later(LOOK_EVERY_S, self._beat)


class _IdleTimer(selectors.DefaultSelector):
    """Measures how long a loop waited. Not what its thread ran: that it got no processor is no rest."""

    def __init__(self) -> None:
        super().__init__()
        self.idle_s = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        begin = time.monotonic()
        try:
            return super().select(timeout)
        finally:
            self.idle_s += time.monotonic() - begin


def _nowhere(_: str | None) -> None:
    pass


def _report(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    error = context.get("exception")
    _LOGGER.error("an error occurred in a worker: %s", context["message"], exc_info=error)
