"""A daemon that is killed leaves a log that opens; `python -m tests.airplay.kill_loop 50` is the long form."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.airplay.kill_loop import STATIONS, kill_repeatedly

if TYPE_CHECKING:
    from pathlib import Path

PROMISED_S = 10.0


def test_a_killed_daemon_loses_seconds_at_most_and_its_log_opens(tmp_path: Path) -> None:
    kills = 4
    found = kill_repeatedly(tmp_path, kills)
    assert (found.opened, found.overlaps, found.holes) == (kills, 0, 0)
    assert len(found.lost_s) == kills * len(STATIONS)
    assert max(found.lost_s) < PROMISED_S
