"""Kills a daemon that records, at any moment, and plays what it has left: python -m tests.recording.kill_loop 50."""

from __future__ import annotations

import json
import random
import statistics
import sys
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from genred.airplay.query import AirplayLog
from genred.recording.paths import recordings_in
from tests.cli.run_genred import COMMAND
from tests.conftest import BRISK_MODEL
from tests.processes import run_and_kill
from tests.recording.broadcast import LONGEST_S, Broadcast
from tests.recording.rig import read

STATIONS = {"copied": "copy", "encoded": "opus"}
_LEAST_FOUND_S = 1.0
"""What is shorter is noise like any other."""


@dataclass
class Killed:
    """What the kills have left.

    Attributes:
        played: Files of which every packet could be decoded.
        files: All of them.
        lost_s: Of each kill and station, seconds before it that are in no file.
        lag_s: Of each kill and station, how far the log's index was behind the file.
    """

    kills: int = 0
    played: int = 0
    files: int = 0
    lost_s: list[float] = field(default_factory=list)
    lag_s: list[float] = field(default_factory=list)


def configure(folder: Path, url: str, processes: int = 1) -> Path:
    """Two stations that are recorded, one as it comes and one as Opus."""
    config = {
        "node": "pi",
        "processes": processes,
        "model": str(BRISK_MODEL),
        "mqtt": {"broker": "127.0.0.1:1"},
        "airplay": {"file": str(folder / "airplay.sqlite")},
        "recording": {"folder": str(folder / "recordings"), "reserve": "1MB"},
        "stations": {
            name: {"source": url, "recording": {"enabled": True, "mode": mode}} for name, mode in STATIONS.items()
        },
    }
    path = folder / "genred.yaml"
    path.write_text(json.dumps(config))
    return path


def kill_repeatedly(folder: Path, kills: int, seed: int = 1) -> Killed:
    """Starts and kills a daemon of two stations."""
    rng = random.Random(seed)
    found = Killed()
    while found.kills < kills:
        with Broadcast() as radio:
            config = configure(folder, radio.url)
            while found.kills < kills and datetime.now(UTC) < radio.at(LONGEST_S - 60):
                before = set(recordings_in(folder / "recordings"))
                killed_at = _run_and_kill(config, folder, rng.uniform(0.0, 8.0))
                found.kills += 1
                look_at_recordings(folder, before, radio, killed_at, found)
    return found


def _run_and_kill(config: Path, folder: Path, after_s: float) -> datetime:
    """Kills a daemon some time after it has begun to record."""
    recordings = folder / "recordings"
    wanted = len(list(recordings_in(recordings))) + len(STATIONS)
    command = [*COMMAND, "run", "-c", str(config)]
    return run_and_kill(command, lambda: len(list(recordings_in(recordings))) >= wanted, after_s)


def look_at_recordings(folder: Path, before: set[str], radio: Broadcast, killed_at: datetime, found: Killed) -> None:
    """Plays all recordings that there were not before, and compares them with what was on air."""
    for name in set(recordings_in(folder / "recordings")) - before:
        found.files += 1
        path = folder / "recordings" / name
        try:
            sound = read(path)
        except ValueError:
            # Killed within the first second: no packet was in it yet.
            assert path.stat().st_size < 2_000, name
            found.played += 1
            continue
        found.played += 1
        if sound.seconds < _LEAST_FOUND_S:
            continue
        place_s, alike = radio.place_of(sound.samples, sound.rate_hz)
        assert alike > 0.5, (name, sound.seconds, alike, len(sound.packets), path.stat().st_size)
        found.lost_s.append((killed_at - radio.at(place_s + sound.seconds)).total_seconds())
        found.lag_s.append(_index_lag_s(folder, name, sound.seconds))


def _index_lag_s(folder: Path, name: str, seconds: float) -> float:
    with AirplayLog(folder / "airplay.sqlite") as log:
        for station in log.stations():
            for row, marks in log.recordings(station, None, None):
                if row.file == name:
                    return seconds - (marks[-1].media_s if marks else 0.0)
    return seconds


def main() -> None:
    """Prints the table."""
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    with tempfile.TemporaryDirectory() as name:
        found = kill_repeatedly(Path(name), kills)
    lost = f"{statistics.median(found.lost_s):.1f} {max(found.lost_s):.1f}"
    lag = f"{statistics.median(found.lag_s):.1f} {max(found.lag_s):.1f}"
    print("kills  recordings  playable  lost seconds: median, worst  index behind: median, worst")
    print(f"{found.kills:5}  {found.files:10}  {found.played:8}  {lost:>27}  {lag:>27}")


if __name__ == "__main__":
    main()
