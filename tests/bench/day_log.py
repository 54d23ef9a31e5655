"""The airplay log that a daemon finds after a day: what is read from it is read beside the analysis."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from genred.airplay.location import log_path
from genred.airplay.rows import Batch
from genred.airplay.store import AirplayStore
from genred.config.schema import AirplayConfig
from tests.airplay.made_up import programme, run_of
from tests.bench.rig import NODE

if TYPE_CHECKING:
    from pathlib import Path


class DayLog:
    """Made once, for all that are measured with so many stations.

    Args:
        folder: Where it is kept.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, state: Path, stations: int) -> None:
        """Lays a log there.

        Args:
            state: `XDG_STATE_HOME` of the daemon.
            stations: s0 and so on.
        """
        kept = self._folder / f"day-of-{stations}.sqlite"
        if not kept.exists():
            _write(kept, stations)
        log = log_path(AirplayConfig(), os.environ | {"STATE_DIRECTORY": "", "XDG_STATE_HOME": str(state)})
        log.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(kept, log)


def _write(path: Path, stations: int) -> None:
    since = datetime.now(UTC) - timedelta(days=1)
    with AirplayStore(path, NODE) as store:
        for number in range(stations):
            store.write(
                run_of(NODE, started_at=since, seen_at=since + timedelta(days=1)),
                Batch(list(programme(f"s{number}", since, 1.0, seed=number))),
            )
