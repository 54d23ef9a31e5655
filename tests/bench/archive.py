"""What an archive costs: CPU beside a former `classify` and bare decoding, a second worker, memory, bytes written."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.bench.audio import make_mp3
from tests.bench.table import Bound, print_bounds, print_table
from tests.bench.trees import OWN, Tree, find_tree

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FORMER = "96ebea9"
"""The last commit before the engine: what `classify` cost when the archive was asked for."""

PART_S = 240.0
SHORT, LONG, HOURS = 1, 6, 45
"""Of so many parts: what both cost alike, the start, falls out of the difference; three hours."""

ROUNDS = 2
FILES = 8
TO_PAPER_HOURS = 10_000

LEAST_SPEED_UP, LEAST_TWO_WORKERS, MOST_GROWTH_MB = 1.6, 1.8, 3.0


@dataclass(frozen=True, slots=True)
class Usage:
    """What a command took, with all processes that it started.

    Attributes:
        cpu_s: Of user and system.
        wall_s: From start to end.
        peak_mb: Of its largest process.
    """

    cpu_s: float
    wall_s: float
    peak_mb: float


def run(folder: Path, former: str = FORMER) -> bool:
    """Measures and prints. Returns whether all bounds are held."""
    tree = find_tree(former, folder)
    part = make_mp3(folder, PART_S).read_bytes()
    mp3s = {parts: _write(folder / f"in-{parts}" / "one", part, parts) for parts in (SHORT, LONG, HOURS)}
    commands: dict[str, Callable[[str], list[str]]] = {
        "ffmpeg, decode alone": lambda path: ["ffmpeg", "-nostdin", "-v", "error", "-i", path, "-f", "null", "-"],
        f"classify at {former}": lambda path: _genred(tree, "classify", path),
        "classify": lambda path: _genred(OWN, "classify", path),
        "archive": lambda path: _archive(folder / f"out-{time.monotonic_ns()}", path),
    }
    least: dict[tuple[str, int], float] = {}
    for _ in range(ROUNDS):
        for name, command in commands.items():
            for parts in (SHORT, LONG):
                used = _use(command(str(mp3s[parts])), tree if "at" in name.split() else OWN)
                least[name, parts] = min(used.cpu_s, least.get((name, parts), used.cpu_s))
    ms = {name: 1_000 * (least[name, LONG] - least[name, SHORT]) / ((LONG - SHORT) * PART_S) for name in commands}
    former_name = f"classify at {former}"
    print_table(
        "CPU for a second of MP3, 128 kbit/s stereo",
        ["what", "ms", "beside decoding", "as fast as the former classify"],
        [
            [name, f"{value:.2f}", f"{value / ms['ffmpeg, decode alone']:.1f}", f"{ms[former_name] / value:.2f}"]
            for name, value in ms.items()
        ],
    )
    growth = [_use(_archive(folder / f"memory-{parts}", str(mp3s[parts])), OWN).peak_mb for parts in (SHORT, HOURS)]
    print_table("Memory", ["recording", "MB"], [["4 minutes", f"{growth[0]:.1f}"], ["3 hours", f"{growth[1]:.1f}"]])
    speed_up, cpu_share = _two_workers(folder, part)
    _print_cost(folder / f"memory-{HOURS}", ms["archive"])
    return print_bounds(
        [
            Bound("share of the former classify's CPU", ms["archive"] / ms[former_name], 1 / LEAST_SPEED_UP, ""),
            Bound("time of two workers beside one", 1 / speed_up, 1 / LEAST_TWO_WORKERS, ""),
            Bound("CPU of two workers beside one", cpu_share, 2 / LEAST_TWO_WORKERS, ""),
            Bound("memory of 3 hours beyond that of 4 minutes", growth[1] - growth[0], MOST_GROWTH_MB, "MB"),
        ]
    )


def _two_workers(folder: Path, part: bytes) -> tuple[float, float]:
    """How much faster two workers are than one, and how much more CPU they take; the least of several rounds."""
    source = folder / "several"
    for index in range(FILES):
        # Each has a content of its own.
        _write(source / "one", part + part[: 4_000 * (index + 1)], 1, f"2026010{index + 1}-0000.mp3")
    best = {
        jobs: [_use(_archive(folder / f"jobs-{jobs}-{turn}", str(source), jobs), OWN) for turn in range(ROUNDS)]
        for jobs in (1, 2)
    }
    wall, cpu = ({jobs: min(getattr(use, of) for use in best[jobs]) for jobs in best} for of in ("wall_s", "cpu_s"))
    rows = [[str(jobs), f"{wall[jobs]:.1f}", f"{cpu[jobs]:.1f}"] for jobs in best]
    print_table(f"{FILES} recordings of {PART_S / 60:.0f} minutes", ["workers", "seconds", "CPU s"], rows)
    return wall[1] / wall[2], cpu[2] / cpu[1]


def _print_cost(out: Path, ms_per_second: float) -> None:
    hours = HOURS * PART_S / 3_600
    core_hours = TO_PAPER_HOURS * ms_per_second / 1_000
    sizes = {path.name: path.stat().st_size / hours for path in out.rglob("*") if path.is_file()}
    total_mb = sum(sizes.values()) / 1e6 * TO_PAPER_HOURS
    rows = [["core-hours on this machine", f"{core_hours:.1f}"]]
    rows += [[f"{name}, GB", f"{size * TO_PAPER_HOURS / 1e9:.3f}"] for name, size in sizes.items() if size > 100]
    rows += [["output in all, GB", f"{total_mb / 1e3:.2f}"], ["hours on 100 cores", f"{core_hours / 100:.2f}"]]
    print_table(f"{TO_PAPER_HOURS:,} hours, on paper", ["what", "amount"], rows)


def _write(folder: Path, part: bytes, parts: int, name: str = "20260101-0000.mp3") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / name).open("wb") as file:
        for _ in range(parts):
            file.write(part)
    return folder / name


def _genred(tree: Tree, *arguments: str) -> list[str]:
    return [tree.python, "-m", "genred", *arguments]


def _archive(out: Path, path: str, jobs: int = 1) -> list[str]:
    return _genred(OWN, "archive", path, "--out", str(out), "--time-zone", "UTC", "--jobs", str(jobs))


def _use(command: list[str], tree: Tree) -> Usage:
    started_at = time.monotonic()
    process = subprocess.Popen(command, env=tree.environment, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(command)} exited with code {process.returncode}")
    return Usage(used.ru_utime + used.ru_stime, time.monotonic() - started_at, used.ru_maxrss / 1_024)
