"""A real mosquitto on loopback, on a port of its own, that a test can stop, kill and start again."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from tests.patience import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

PROGRAM = shutil.which("mosquitto") or "/usr/sbin/mosquitto"

_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
_WORKERS = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
_PORTS = range(20_000 + _WORKER, 32_000, _WORKERS)
"""Below those that Linux gives to outgoing connections: one of them may take the port of a broker that is stopped. Each
worker of pytest has ports of its own: nothing keeps one until it is listened on."""


def free_port() -> int:
    while True:
        port = secrets.choice(_PORTS)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


class Mosquitto:
    """Runs `mosquitto -c` with `lines` added to a plain anonymous listener (or in its place)."""

    def __init__(self, folder: Path, lines: Sequence[str] = (), *, anonymous: bool = True) -> None:
        self.port = free_port()
        self.log = folder / "mosquitto.log"
        self._configuration = folder / "mosquitto.conf"
        self._anonymous = anonymous
        self.configure(lines)
        self._process: subprocess.Popen[bytes] | None = None

    def configure(self, lines: Sequence[str]) -> None:
        """Changes what is added, from the next start on."""
        self._configuration.write_text(
            "\n".join(
                [
                    # The broker drops root's rights, but must read what the test has made.
                    "user root",
                    f"allow_anonymous {'true' if self._anonymous else 'false'}",
                    f"listener {self.port} 127.0.0.1",
                    *lines,
                ]
            )
            + "\n"
        )

    @property
    def pid(self) -> int:
        assert self._process is not None, "mosquitto is not running"
        return self._process.pid

    def start(self, *, verbose: bool = True) -> Mosquitto:
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [PROGRAM, *(["-v"] if verbose else []), "-c", str(self._configuration)],
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                if self._process.poll() is not None:
                    break
                time.sleep(0.02)
            else:
                return self
        raise RuntimeError(f"mosquitto did not start:\n{self.log.read_text()}")

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(PATIENCE_S)
            self._process = None

    def wait_for_log(self, text: str, *, times: int) -> None:
        """Waits until the broker has logged a text so many times."""
        deadline = time.monotonic() + PATIENCE_S
        while self.log.read_text().count(text) < times:
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.02)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(PATIENCE_S)
            self._process = None
