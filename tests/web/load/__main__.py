"""`python -m tests.web.load [FOLDER]`: measures the pages, prints the figures, leaves a picture of the wall there."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.browser import chromium
from tests.web.load.measures import measure_many_stations, measure_memory, measure_open_page
from tests.web.load.tab import EXPOSE_COLLECTOR
from tests.web.serving import serving

STATIONS = 50
SECONDS = 60
HOURS = 8
MINUTES = 10


def main(folder: Path) -> None:
    """Measures everything; some minutes."""
    with tempfile.TemporaryDirectory() as scratch:
        for name in ("memory", "many", "open"):
            (Path(scratch) / name).mkdir()
        print(f"# Memory of `genred web`, megabytes; a song of {MINUTES} minutes")
        for name, value in measure_memory(Path(scratch) / "memory", minutes=MINUTES).items():
            print(f"{name:32} {value:7.1f}")
        print(f"# {STATIONS} stations, each with a state a second for {SECONDS} s")
        many = measure_many_stations(
            Path(scratch) / "many", count=STATIONS, rounds=SECONDS, picture=folder / "wall-50.png"
        )
        for name, value in many.items():
            print(f"{name:32} {value:10.3f}")
        print(f"# A page left open for {HOURS} hours, accelerated, {STATIONS} stations")
        with serving(Path(scratch) / "open") as served, chromium(EXPOSE_COLLECTOR) as browser:
            for look in measure_open_page(browser, f"{served.address}/", count=STATIONS, hours=HOURS, looks=HOURS):
                print("  ".join(f"{name} {value:.2f}" for name, value in look.items()), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path.cwd())
