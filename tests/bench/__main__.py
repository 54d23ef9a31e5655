"""`scripts/bench`: all tables, and whether the bounds are held."""

from __future__ import annotations

import argparse
import platform
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from tests.bench import airplay, archive, growth, instructions, overload, recording, stages
from tests.bench.audio import make_mp3
from tests.bench.day_log import DayLog
from tests.bench.table import print_bounds
from tests.bench.trees import OWN, find_tree

if TYPE_CHECKING:
    from tests.bench.table import Bound
    from tests.bench.trees import Tree

PROGRAMME_S = 240.0
"""What the radio plays again and again."""

PEERS_S = 120.0
"""What each peer reads."""


def main() -> int:
    """Runs what the arguments ask for.

    Returns:
        0 if all bounds are held, else 1.
    """
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("--seconds", type=float, help="of audio [240], or of each measurement of daemons [60]")
    parser.add_argument("--models", nargs="+", default=["default", "original"], help="models to measure")
    parser.add_argument("--without-prepare", action="store_true", help="leave out the preparing of a data set")
    parser.add_argument("--instructions", action="store_true", help="count instructions of a window (valgrind)")
    parser.add_argument("--check", action="store_true", help="with --instructions: fail on a change beyond 10 %%")
    parser.add_argument("--record", action="store_true", help="with --instructions: keep the count")
    parser.add_argument(
        "--growth", type=int, nargs="*", metavar="N", help=f"daemons with so many stations {list(growth.STATIONS)}"
    )
    parser.add_argument("--day-log", action="store_true", help="with --growth: of daemons that have logged a day")
    parser.add_argument("--overload", type=int, metavar="N", help="daemons with N stations, more than they can do")
    parser.add_argument(
        "--stages", type=int, nargs="?", const=10, metavar="N", help="CPU of daemons with N stations by library [10]"
    )
    parser.add_argument(
        "--recording", type=int, nargs="?", const=10, metavar="N", help="what recording costs N stations [10]"
    )
    parser.add_argument(
        "--airplay",
        type=int,
        nargs="?",
        const=10,
        metavar="N",
        help="what log, copy and loudness cost N stations [10]",
    )
    parser.add_argument(
        "--archive", nargs="?", const=archive.FORMER, metavar="COMMIT", help="an archive beside a former classify"
    )
    parser.add_argument("--peers", action="store_true", help="taggers that PyPI has, installed for this run")
    parser.add_argument("--tree", action="append", default=[], help="beside this one: another checkout, or a commit")
    parser.add_argument("--processes", type=int, metavar="N", help="beside this one: itself with N processes")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="genred-bench-") as folder:
        if options.archive is not None:
            return 0 if archive.run(Path(folder), options.archive) else 1
        return _run(options, Path(folder))


def _run(options: argparse.Namespace, folder: Path) -> int:
    trees = [OWN, *(find_tree(wanted, folder) for wanted in options.tree)]
    if options.processes is not None:
        trees.append(replace(OWN, name=f"{OWN.name} in {options.processes}", processes=options.processes))
    if options.instructions:
        return 0 if instructions.run(trees, check=options.check, record=options.record) else 1
    loads = (options.growth, options.overload, options.stages, options.recording, options.airplay)
    is_loaded = any(load is not None for load in loads)
    if options.peers:
        from tests.bench import peers

        peers.run(make_mp3(folder, PEERS_S), PEERS_S, folder)
    if is_loaded:
        _loaded(options, trees, folder)
    if is_loaded or options.peers:
        return 0
    return _usual(options, folder)


def _loaded(options: argparse.Namespace, trees: list[Tree], folder: Path) -> None:
    """Runs what daemons are measured for."""
    seconds, mp3 = options.seconds or 60.0, make_mp3(folder, PROGRAMME_S)
    if options.growth is not None:
        day_log = DayLog(folder) if options.day_log else None
        growth.run(trees, options.growth or growth.STATIONS, seconds, mp3, folder, day_log=day_log)
    if options.overload is not None:
        overload.run(trees, options.overload, seconds, mp3, folder)
    if options.recording is not None:
        recording.run(options.recording, seconds, mp3, folder)
    if options.airplay is not None:
        airplay.run(options.airplay, seconds, mp3, folder)
    if options.stages is not None:
        stages.run(trees, options.stages, seconds, mp3, mp3_s=PROGRAMME_S, folder=folder)


def _usual(options: argparse.Namespace, folder: Path) -> int:
    from tests.bench import cpu, process

    seconds = options.seconds or 240.0
    print(f"Python {platform.python_version()}, {platform.machine()}, {seconds:.0f} s of audio")
    mp3 = make_mp3(folder, seconds)
    bounds: list[Bound] = []
    for model in options.models:
        bounds += cpu.run(mp3, seconds, model)
    bounds += process.run(mp3, folder, options.models[0])
    held = print_bounds(bounds)
    if not options.without_prepare:
        # A process of its own: it starts workers, which would load this one's modules again.
        held &= subprocess.run([sys.executable, "-m", "tests.bench.prepare"], check=False, timeout=900).returncode == 0
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
