"""How many processes can work at the same time."""

from __future__ import annotations

import os


def usable_cores() -> int:
    """Those that this process may run on (taskset, a container's set of processors), where the system says so."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
