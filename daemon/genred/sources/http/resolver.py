"""Host names to addresses, without hanging where the C library's resolver does."""

from __future__ import annotations

import socket
import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Any

from genred.cause import Cause
from genred.engine.flag import Flag
from genred.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Callable

    Deadline = Callable[[], float]
    AddressInfo = tuple[socket.AddressFamily, socket.SocketKind, int, Any]

_SLICE_S = 0.25
"""Longest sleep between two looks at the interruption."""

LOOKUPS_AT_ONCE = 16
"""Threads for the look-up of names, which may all hang where a network lost its name server."""


class Interrupted(Exception):  # noqa: N818
    """The session was asked to end; not a fault of the source."""


def resolve_host(host: str, port: int, label: str, deadline: Deadline, interrupted: Flag) -> list[AddressInfo]:
    """Gives the addresses of a host, in the order in which they are to be tried.

    Args:
        host: Name or address.
        port: Of the addresses.
        label: For messages; passwords masked.
        deadline: Gives the monotonic time by which there must be an answer; asked again and again.
        interrupted: Ends the wait.

    Raises:
        SourceError: Cause `dns`.
        Interrupted: As asked.
    """
    lookup = _look_up(host, port)
    while not lookup.done.wait(_SLICE_S):
        if interrupted.is_set():
            raise Interrupted
        if time.monotonic() > deadline():
            raise SourceError(f"{label}: the name server did not answer for {host!r} in time", cause=Cause.DNS)
    if lookup.failure is not None:
        raise SourceError(
            f"{label}: no host named {host!r} ({lookup.failure}); is it spelt correctly, and is the network up?",
            cause=Cause.DNS,
        )
    return lookup.found


_lookups: dict[tuple[str, int], _Lookup] = {}
_lookups_waiting: deque[_Lookup] = deque()
_lookup_threads: set[threading.Thread] = set()
_lookups_lock = threading.Lock()


class _Lookup:
    """A name being resolved. The C library's resolver cannot be interrupted, so it gets a thread to hang in."""

    def __init__(self, host: str, port: int) -> None:
        self.done = Flag()
        self.found: list[AddressInfo] = []
        self.failure: str | None = None
        self.target = (host, port)

    def run(self) -> None:
        try:
            found = socket.getaddrinfo(*self.target, type=socket.SOCK_STREAM)
            self.found = [(family, kind, protocol, address) for family, kind, protocol, _, address in found]
        except (OSError, UnicodeError) as error:
            self.failure = getattr(error, "strerror", None) or str(error)
        with _lookups_lock:
            _lookups.pop(self.target, None)
        self.done.set()


def _look_up(host: str, port: int) -> _Lookup:
    with _lookups_lock:
        # Who comes while the resolver still hangs waits with the others: one look-up a name, never more.
        known = _lookups.get((host, port))
        if known is not None:
            return known
        lookup = _lookups[host, port] = _Lookup(host, port)
        _lookups_waiting.append(lookup)
        if len(_lookup_threads) < LOOKUPS_AT_ONCE:
            thread = threading.Thread(target=_run_lookups, name=f"resolve {host}", daemon=True)
            try:
                thread.start()
            except RuntimeError:
                # No thread is left for it: one that runs takes this name, too, or else nobody may wait for it.
                if not _lookup_threads:
                    _lookups_waiting.remove(lookup)
                    del _lookups[host, port]
                    raise
            else:
                _lookup_threads.add(thread)
        return lookup


def _run_lookups() -> None:
    while True:
        with _lookups_lock:
            if not _lookups_waiting:
                _lookup_threads.discard(threading.current_thread())
                return
            lookup = _lookups_waiting.popleft()
        lookup.run()
