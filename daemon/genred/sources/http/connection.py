"""A TCP or TLS connection whose every wait has a deadline and ends at once when it is interrupted."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import ssl
import threading
import time
from collections import deque
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

from genred.cause import Cause
from genred.engine.fiber import give_way
from genred.engine.flag import Flag
from genred.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Callable

    Deadline = Callable[[], float]
    _AddressInfo = tuple[socket.AddressFamily, socket.SocketKind, int, Any]

_T = TypeVar("_T")

_SLICE_S = 0.25
"""Longest sleep between two looks at the interruption."""

RECEIVE_BYTES = 16_384
GATHERED_BYTES = 65_536
"""Taken at once at most: two seconds of the highest usual rates."""

LEAST_GATHER_S = 0.02
"""Between two looks at a socket that is never empty: 3 MB/s of a server that sends without end, more than any audio."""

LOOKUPS_AT_ONCE = 16
"""Threads for the look-up of names, which may all hang where a network lost its name server."""


class Interrupted(Exception):  # noqa: N818
    """The session was asked to end; not a fault of the source."""


class HttpConnection:
    """One connection to a server.

    Args:
        host: Name or address.
        port: TCP port.
        tls: Whether to speak TLS, with the system's certificates.
        label: For messages; passwords masked.
        deadline: Gives the monotonic time by which it must stand; asked again and again.
        interrupted: Ends any wait.

    Attributes:
        received_bytes: Since somebody set it to 0 last.
        gather_s: Seconds between two looks at the socket; 0 to take each packet as it comes.
        emptied_at: Monotonic time at which all had been taken that came before what `receive` gave last.

    Raises:
        SourceError: Causes `dns`, `refused`, `unreachable`, `timeout` or `tls`.
        Interrupted: As asked.
    """

    def __init__(self, host: str, port: int, *, tls: bool, label: str, deadline: Deadline, interrupted: Flag) -> None:
        self._label = label
        self._interrupted = interrupted
        self.received_bytes = 0
        self.gather_s = 0.0
        self.emptied_at = self._drained_at = time.monotonic()
        self._failure: OSError | None = None
        self._socket: socket.socket = self._connect(host, port, deadline)
        if tls:
            try:
                self._wrap(host, deadline)
            except BaseException:
                self.close()
                raise

    def send(self, data: bytes, deadline: Deadline) -> None:
        """Sends all of it.

        Raises:
            SourceError: The connection broke, or the deadline passed.
        """
        rest = data

        def send_some() -> int:
            return self._socket.send(rest)

        while rest:
            rest = rest[self._attempt(send_some, deadline, "the request could not be sent in time") :]

    def receive(self, deadline: Deadline, late: str) -> bytes:
        """Gives what comes next, or nothing at the end of the data.

        Args:
            deadline: Asked again and again for the monotonic time by which something must have come.
            late: What to say when it did not.

        Raises:
            SourceError: Cause `stalled` past the deadline, `reset` when the connection broke.
            Interrupted: As asked.
        """
        give_way()
        if self._interrupted.is_set():
            # Where something always comes there is no wait for it to end.
            raise Interrupted
        self.emptied_at = self._drained_at
        if self.gather_s:
            self._gather()
        data = self._attempt(self._receive_some, deadline, late, cause=Cause.STALLED)
        self.received_bytes += len(data)
        return data

    def _gather(self) -> None:
        """Leaves what comes in the socket for a while, so that it is taken at once, and not packet by packet."""
        if self._interrupted.wait(max(LEAST_GATHER_S, self._drained_at + self.gather_s - time.monotonic())):
            raise Interrupted

    def _receive_some(self) -> bytes:
        if self._failure is not None:
            raise self._failure
        parts = [self._socket.recv(RECEIVE_BYTES)]
        size = len(parts[0])
        if not self.gather_s:
            return parts[0]
        try:
            while parts[-1] and size < GATHERED_BYTES:
                parts.append(self._socket.recv(RECEIVE_BYTES))
                size += len(parts[-1])
        except (BlockingIOError, ssl.SSLWantReadError):
            self._drained_at = time.monotonic()
        except OSError as error:
            # For the next call, after what came before it was used.
            self._failure = error
        return b"".join(parts)

    def close(self) -> None:
        """Lets go of the socket."""
        with contextlib.suppress(OSError):
            self._socket.close()

    def _connect(self, host: str, port: int, deadline: Deadline) -> socket.socket:
        found = _resolve(host, port, self._label, deadline, self._interrupted)
        failure = SourceError(f"{self._label}: {host!r} has no address", cause=Cause.DNS)
        for index, info in enumerate(found):
            # An address that swallows everything (broken IPv6) must leave time for the others.
            now = time.monotonic()
            try:
                return self._connect_to(info, f"{host}:{port}", now + (deadline() - now) / (len(found) - index))
            except SourceError as error:
                failure = error
        raise failure

    def _connect_to(self, info: _AddressInfo, shown: str, due_at: float) -> socket.socket:
        family, kind, protocol, address = info
        sock = socket.socket(family, kind, protocol)
        try:
            sock.setblocking(False)
            code = sock.connect_ex(address)
            if code in {errno.EINPROGRESS, errno.EAGAIN}:
                late = f"no connection to {shown} in time; is the address right, and does a firewall allow it?"
                self._wait(sock, lambda: due_at, late, Cause.TIMEOUT, write=True)
                code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        except BaseException:
            sock.close()
            raise
        if code:
            sock.close()
            raise SourceError(
                f"{self._label}: cannot connect to {shown}: {os.strerror(code)}; "
                "is the server running, and the port right?",
                cause=Cause.REFUSED if code == errno.ECONNREFUSED else Cause.UNREACHABLE,
            )
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        return sock

    def _wrap(self, host: str, deadline: Deadline) -> None:
        context = _tls_context(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))
        wrapped = context.wrap_socket(self._socket, server_hostname=host, do_handshake_on_connect=False)
        self._socket = wrapped
        self._attempt(wrapped.do_handshake, deadline, "the TLS handshake did not end in time")

    def _attempt(self, action: Callable[[], _T], deadline: Deadline, late: str, cause: Cause = Cause.TIMEOUT) -> _T:
        while True:
            try:
                return action()
            except (BlockingIOError, ssl.SSLWantReadError):
                self._wait(self._socket, deadline, late, cause, write=False)
            except ssl.SSLWantWriteError:
                self._wait(self._socket, deadline, late, cause, write=True)
            except ssl.SSLEOFError:
                raise SourceError(f"{self._label}: the connection broke off", cause=Cause.RESET) from None
            except ssl.SSLError as error:
                what = getattr(error, "verify_message", "") or error.reason or str(error)
                raise SourceError(f"{self._label}: TLS failed: {what}", permanent=True, cause=Cause.TLS) from error
            except OSError as error:
                reason = error.strerror or str(error)
                raise SourceError(f"{self._label}: the connection broke: {reason}", cause=Cause.RESET) from error

    def _wait(self, sock: socket.socket, deadline: Deadline, late: str, cause: Cause, *, write: bool) -> None:
        while True:
            if self._interrupted.is_set():
                raise Interrupted
            left_s = deadline() - time.monotonic()
            if left_s <= 0:
                raise SourceError(f"{self._label}: {late}", cause=cause)
            if self._interrupted.wait_for_io(sock.fileno(), left_s, write=write):
                # Nothing was there before: what comes now has not waited, however long it was waited for.
                self.emptied_at = time.monotonic()
                return


@lru_cache(maxsize=1)
def _tls_context(_certificate_file: str | None, _certificate_folder: str | None) -> ssl.SSLContext:
    """The system's certificates, read once: HLS connects for each segment, and a small board reads them for 50 ms."""
    return ssl.create_default_context()


