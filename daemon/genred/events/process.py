"""A process of the daemon, as outputs see it."""

from __future__ import annotations

import resource
from dataclasses import dataclass
from pathlib import Path

DAEMON = "daemon"
"""Name of the process that has the outputs."""

_PAGE_BYTES = resource.getpagesize()


@dataclass(frozen=True, slots=True)
class ProcessProfile:
    """One process, at the time when somebody asked.

    Attributes:
        name: `DAEMON`, or that of a shard as the log has it, such as `shard 0`.
        pid: None while it is between two starts.
        restarts: How often it was started again.
        stations: How many run in it.
    """

    name: str
    pid: int | None
    restarts: int
    stations: int

    def resident_bytes(self) -> int | None:
        """Reads its memory, shared pages included (proc(5), statm); None where there is none to be read."""
        if self.pid is None:
            return None
        try:
            pages = Path(f"/proc/{self.pid}/statm").read_text().split()[1]
        except OSError:
            return None
        return int(pages) * _PAGE_BYTES
