"""The service manager's notification protocol, sd_notify(3), in a few lines and without libsystemd.

Every message is one datagram to the socket that `NOTIFY_SOCKET` names. Without that variable nothing is sent, so the
same code runs under systemd, in a container and in a terminal.
"""

from __future__ import annotations

import logging
import os
import socket
import time
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Mapping

_log = logging.getLogger(__name__)

_MICROSECONDS = 1_000_000
_FEEDS_PER_TIMEOUT = 2
"""sd_watchdog_enabled(3) advises a feed every half of the timeout."""


class Notifier:
    """Says to the service manager how the daemon is.

    Args:
        address: The socket's path, or `@name` for an abstract one; None says nothing.
        watchdog_interval_s: How often `watchdog` is to be called; None where nobody waits for it.
    """

    def __init__(self, address: str | None, watchdog_interval_s: float | None = None) -> None:
        self.watchdog_interval_s = watchdog_interval_s
        self._address = None if address is None else "\0" + address[1:] if address.startswith("@") else address
        self._failed = False

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> Self:
        """Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID as the service manager sets them."""
        values = os.environ if environment is None else environment
        address = values.get("NOTIFY_SOCKET") or None
        if address is not None and address[0] not in "/@":
            _log.warning(
                "NOTIFY_SOCKET is %r: only a path or an abstract @name is supported; systemd is not notified", address
            )
            address = None
        return cls(address, _watchdog_interval_s(values) if address is not None else None)

    def ready(self) -> None:
        """Start-up, or a reload, is done."""
        self._send("READY=1")

    def status(self, text: str) -> None:
        """One line for people, as `systemctl status` shows it."""
        self._send("STATUS=" + " ".join(text.split()))

    def watchdog(self) -> None:
        """There is progress. To be called at least every `watchdog_interval_s`."""
        self._send("WATCHDOG=1")

    def stopping(self) -> None:
        """The end has begun."""
        self._send("STOPPING=1")

    def reloading(self) -> None:
        """The configuration is being read anew; `ready` follows. The time is what Type=notify-reload asks for."""
        self._send(f"RELOADING=1\nMONOTONIC_USEC={time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1_000}")

    def _send(self, message: str) -> None:
        if self._address is None:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as endpoint:
                # A service manager that does not read must not be able to hold the daemon up.
                endpoint.setblocking(False)
                endpoint.connect(self._address)
                endpoint.send(message.encode())
        except OSError as error:
            if not self._failed:
                _log.warning("the service manager cannot be notified of %r: %s", message.partition("=")[0], error)
            self._failed = True
        else:
            self._failed = False


def _watchdog_interval_s(values: Mapping[str, str]) -> float | None:
    """Half of the service manager's timeout, or None where it does not wait for this process."""
    timeout, process = values.get("WATCHDOG_USEC", ""), values.get("WATCHDOG_PID", "")
    if process and process != str(os.getpid()):
        return None
    if not timeout.isdecimal() or int(timeout) == 0:
        return None
    return int(timeout) / _MICROSECONDS / _FEEDS_PER_TIMEOUT
