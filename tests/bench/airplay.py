"""What a station's record costs: the same daemon with nothing, the log, recording by stream copy, loudness, and all.

Measured in turn, several times each, so that what else the machine does falls on all of them.
"""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING

from tests.bench.rig import Load, measure
from tests.bench.trees import OWN

if TYPE_CHECKING:
    from pathlib import Path

    from tests.bench.rig import Outcome

WARM_S = 15.0
ROUNDS = 3

LOG, COPY, LOUDNESS = "log", "recording", "loudness"
MODES: dict[str, frozenset[str]] = {
    "without": frozenset(),
    "log": frozenset({LOG}),
    "log, stream copy": frozenset({LOG, COPY}),
    "log, loudness": frozenset({LOG, LOUDNESS}),
    "log, stream copy, loudness": frozenset({LOG, COPY, LOUDNESS}),
}


def run(stations: int, seconds: float, mp3: Path, folder: Path, rounds: int = ROUNDS) -> None:
    """Measures and prints a table.

    Args:
        stations: How many, all of 128 kbit/s stereo MP3.
        seconds: Of each measurement.
        mp3: What the radio plays.
        folder: For logs and recordings.
        rounds: How often each is measured; the medians are shown.
    """
    found: dict[str, list[Outcome]] = {mode: [] for mode in MODES}
    for number in range(rounds):
        for mode, parts in MODES.items():
            place = folder / f"airplay-{number}-{'-'.join(sorted(parts)) or 'without'}"
            found[mode].append(_measure(parts, stations, seconds, mp3, place))
    print(f"{stations} stations, {rounds} times {seconds:.0f} s each, medians")
    print(
        "what                        CPU ms a station and second  beside without  RSS MB  KB a station beside without"
    )
    without_ms, without_mb = _medians(found["without"])
    for mode, outcomes in found.items():
        used_ms, used_mb = _medians(outcomes)
        beside_kb = 1_000 * (used_mb - without_mb) / stations
        print(f"{mode:26}  {used_ms:27.2f}  {used_ms / without_ms:12.2f} x  {used_mb:6.1f}  {beside_kb:27.0f}")
    others = [outcome.other_cores for outcomes in found.values() for outcome in outcomes]
    print(
        f"meanwhile, other programs took {statistics.median(others):.2f} cores on the median, {max(others):.2f} at most"
    )


def _measure(parts: frozenset[str], stations: int, seconds: float, mp3: Path, place: Path) -> Outcome:
    return measure(
        Load(
            tree=OWN,
            stations=stations,
            mp3=mp3,
            warm_s=WARM_S,
            seconds=seconds,
            settings={
                "airplay": {"enabled": LOG in parts, "file": str(place / "airplay.sqlite")},
                "recording": {"folder": str(place / "recordings"), "reserve": "1MB"},
                "loudness": LOUDNESS in parts,
            },
            station_settings={"recording": {"enabled": COPY in parts}},
        ),
        place,
    )


def _medians(outcomes: list[Outcome]) -> tuple[float, float]:
    """CPU milliseconds for a second of a station, and megabytes."""
    return (
        statistics.median(outcome.ms_per_station_s for outcome in outcomes),
        statistics.median(outcome.end.rss_mb for outcome in outcomes),
    )
