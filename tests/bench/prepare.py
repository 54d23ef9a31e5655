"""Preparing a data set: `genred-build prepare`'s features, beside librosa on the same files in the same run.

Run by `python -m tests.bench.prepare`; with `--dataset DIR` on real audio, else on made-up clips of thirty seconds.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
import wave
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from genred.analysis.frontend import LOGMEL, MFCC, FrontEnd, FrontEndSpec
from genred_build.data.audio import read_recording
from genred_build.data.datasets import Dataset, open_dataset
from genred_build.data.extract import extract_dataset, segment_starts
from tests.bench.audio import make_mp3
from tests.bench.table import print_table

LEAST_TIMES_REAL_TIME = 150.0
CLIP_S = 30.0
WINDOW_SAMPLES = 110_250


def main() -> int:
    """Measures, prints a table, and says by the exit code whether the bound is held."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.prepare", description=__doc__)
    parser.add_argument("--dataset", type=Path, help="a folder of LABEL/files instead of made-up clips")
    parser.add_argument("--clips", type=int, default=120, help="made-up clips [120]")
    parser.add_argument("--librosa-clips", type=int, default=24, help="librosa takes so long that a part must do [24]")
    parser.add_argument("--workers", type=int, default=2, help="processes, for both [2]")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="genred-bench-") as temporary:
        folder = Path(temporary)
        root = options.dataset or _make_clips(folder, options.clips)
        dataset = open_dataset(root)
        rates = {
            f"prepare, MFCC, {options.workers} processes": _prepare(dataset, MFCC, folder / "mfcc", options.workers),
            f"prepare, log-mel, {options.workers} processes": _prepare(
                dataset, LOGMEL, folder / "logmel", options.workers
            ),
            f"librosa, MFCC, {options.workers} processes": _librosa(dataset, options.librosa_clips, options.workers),
        }
        _print_parts(dataset)
    librosa_rate = list(rates.values())[-1]
    rows = [[name, f"{rate:.0f}", f"{rate / librosa_rate:.1f}"] for name, rate in rates.items()]
    print_table(
        f"Preparing {len(dataset.clips)} files ({os.cpu_count()} cores), start of the processes included",
        ["what", "x real time", "of librosa"],
        rows,
    )
    held = next(iter(rates.values())) >= LEAST_TIMES_REAL_TIME
    print(f"\nat least {LEAST_TIMES_REAL_TIME:.0f} times real time: {'held' if held else 'BROKEN'}")
    return 0 if held else 1


def _make_clips(folder: Path, clips: int) -> Path:
    programme = make_mp3(folder, CLIP_S * 4)
    samples = read_recording(programme).samples
    root = folder / "set"
    size = round(CLIP_S * 22_050)
    for number in range(clips):
        # Each another piece of the programme: equal files would be read only once.
        start = (number * 7_919) % (samples.size - size)
        path = root / f"genre{number % 4}" / f"clip{number:03d}.wav"
        path.parent.mkdir(parents=True, exist_ok=True)
        with wave.open(str(path), "wb") as out:
            out.setnchannels(1)
            out.setsampwidth(2)
            out.setframerate(22_050)
            out.writeframes((samples[start : start + size] * 32_000).astype("<i2").tobytes())
    return root


def _prepare(dataset: Dataset, spec: FrontEndSpec, cache: Path, workers: int) -> float:
    started = time.perf_counter()
    features = extract_dataset(dataset, spec, cache, workers=workers)
    return sum(clip.seconds for clip in features.clips) / (time.perf_counter() - started)


def _librosa(dataset: Dataset, clips: int, workers: int) -> float:
    step = max(1, len(dataset.clips) // clips)
    paths = [str(clip.path) for clip in dataset.clips[::step]]
    started = time.perf_counter()
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        seconds = sum(pool.map(_librosa_clip, paths, chunksize=2))
    return seconds / (time.perf_counter() - started)


def _librosa_clip(path: str) -> float:
    import librosa

    samples, rate_hz = librosa.load(path, sr=22_050)
    for start in range(0, samples.size - WINDOW_SAMPLES + 1, WINDOW_SAMPLES):
        librosa.feature.mfcc(
            y=samples[start : start + WINDOW_SAMPLES], sr=rate_hz, n_mfcc=13, n_fft=2048, hop_length=512
        )
    return float(samples.size / rate_hz)


def _print_parts(dataset: Dataset) -> None:
    """One process, one clip at a time: where the time goes."""
    front_end = FrontEnd(MFCC)
    seconds = decode_s = features_s = 0.0
    for clip in dataset.clips[:: max(1, len(dataset.clips) // 20)]:
        started = time.process_time()
        samples = read_recording(clip.path).samples
        decoded = time.process_time()
        for start in segment_starts(samples.size, MFCC)[0]:
            front_end.extract(np.resize(samples[start : start + WINDOW_SAMPLES], WINDOW_SAMPLES))
        features_s += time.process_time() - decoded
        decode_s += decoded - started
        seconds += samples.size / 22_050
    parts = {"decode and resample": decode_s, "features": features_s}
    print_table(
        "CPU of one core for an hour of audio",
        ["what", "s"],
        [[name, f"{part * 3600 / seconds:.1f}"] for name, part in parts.items()],
    )


if __name__ == "__main__":
    sys.exit(main())
