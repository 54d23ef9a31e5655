"""The other end of sd_notify: a socket that hears what a service manager would."""

from __future__ import annotations

import contextlib
import os
import select
import socket
import time
from typing import TYPE_CHECKING, Self

from tests.patience import PATIENCE_S

if TYPE_CHECKING:
    from pathlib import Path


class ServiceManager:
    """Receives datagrams on a path, or on an abstract name."""

    def __init__(self, folder: Path, *, abstract: bool = False) -> None:
        name = f"{folder}/notify"
        self.address = f"@genred-test-{os.getpid()}-{id(self)}" if abstract else name
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind("\0" + self.address[1:] if abstract else name)
        self.heard: list[str] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def hear(self, timeout_s: float = PATIENCE_S) -> str | None:
        """The next message; None when none comes in time."""
        ready, _, _ = select.select([self._socket], [], [], timeout_s)
        if not ready:
            return None
        message = self._socket.recv(65_536).decode()
        self.heard.append(message)
        return message

    def wait_for(self, text: str) -> str:
        """The next message that begins like this; others are passed over."""
        deadline = time.monotonic() + PATIENCE_S
        while (left_s := deadline - time.monotonic()) > 0:
            message = self.hear(left_s)
            if message is not None and message.startswith(text):
                return message
        raise AssertionError(f"{text} did not come; heard: {self.heard}")

    def forget(self) -> None:
        """Passes over what has come so far."""
        with contextlib.suppress(BlockingIOError):
            self._socket.setblocking(False)
            while True:
                self._socket.recv(65_536)
        self._socket.setblocking(True)
