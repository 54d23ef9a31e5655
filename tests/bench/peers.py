"""`scripts/bench --peers`: genred beside the taggers that PyPI has, each with its own reading of the same file."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from typing import TYPE_CHECKING

from genred.analysis.bundle import load_bundle
from tests.bench.cpu import obvious, whole
from tests.bench.kernels import least_cpu_s
from tests.bench.table import print_table
from tests.bench.trees import OWN

if TYPE_CHECKING:
    from pathlib import Path

SHORT_S = 30.0
_PACKAGES = ("essentia-tensorflow", "musicnn==0.1.0", "tf_keras", "six")
_INSTALL_S = 300
_RUN_S = 600


def run(mp3: Path, seconds: float, folder: Path) -> None:
    """Installs what can be installed into a throwaway folder, measures, and prints.

    Args:
        mp3: Some minutes.
        seconds: Its length.
        folder: For the packages.
    """
    short = folder / "short.mp3"
    cut = ["ffmpeg", "-nostdin", "-v", "error", "-y", "-i", str(mp3), "-t", str(SHORT_S)]
    subprocess.run([*cut, "-c", "copy", str(short)], check=True, timeout=60)
    bundle = load_bundle("default")
    genred_ms = 1000 / seconds * least_cpu_s(lambda: whole(mp3, bundle))
    obvious_s, obvious_windows = obvious(mp3, bundle)
    found: dict[str, float | str] = {
        "genred, MP3 file to estimate": genred_ms,
        "librosa and TFLite, genred's network": 1000 * obvious_s / obvious_windows,
    }
    install_problem = _install(folder / "packages")
    for peer in ("essentia", "musicnn"):
        name = f"{peer}, musicnn's network"
        found[name] = install_problem or _measure(peer, [short, mp3], seconds - SHORT_S, folder)
    rows = [
        [name, f"{value / genred_ms:.1f}", f"{value:.2f}"]
        for name, value in found.items()
        if not isinstance(value, str)
    ]
    print_table("Peers: CPU of a second of audio, an answer a second", ["what", "x genred", "ms"], rows)
    for name, value in found.items():
        if isinstance(value, str):
            print(f"  {name}: not measured: {value}")


def _install(folder: Path) -> str:
    """Installs without dependencies, of which the bench's own environment has all. Returns the problem, or nothing."""
    if importlib.util.find_spec("tensorflow") is None:
        return "the extra `build` is not installed"
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(folder), *_PACKAGES]
    try:
        subprocess.run(command, capture_output=True, text=True, check=True, timeout=_INSTALL_S)
    except subprocess.CalledProcessError as error:
        return _last_line(error.stderr)
    except subprocess.TimeoutExpired:
        return f"pip took more than {_INSTALL_S} s"
    return ""


def _measure(peer: str, files: list[Path], further_s: float, folder: Path) -> float | str:
    """Gives CPU milliseconds for a second of audio, or the problem; what a run costs however long it is, cancels."""
    environment = OWN.environment | {"TF_USE_LEGACY_KERAS": "1", "TF_CPP_MIN_LOG_LEVEL": "3"}
    environment["PYTHONPATH"] = f"{folder / 'packages'}:{environment['PYTHONPATH']}"
    graph = folder / "musicnn.pb"
    module = [sys.executable, "-m", "tests.bench.peer"]
    try:
        if not graph.exists():
            freeze = [*module, "freeze", str(graph)]
            subprocess.run(freeze, env=environment, capture_output=True, text=True, check=True, timeout=_RUN_S)
        result = subprocess.run(
            [*module, peer, str(graph), *map(str, files)],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
            timeout=_RUN_S,
        )
    except subprocess.CalledProcessError as error:
        return _last_line(error.stderr)
    except subprocess.TimeoutExpired:
        return f"took more than {_RUN_S} s"
    short_s, long_s = (float(cpu_s) for cpu_s in re.findall(r"^peer (\S+)", result.stdout, re.MULTILINE))
    return 1000 * (long_s - short_s) / further_s


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1][:300] if lines else "no reason given"
