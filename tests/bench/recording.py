"""`scripts/bench --recording`: a station that is not recorded, one with stream copy, and one with Opus."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.bench import variants
from tests.bench.variants import Variant

if TYPE_CHECKING:
    from pathlib import Path

MODES = (Variant("none"), Variant("copy", recording={"mode": "copy"}), Variant("opus", recording={"mode": "opus"}))


def run(stations: int, seconds: float, mp3: Path, folder: Path) -> None:
    """Measures once and prints a table; the arguments are those of `variants.run`."""
    variants.run(MODES, stations, seconds, mp3, folder / "recording", rounds=1)
