"""Kills a daemon at random moments, and looks at what is lost: python -m tests.airplay.kill_loop 50.

Four stations write the log, and two of them record: one the packets as they come, one as Opus.
"""

from __future__ import annotations

import contextlib
import json
import random
import sqlite3
import statistics
import sys
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import numpy as np

from genred.airplay.query import AirplayLog
from genred.recording.paths import recordings_in
from tests.cli.run_genred import COMMAND
from tests.cli.wav import sound, write_wav
from tests.conftest import BRISK_MODEL
from tests.processes import run_and_kill
from tests.recording.broadcast import LONGEST_S, Broadcast
from tests.recording.kill_loop import Killed, look_at_recordings

FROM_FILES = ("attic", "bath")
RECORDED = {"cellar": "copy", "den": "opus"}
STATIONS = (*FROM_FILES, *RECORDED)


@dataclass
class Kills:
    """What the kills have done.

    Attributes:
        opened: Logs that opened and were sound.
        overlaps: Entries that begin before the one before them ended.
        holes: Entries that begin after it.
        lost_s: Of each kill and station, seconds before it that are in no entry.
        recordings: What the kills have left of them.
    """

    kills: int = 0
    opened: int = 0
    overlaps: int = 0
    holes: int = 0
    lost_s: list[float] = field(default_factory=list)
    recordings: Killed = field(default_factory=Killed)


def kill_repeatedly(folder: Path, kills: int, seed: int = 1) -> Kills:
    """Starts and kills a daemon of four stations."""
    rng = random.Random(seed)
    log, recordings = folder / "airplay.sqlite", folder / "recordings"
    found = Kills()
    while found.kills < kills:
        with Broadcast() as radio:
            config = configure(folder, radio.url)
            while found.kills < kills and datetime.now(UTC) < radio.at(LONGEST_S - 60):
                before = set(recordings_in(recordings))
                killed_at = _run_and_kill(config, log, rng.uniform(0.5, 12.0))
                found.kills += 1
                _look(log, killed_at, found)
                look_at_recordings(folder, before, radio, killed_at, found.recordings)
    return found


def configure(folder: Path, url: str) -> Path:
    """Two stations that play files with music, silence and music, and two on a stream that are recorded."""
    stations: dict[str, object] = {
        name: {"source": url, "recording": {"enabled": True, "mode": mode}} for name, mode in RECORDED.items()
    }
    for number, name in enumerate(FROM_FILES):
        parts = [sound("jazz", 7, seed=number), 0.0 * sound("jazz", 7), sound("metal", 7, seed=number)]
        wav = write_wav(folder / f"{name}.wav", _joined(parts))
        stations[name] = {"source": {"file": str(wav), "loop": True}}
    config = {
        "node": "pi",
        "model": str(BRISK_MODEL),
        "mqtt": {"broker": "127.0.0.1:1"},
        "airplay": {"file": str(folder / "airplay.sqlite")},
        "recording": {"folder": str(folder / "recordings"), "reserve": "1MB"},
        "loudness": True,
        "stations": stations,
    }
    path = folder / "genred.yaml"
    path.write_text(json.dumps(config))
    return path


def _joined(parts: list[np.ndarray]) -> np.ndarray:
    return np.concatenate(parts)


def _run_and_kill(config: Path, log: Path, after_s: float) -> datetime:
    """Kills a daemon some time after its log is written."""
    before = _newest(log)
    return run_and_kill([*COMMAND, "run", "-c", str(config)], lambda: _newest(log) != before, after_s)


def _newest(log: Path) -> int | None:
    """The last heartbeat of the log's newest run."""
    if not log.exists():
        return None
    connection = sqlite3.connect(f"{log.as_uri()}?mode=ro", uri=True)
    with contextlib.closing(connection), contextlib.suppress(sqlite3.Error):
        newest: int | None = connection.execute("SELECT max(seen_us) FROM runs").fetchone()[0]
        return newest
    return None


def _look(log: Path, killed_at: datetime, found: Kills) -> None:
    with contextlib.closing(sqlite3.connect(log)) as connection:
        sound_log = connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    with AirplayLog(log) as read:
        stations = read.stations()
        found.opened += sound_log and len(stations) == len(STATIONS)
        for station in stations:
            entries = list(read.entries(station, None, None))
            found.overlaps += sum(one.ended_at > other.started_at for one, other in pairwise(entries))
            found.holes += sum(one.ended_at < other.started_at for one, other in pairwise(entries))
            found.lost_s.append((killed_at - entries[-1].ended_at).total_seconds())


def main() -> None:
    """Prints the table."""
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    with tempfile.TemporaryDirectory() as name:
        found = kill_repeatedly(Path(name), kills)
    median, worst = statistics.median(found.lost_s), max(found.lost_s)
    print("kills  opened and sound  overlaps  holes  lost seconds: median  worst")
    print(f"{found.kills:5}  {found.opened:16}  {found.overlaps:8}  {found.holes:5}  {median:20.1f}  {worst:5.1f}")
    recordings = found.recordings
    print("\nrecordings  playable  lost seconds: median  worst  index behind: median  worst")
    print(
        f"{recordings.files:10}  {recordings.played:8}  {statistics.median(recordings.lost_s):20.1f}  "
        f"{max(recordings.lost_s):5.1f}  {statistics.median(recordings.lag_s):20.1f}  {max(recordings.lag_s):5.1f}"
    )


if __name__ == "__main__":
    main()
