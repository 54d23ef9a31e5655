"""A way to wake a thread that waits in poll()."""

from __future__ import annotations

import os
import select
import threading
from contextlib import suppress
from typing import Protocol


class HasDescriptor(Protocol):
    """What poll() takes, as a socket with or without TLS."""

    def fileno(self) -> int:
        """For poll()."""


class Waker:
    """A pipe to itself: `set` from any thread makes `fileno` readable until `clear`."""

    def __init__(self) -> None:
        self._read, self._write = os.pipe()
        os.set_blocking(self._read, False)
        os.set_blocking(self._write, False)
        # A late `set` must not write into whatever file has got the closed pipe's number since.
        self._lock = threading.Lock()
        self._open = True
        self._is_set = False

    def fileno(self) -> int:
        """For poll()."""
        return self._read

    def set(self) -> None:
        """Wakes whoever waits; does nothing after `close`."""
        with self._lock:
            if self._open and not self._is_set:
                self._is_set = True
                os.write(self._write, b"\0")

    def clear(self) -> None:
        """Is called by the thread that was woken."""
        with self._lock, suppress(BlockingIOError):
            self._is_set = False
            os.read(self._read, 1)

    def close(self) -> None:
        """Is called by the thread that waits, when it no longer does."""
        with self._lock:
            if self._open:
                self._open = False
                os.close(self._read)
                os.close(self._write)


def wait_for(sock: HasDescriptor, waker: Waker, timeout_s: float, *, wants_to_write: bool) -> tuple[bool, bool]:
    """Waits until a connection can be used, the waker is set, or for `timeout_s`.

    Returns:
        Whether it can be read and whether it can be written.
    """
    pending = getattr(sock, "pending", None)
    poller = select.poll()
    poller.register(sock.fileno(), select.POLLIN | (select.POLLOUT if wants_to_write else 0))
    poller.register(waker.fileno(), select.POLLIN)
    # Bytes that TLS has decrypted already are in no poll.
    has_pending = pending is not None and pending() > 0
    ready = dict(poller.poll(0 if has_pending else int(timeout_s * 1_000)))
    if waker.fileno() in ready:
        waker.clear()
    found = ready.get(sock.fileno(), 0)
    return has_pending or bool(found & (select.POLLIN | select.POLLHUP | select.POLLERR)), bool(found & select.POLLOUT)
