"""Signals as calls: the ways in which a person or systemd speaks to a running command."""

from __future__ import annotations

import os
import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from genred.exit_codes import ExitCode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

    _Handler = Callable[[int, FrameType | None], Any] | int


@contextmanager
def stop_on_signals(stop: Callable[[], None]) -> Iterator[None]:
    """Calls `stop` at the first SIGINT or SIGTERM; a second one ends the process at once, as it does by default.

    Args:
        stop: Must be safe to call from a signal handler.
    """

    def handle(number: int, _frame: FrameType | None) -> None:
        signal.signal(number, signal.SIG_DFL if number == signal.SIGTERM else signal.default_int_handler)
        stop()

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def interrupts_end_at_once() -> None:
    """Lets Ctrl-C end the process at once and without a word: while it imports, and on its way out.

    Python's own answer is a traceback wherever it happens to be. Does nothing outside of the main thread.
    """
    _on_interrupt(lambda *_: os._exit(ExitCode.INTERRUPTED))


@contextmanager
def interrupts_raise() -> Iterator[None]:
    """Lets Ctrl-C raise `KeyboardInterrupt` while a command runs, so that what is open is closed.

    Where it strikes a library in C, as while that is imported, any other error may come out of it; that is turned back.
    """
    happened = False

    def handle(number: int, frame: FrameType | None) -> None:
        nonlocal happened
        happened = True
        signal.default_int_handler(number, frame)

    before = _on_interrupt(handle)
    try:
        yield
    except Exception as error:
        if happened:
            raise KeyboardInterrupt from error
        raise
    finally:
        if before is not None:
            _on_interrupt(before)


def _on_interrupt(handler: _Handler) -> _Handler | None:
    if threading.current_thread() is not threading.main_thread():
        return None
    return signal.signal(signal.SIGINT, handler)


@contextmanager
def interrupted_by_sigterm() -> Iterator[None]:
    """Lets SIGTERM end a command as Ctrl-C does: by `KeyboardInterrupt`, so that what is open is closed."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
