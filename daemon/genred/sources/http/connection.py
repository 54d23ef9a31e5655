"""A TCP or TLS connection whose every wait has a deadline and ends at once when it is interrupted."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import ssl
import time
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

from genred.cause import Cause
from genred.certificate_clock import CLOCK_CHECK_S, is_not_yet_valid
from genred.engine.fiber import give_way
from genred.errors import SourceError
from genred.sources.http.resolver import Interrupted, resolve_host

if TYPE_CHECKING:
    from collections.abc import Callable

    from genred.engine.flag import Flag
    from genred.sources.http.resolver import AddressInfo, Deadline

__all__ = ["GATHERED_BYTES", "RECEIVE_BYTES", "HttpConnection", "Interrupted"]

_T = TypeVar("_T")

RECEIVE_BYTES = 16_384
GATHERED_BYTES = 65_536
"""Taken at once at most: two seconds of the highest usual rates."""

LEAST_GATHER_S = 0.02
"""Between two looks at a socket that is never empty: 3 MB/s of a server that sends without end, more than any audio."""


class HttpConnection:
    """One connection to a server, or to a proxy that leads there.

    Args:
        host: Name or address.
        port: TCP port.
        label: For messages; passwords masked.
        deadline: Gives the monotonic time by which it must stand; asked again and again.
        interrupted: Ends any wait.

    Attributes:
        received_bytes: Since somebody set it to 0 last.
        gather_s: Seconds between two looks at the socket; 0 to take each packet as it comes.
        emptied_at: Monotonic time at which all had been taken that came before what `receive` gave last.

    Raises:
        SourceError: Causes `dns`, `refused`, `unreachable` or `timeout`.
        Interrupted: As asked.
    """

    def __init__(self, host: str, port: int, *, label: str, deadline: Deadline, interrupted: Flag) -> None:
        self._label = label
        self._interrupted = interrupted
        self.received_bytes = 0
        self.gather_s = 0.0
        self.emptied_at = self._drained_at = time.monotonic()
        # For the next call, once what came before is used; at most one.
        self._failures: list[OSError] = []
        self._socket: socket.socket = self._connect(host, port, deadline)

    def start_tls(self, host: str, deadline: Deadline) -> None:
        """Speaks TLS from now on, with the system's certificates.

        Args:
            host: Whose certificate it must be.
            deadline: Gives the monotonic time by which it must stand.

        Raises:
            SourceError: Causes `tls`, `timeout` or `reset`.
            Interrupted: As asked.
        """
        context = _tls_context(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))
        wrapped = context.wrap_socket(self._socket, server_hostname=host, do_handshake_on_connect=False)
        self._socket = wrapped
        self._attempt(wrapped.do_handshake, deadline, "the TLS handshake did not finish in time")

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
        if self._failures:
            raise self._failures.pop()
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
            self._failures.append(error)
        return b"".join(parts)

    def close(self) -> None:
        """Lets go of the socket."""
        with contextlib.suppress(OSError):
            self._socket.close()

    def _connect(self, host: str, port: int, deadline: Deadline) -> socket.socket:
        found = resolve_host(host, port, self._label, deadline, self._interrupted)
        # A frame that held what it raises would keep itself, and the session, until the garbage collector comes.
        failures = [SourceError(f"{self._label}: {host!r} has no IP address", cause=Cause.DNS)]
        for index, info in enumerate(found):
            # An address that swallows everything (broken IPv6) must leave time for the others.
            now = time.monotonic()
            try:
                return self._connect_to(info, f"{host}:{port}", now + (deadline() - now) / (len(found) - index))
            except SourceError as error:
                failures = [error]
        raise failures.pop()

    def _connect_to(self, info: AddressInfo, shown: str, due_at: float) -> socket.socket:
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

    def _attempt(self, action: Callable[[], _T], deadline: Deadline, late: str, cause: Cause = Cause.TIMEOUT) -> _T:
        while True:
            try:
                return action()
            except (BlockingIOError, ssl.SSLWantReadError):
                self._wait(self._socket, deadline, late, cause, write=False)
            except ssl.SSLWantWriteError:
                self._wait(self._socket, deadline, late, cause, write=True)
            except ssl.SSLEOFError:
                raise SourceError(f"{self._label}: the connection was lost", cause=Cause.RESET) from None
            except ssl.SSLError as error:
                if isinstance(error, ssl.SSLCertVerificationError):
                    # The system may have learnt of the authority since its certificates were read.
                    _tls_context.cache_clear()
                raise _tls_fault(self._label, error) from error
            except OSError as error:
                reason = error.strerror or str(error)
                raise SourceError(f"{self._label}: the connection was lost: {reason}", cause=Cause.RESET) from error

    def _wait(self, sock: socket.socket, deadline: Deadline, late: str, cause: Cause, *, write: bool) -> None:
        while True:
            if self._interrupted.is_set():
                raise Interrupted
            left_s = deadline() - time.monotonic()
            if left_s <= 0:
                raise SourceError(f"{self._label}: {late}", cause=cause)
            if self._interrupted.wait_for_io(sock.fileno(), left_s, write=write):
                # Nothing was there before: what comes now has not waited, however long it was waited for.
                self.emptied_at = self._drained_at = time.monotonic()
                return


def _tls_fault(label: str, error: ssl.SSLError) -> SourceError:
    if is_not_yet_valid(error):
        return SourceError(
            f"{label}: TLS failed: the server's certificate is not yet valid; the clock here says "
            f"{time.strftime('%Y-%m-%d %H:%M', time.gmtime())} UTC: is it set?",
            cause=Cause.TLS,
            within_s=CLOCK_CHECK_S,
        )
    what = getattr(error, "verify_message", "") or error.reason or str(error)
    return SourceError(f"{label}: TLS failed: {what}", permanent=True, cause=Cause.TLS)


@lru_cache(maxsize=1)
def _tls_context(_certificate_file: str | None, _certificate_folder: str | None) -> ssl.SSLContext:
    """The system's certificates, read once: HLS connects for each segment, and a small board reads them for 50 ms.

    And again after one that was not trusted: the daemon runs for longer than the system's list stays the same.
    """
    return ssl.create_default_context()
