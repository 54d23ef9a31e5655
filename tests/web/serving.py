"""Pages behind a real server: in a process of its own as `genred web`, or in a thread."""

from __future__ import annotations

import asyncio
import os
import re
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn

from genred.web.protocol import BoundedProtocol
from tests.patience import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.types import ASGIApp


@dataclass(frozen=True)
class Served:
    """A `genred web` that runs."""

    address: str
    pid: int


def rss_bytes(pid: int) -> int:
    """The resident memory of a process."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@contextmanager
def threaded(app: ASGIApp) -> Iterator[str]:
    """Serves an application from a thread, as `genred web` does. Gives its address."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(
        uvicorn.Config(
            app, http=BoundedProtocol, lifespan="off", log_config=None, ws="none", timeout_graceful_shutdown=2
        )
    )
    thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listener])), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join(PATIENCE_S)


@contextmanager
def serving(
    folder: Path,
    web: str = "{}",
    *,
    mqtt: str = '{broker: "127.0.0.1:1"}',
    stations: str = "{one: {source: {file: /nowhere.wav}}}",
    more: str = "",
) -> Iterator[Served]:
    """Serves the pages of a configuration.

    Args:
        folder: For all that the server writes.
        web: Its section, as YAML in a line.
        mqtt: Likewise.
        stations: Likewise.
        more: Sections as they stand in the file.
    """
    config, log = folder / "genred.yaml", folder / "log"
    config.write_text(f"mqtt: {mqtt}\nweb: {web}\nstations: {stations}\n{more}")
    command = [sys.executable, "-m", "genred", "web", "-c", str(config), "--port", "0"]
    with log.open("wb") as file:
        process = subprocess.Popen(
            command, stderr=file, env={**os.environ, "XDG_STATE_HOME": str(folder), "TMPDIR": str(folder)}
        )
    try:
        found = None
        while found is None:
            assert process.poll() is None, log.read_text()
            found = re.search(r"pages on (\S+)/", log.read_text())
            time.sleep(0.05)
        yield Served(found[1], process.pid)
    finally:
        process.terminate()
        process.wait(PATIENCE_S)
