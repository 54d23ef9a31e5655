"""Whole processes: how soon the first estimate comes, and how much memory the daemon takes."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tests.bench.table import Bound, print_table

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_START_S = 1.5
MOST_RSS_MB = 90.0
RUN_S = 20.0

_LIBROSA = """
import sys, numpy as np, librosa
y, _ = librosa.load(sys.argv[1], sr=22050, duration=5)
librosa.feature.mfcc(y=y, sr=22050, n_mfcc=13)
"""


def run(mp3: Path, folder: Path, model: str) -> list[Bound]:
    """Measures, prints, and gives the bounds that were promised."""
    genred = [sys.executable, "-m", "genred"]
    start_s = min(
        _until_first_line([*genred, "listen", "--fast", "--json", "--model", model, str(mp3)], '"window"')
        for _ in range(3)
    )
    help_s = min(_until_end([*genred, "--help"]) for _ in range(3))
    librosa_s = min(_until_end([sys.executable, "-c", _LIBROSA, str(mp3)]) for _ in range(2))
    print_table(
        "Start (best of 3)",
        ["what", "s", "of genred"],
        [
            ["genred listen on a file, until its first estimate", f"{start_s:.2f}", "1.0 x"],
            ["genred --help", f"{help_s:.2f}", f"{help_s / start_s:.1f} x"],
            ["librosa: import, load 5 s, one MFCC", f"{librosa_s:.2f}", f"{librosa_s / start_s:.1f} x"],
        ],
    )
    away = _peak_rss_mb([*genred, "run", "-c", str(_config(folder, mp3, "localhost:1", model))], RUN_S)
    embedded = _peak_rss_mb([*genred, "run", "-c", str(_config(folder, mp3, "embedded", model))], RUN_S)
    librosa_mb = _peak_rss_mb([sys.executable, "-c", _LIBROSA, str(mp3)], 120)
    print_table(
        f"Peak resident memory ({RUN_S:.0f} s, one file at real time)",
        ["what", "MB", "of genred"],
        [
            ["genred run, broker elsewhere", f"{away:.1f}", "1.0 x"],
            ["genred run, broker embedded", f"{embedded:.1f}", f"{embedded / away:.1f} x"],
            ["librosa: import, load 5 s, one MFCC", f"{librosa_mb:.1f}", f"{librosa_mb / away:.1f} x"],
        ],
    )
    return [
        Bound("genred listen, start to first estimate", start_s, MOST_START_S, "s"),
        Bound("genred run, peak resident memory", away, MOST_RSS_MB, "MB"),
    ]


def _config(folder: Path, mp3: Path, broker: str, model: str) -> Path:
    path = folder / f"{broker.partition(':')[0]}.yaml"
    config = {
        "model": model,
        "mqtt": {"broker": broker, "embedded_port": 0},
        "stations": {"bench": {"source": {"file": str(mp3), "loop": True}}},
    }
    path.write_text(json.dumps(config))  # JSON is YAML
    return path


def _until_first_line(command: Sequence[str], containing: str) -> float:
    begin = time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if containing in line:
                elapsed = time.monotonic() - begin
                process.kill()
                return elapsed
    raise RuntimeError(f"{' '.join(command)} ended without a line that holds {containing}")


def _until_end(command: Sequence[str]) -> float:
    begin = time.monotonic()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, timeout=300)
    return time.monotonic() - begin


def _peak_rss_mb(command: Sequence[str], seconds: float) -> float:
    """VmHWM of the process after so many seconds, or shortly before its end."""
    peak_mb, end = 0.0, time.monotonic() + seconds
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while time.monotonic() < end and process.poll() is None:
            status = Path(f"/proc/{process.pid}/status").read_text()
            if match := re.search(r"VmHWM:\s+(\d+) kB", status):
                peak_mb = int(match[1]) / 1000
            time.sleep(0.05)
        early = process.poll() not in {None, 0}
        process.terminate()
    if early:
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}")
    return peak_mb
