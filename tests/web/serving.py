"""A `genred web` of its own process, for tests of what only a whole server shows."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def serving(folder: Path, web: str = "{}", *, stations: str = "{one: {source: {file: /nowhere.wav}}}") -> Iterator[str]:
    """Serves the pages of a configuration. Gives their address.

    Args:
        folder: For all that the server writes.
        web: Its section, as YAML in a line.
        stations: Likewise.
    """
    config, log = folder / "genred.yaml", folder / "log"
    config.write_text(f'mqtt: {{broker: "127.0.0.1:1"}}\nweb: {web}\nstations: {stations}\n')
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
        yield found[1]
    finally:
        process.terminate()
        process.wait(30)
