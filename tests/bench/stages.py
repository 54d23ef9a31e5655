"""`scripts/bench --stages`: where a station's CPU goes, by the library that runs, beside the bare kernels.

Sampled from outside with perf's software clock, which needs no counters of the processor; so any checkout can be
measured, whatever its modules are called.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections import Counter
from typing import TYPE_CHECKING

from tests.bench.kernels import ffmpeg_ms, kernel_ms
from tests.bench.process_tree import processes_of
from tests.bench.rig import Load, measure
from tests.bench.table import print_table

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.bench.rig import Outcome
    from tests.bench.trees import Tree

WARM_S = 10.0
_SAMPLES_PER_S = 499
"""No divisor of a round number: nothing periodic may hide from it."""

# What is looked for in the path of a shared object, first match first.
_STAGES = {
    "decode (FFmpeg's libraries, PyAV)": r"/av/|/av\.libs/|libav(codec|format|util)|libswresample|libmp3",
    "resample (soxr)": r"soxr",
    "inference (LiteRT)": r"litert|tflite",
    "FFT (pocketfft)": r"pocketfft",
    "mel product (BLAS)": r"blas",
    "arrays (numpy)": r"/numpy/|/numpy\.libs/",
    "kernel (sockets, futexes, timers)": r"^\[(kernel|vdso)",
    "C library (memory, locks)": r"/lib(c|m|pthread|stdc\+\+|gcc_s)\.so|/ld-linux",
    "Python, and what is written in it": r"python|greenlet",
}


def run(trees: Sequence[Tree], stations: int, seconds: float, mp3: Path, *, mp3_s: float, folder: Path) -> None:
    """Measures each checkout's daemon, and prints CPU milliseconds for a second of one station.

    Args:
        trees: The first is the one that the others are compared with.
        stations: How many to spread the daemon's own work over.
        seconds: Of each measurement.
        mp3: What the radio plays.
        mp3_s: Its length in seconds.
        folder: For logs and notes.
    """
    if not shutil.which("perf"):
        print("stages: not measured, there is no perf (Debian has it in linux-perf)")
        return
    kernels = kernel_ms(mp3, mp3_s)
    kernels["all kernels"] = sum(kernels.values())
    kernels["beside them: the program ffmpeg, decode alone"] = ffmpeg_ms(mp3, mp3_s)
    split: dict[str, dict[str, float]] = {}
    for tree in trees:
        print(f"{stations} stations, {tree.name} ...", file=sys.stderr, flush=True)
        split[tree.name] = _measure_one(Load(tree, stations, mp3, WARM_S, seconds), folder / f"stages-{tree.name}")
    totals = {name: sum(stages.values()) for name, stages in split.items()}
    heads = [cell for name in split for cell in (f"{name}, ms", "share")]
    rows = [["all, x the bare kernels"], ["all"], *([stage] for stage in [*_STAGES, "other"])]
    for name, parts in split.items():
        rows[0] += [f"{totals[name] / kernels['all kernels']:.2f}", ""]
        rows[1] += [f"{totals[name]:.2f}", "100%"]
        for row in rows[2:]:
            row += [f"{parts[row[0]]:.2f}", f"{parts[row[0]] / totals[name]:.0%}"]
    print_table(
        f"CPU of a station-second by library ({stations} stations; sampling is within)",
        ["what", *heads],
        rows,
    )
    print_table(
        "Beside it: bare kernels, a second of audio, a window a second",
        ["what", "of all", "ms"],
        [[name, f"{ms / kernels['all kernels']:.2f}", f"{ms:.2f}"] for name, ms in kernels.items()],
    )


def _measure_one(load: Load, folder: Path) -> dict[str, float]:
    samples: Counter[str] = Counter()

    def sample(pid: int, seconds: float) -> None:
        samples.update(_sample(processes_of(pid), seconds, folder / "perf.data"))

    outcome: Outcome = measure(load, folder, sample)
    whole = max(1, samples.total())
    return {stage: samples[stage] / whole * outcome.ms_per_station_s for stage in [*_STAGES, "other"]}


def _sample(processes: Sequence[int], seconds: float, file: Path) -> Counter[str]:
    """Samples, and counts them by stage."""
    pids = ",".join(map(str, processes))
    record = ["perf", "record", "-q", "-e", "cpu-clock", "-F", str(_SAMPLES_PER_S), "-o", str(file), "-p", pids]
    subprocess.run([*record, "--", "sleep", str(seconds)], check=True, timeout=seconds + 60)
    report = subprocess.run(
        ["perf", "script", "-i", file, "-F", "ip,dso"], capture_output=True, text=True, check=True, timeout=300
    )
    found = re.findall(r"\((\S+?)\)\s*$", report.stdout, re.MULTILINE)
    return Counter(stage_of(name) for name in found)


def stage_of(library: str) -> str:
    """The stage that a shared object, by its path, belongs to."""
    return next((stage for stage, pattern in _STAGES.items() if re.search(pattern, library)), "other")
