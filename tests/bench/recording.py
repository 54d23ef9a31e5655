"""What recording costs a station: the same daemon without it, with stream copy, and with Opus."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.bench.rig import Load, measure
from tests.bench.trees import OWN

if TYPE_CHECKING:
    from pathlib import Path

WARM_S = 15.0
MODES = ("none", "copy", "opus")


def run(stations: int, seconds: float, mp3: Path, folder: Path) -> None:
    """Measures and prints a table.

    Args:
        stations: How many, all of 128 kbit/s MP3.
        seconds: Of each measurement.
        mp3: What the radio plays.
        folder: For logs, and for recordings.
    """
    print(f"{stations} stations, {seconds:.0f} s each")
    print("recording  CPU ms a station and second  beside none  RSS MB  KB a station beside none")
    without_ms = without_mb = 0.0
    for mode in MODES:
        place = folder / f"recording-{mode}"
        outcome = measure(
            Load(
                tree=OWN,
                stations=stations,
                mp3=mp3,
                warm_s=WARM_S,
                seconds=seconds,
                settings={
                    "airplay": {"file": str(place / "airplay.sqlite")},
                    "recording": {"folder": str(place / "recordings"), "reserve": "1MB"},
                },
                station_settings={} if mode == "none" else {"recording": {"enabled": True, "mode": mode}},
            ),
            place,
        )
        used_ms, used_mb = outcome.ms_per_station_s, outcome.end.rss_mb
        if mode == "none":
            without_ms, without_mb = used_ms, used_mb
        beside_kb = 1_000 * (used_mb - without_mb) / stations
        print(f"{mode:9}  {used_ms:27.2f}  {used_ms - without_ms:11.2f}  {used_mb:6.1f}  {beside_kb:24.0f}")
