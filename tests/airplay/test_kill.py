"""A killed daemon leaves a log that opens and recordings that play; tests.airplay.kill_loop is the long form."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.airplay.kill_loop import STATIONS, kill_repeatedly

if TYPE_CHECKING:
    from pathlib import Path

PROMISED_S = 10.0


def test_a_killed_daemon_loses_seconds_at_most(tmp_path: Path) -> None:
    kills = 3
    found = kill_repeatedly(tmp_path, kills)
    assert (found.opened, found.overlaps, found.holes) == (kills, 0, 0)
    assert len(found.lost_s) == kills * len(STATIONS)
    assert max(found.lost_s) < PROMISED_S
    recordings = found.recordings
    assert recordings.played == recordings.files
    assert recordings.files > 0
    assert all(lost_s < PROMISED_S for lost_s in recordings.lost_s)
