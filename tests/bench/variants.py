"""Variants of one daemon beside each other: what a station costs more with the log, with recording, with loudness."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.bench.rig import Load, measure
from tests.bench.table import print_table
from tests.bench.trees import OWN

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from tests.bench.rig import Outcome

WARM_S = 15.0


@dataclass(frozen=True, slots=True)
class Variant:
    """A way to run the daemon.

    Attributes:
        name: For people.
        is_logged: Whether it writes the airplay log.
        settings: More of the configuration.
        recording: Of each station, as `recording:` in the configuration; none where its sound is not recorded.
    """

    name: str
    is_logged: bool = True
    settings: Mapping[str, object] = field(default_factory=dict)
    recording: Mapping[str, object] | None = None


def run(variants: Sequence[Variant], stations: int, seconds: float, mp3: Path, folder: Path, *, rounds: int) -> None:
    """Measures all in turn, so that what else the machine does falls on all of them, and prints a table of medians.

    Args:
        variants: The first is the one that the others are held against.
        stations: How many, all of 128 kbit/s stereo MP3.
        seconds: Of each measurement.
        mp3: What the radio plays.
        folder: For logs and recordings.
        rounds: How often each is measured.
    """
    found: dict[str, list[Outcome]] = {variant.name: [] for variant in variants}
    for number in range(rounds):
        for variant in variants:
            load = _load(variant, stations, seconds, mp3, folder / f"{number}-{variant.name.replace(', ', '-')}")
            found[variant.name].append(measure(*load))
    print_variants(found, stations, seconds)


def print_variants(found: Mapping[str, Sequence[Outcome]], stations: int, seconds: float) -> None:
    """Prints the table."""
    medians = {name: _medians(outcomes) for name, outcomes in found.items()}
    first = next(iter(medians))
    without_ms, without_mb = medians[first]
    print_table(
        f"{stations} stations, {len(found[first])} times {seconds:.0f} s each, medians",
        ["what", "CPU ms a station and second", "x", "more", "RSS MB", "KB a station more"],
        [
            [
                name,
                f"{used_ms:.2f}",
                f"{used_ms / without_ms:.2f}",
                f"{used_ms - without_ms:.2f}",
                f"{used_mb:.1f}",
                f"{1_000 * (used_mb - without_mb) / stations:.0f}",
            ]
            for name, (used_ms, used_mb) in medians.items()
        ],
    )
    others = [outcome.other_cores for outcomes in found.values() for outcome in outcomes]
    print(f"others took {statistics.median(others):.2f} cores on the median, {max(others):.2f} at most")


def _load(variant: Variant, stations: int, seconds: float, mp3: Path, place: Path) -> tuple[Load, Path]:
    load = Load(
        tree=OWN,
        stations=stations,
        mp3=mp3,
        warm_s=WARM_S,
        seconds=seconds,
        settings={
            "airplay": {"enabled": variant.is_logged, "file": str(place / "airplay.sqlite")},
            "recording": {"folder": str(place / "recordings"), "reserve": "1MB"},
            **variant.settings,
        },
        station_settings={} if variant.recording is None else {"recording": {"enabled": True, **variant.recording}},
    )
    return load, place


def _medians(outcomes: Sequence[Outcome]) -> tuple[float, float]:
    """CPU milliseconds for a second of a station, and megabytes."""
    return (
        statistics.median(outcome.ms_per_station_s for outcome in outcomes),
        statistics.median(outcome.end.rss_mb for outcome in outcomes),
    )
