"""`scripts/bench --airplay`: a station with nothing, the log, recording by stream copy, loudness, and all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.bench import variants
from tests.bench.variants import Variant

if TYPE_CHECKING:
    from pathlib import Path

ROUNDS = 3

_LOUDNESS = {"loudness": True}
MODES = (
    Variant("without", is_logged=False),
    Variant("log"),
    Variant("log, stream copy", recording={}),
    Variant("log, loudness", settings=_LOUDNESS),
    Variant("log, stream copy, loudness", settings=_LOUDNESS, recording={}),
)


def run(stations: int, seconds: float, mp3: Path, folder: Path, rounds: int = ROUNDS) -> None:
    """Measures and prints a table; the arguments are those of `variants.run`."""
    variants.run(MODES, stations, seconds, mp3, folder / "airplay", rounds=rounds)
