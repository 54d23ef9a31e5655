"""Keeps a terminal from showing what is typed into it while a view is drawn there."""

from __future__ import annotations

import sys
import termios
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def without_echo() -> Iterator[None]:
    """Turns the echo off, and on again at the end: `^C` or Enter would move the cursor, and the view with it."""
    try:
        descriptor = sys.stdin.fileno()
        before = termios.tcgetattr(descriptor)
    except (AttributeError, OSError, ValueError, termios.error):
        # No terminal, or none at all.
        yield
        return
    quiet = [*before[:3], before[3] & ~(termios.ECHO | termios.ECHOCTL), *before[4:]]
    termios.tcsetattr(descriptor, termios.TCSANOW, quiet)
    try:
        yield
    finally:
        termios.tcsetattr(descriptor, termios.TCSANOW, before)