_lookups: dict[tuple[str, int], _Lookup] = {}
_lookups_waiting: deque[_Lookup] = deque()
_lookup_threads: set[threading.Thread] = set()
_lookups_lock = threading.Lock()


class _Lookup:
    """A name being resolved. The C library's resolver cannot be interrupted, so it gets a thread to hang in."""

    def __init__(self, host: str, port: int) -> None:
        self.done = Flag()
        self.found: list[_AddressInfo] = []
        self.failure: OSError | UnicodeError | None = None
        self.target = (host, port)

    def run(self) -> None:
        try:
            found = socket.getaddrinfo(*self.target, type=socket.SOCK_STREAM)
            self.found = [(family, kind, protocol, address) for family, kind, protocol, _, address in found]
        except (OSError, UnicodeError) as error:
            self.failure = error
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
            _lookup_threads.add(thread)
            thread.start()
        return lookup


def _run_lookups() -> None:
    while True:
        with _lookups_lock:
            if not _lookups_waiting:
                _lookup_threads.discard(threading.current_thread())
                return
            lookup = _lookups_waiting.popleft()
        lookup.run()


def _resolve(host: str, port: int, label: str, deadline: Deadline, interrupted: Flag) -> list[_AddressInfo]:
    lookup = _look_up(host, port)
    while not lookup.done.wait(_SLICE_S):
        if interrupted.is_set():
            raise Interrupted
        if time.monotonic() > deadline():
            raise SourceError(f"{label}: no answer from the name server for {host!r} in time", cause=Cause.DNS)
    if lookup.failure is not None:
        reason = getattr(lookup.failure, "strerror", None) or str(lookup.failure)
        raise SourceError(
            f"{label}: no host of the name {host!r} ({reason}); is it spelt right, and is the network up?",
            cause=Cause.DNS,
        )
    return lookup.found
