"""How many processes the stations of a configuration are spread over."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from genred.config.schema import Config

STATIONS_A_PROCESS = 32
"""So many stations are well served by one core of a small board; see docs/scale.md."""


def count_processes(config: Config, processors: int | None = None) -> int:
    """Gives the number of processes: 1 for all stations in the daemon's own, more for so many beside it.

    Args:
        config: Its `processes` decides; `auto` takes no more than there are processors, and none for few stations.
        processors: That this process may use; None asks the system.
    """
    if config.processes != "auto":
        return min(config.processes, len(config.stations))
    processors = len(os.sched_getaffinity(0)) if processors is None else processors
    needed = -(-len(config.stations) // STATIONS_A_PROCESS)
    return max(1, min(needed, processors))


def is_spread(config: Config) -> bool:
    """Says whether the stations run in processes beside the daemon's own."""
    return count_processes(config) > 1
