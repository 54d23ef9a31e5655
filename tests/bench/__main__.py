"""`scripts/bench`: all tables, and whether the bounds are held."""

from __future__ import annotations

import argparse
import platform
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.bench import cpu, process
from tests.bench.audio import make_mp3
from tests.bench.table import print_bounds


def main() -> int:
    """Runs every benchmark.

    Returns:
        0 if all bounds are held, else 1.
    """
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("--seconds", type=float, default=240.0, help="length of the audio [240]")
    parser.add_argument("--models", nargs="+", default=["default", "original"], help="models to measure")
    parser.add_argument("--without-prepare", action="store_true", help="leave out the preparing of a data set")
    options = parser.parse_args()
    print(f"Python {platform.python_version()}, {platform.machine()}, {options.seconds:.0f} s of audio")
    with tempfile.TemporaryDirectory(prefix="genred-bench-") as temporary:
        folder = Path(temporary)
        mp3 = make_mp3(folder, options.seconds)
        bounds = []
        for model in options.models:
            bounds += cpu.run(mp3, options.seconds, model)
        bounds += process.run(mp3, folder, options.models[0])
    held = print_bounds(bounds)
    if not options.without_prepare:
        # A process of its own: it starts workers, which would load this one's modules again.
        held &= subprocess.run([sys.executable, "-m", "tests.bench.prepare"], check=False, timeout=900).returncode == 0
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
