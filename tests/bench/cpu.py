"""CPU for a second of audio, MP3 file to estimate: stage by stage, beside the obvious pipeline and the bare kernels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from genred.analysis.analyzer import Analyzer
from genred.analysis.bundle import ModelBundle, load_bundle
from genred.analysis.classifier import Classifier
from genred.analysis.frontend import shared_front_end
from genred.analysis.ring import FrameRing
from genred.audio import AudioBlock
from genred.classification.windows import estimate_windows
from genred.config.schema import FileSource
from genred.sources.opening import open_source
from tests.bench.kernels import STEP_HOPS, decode, fft_and_mel, invoke, least_cpu_s
from tests.bench.table import Bound, print_table

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

MOST_MS_PER_SECOND = 8.0
LIBROSA_WINDOWS = 60
"""The obvious pipeline is so slow that a part of the audio must do."""


def run(mp3: Path, seconds: float, model: str) -> list[Bound]:
    """Measures, prints, and gives the bound that was promised."""
    bundle = load_bundle(model)
    blocks = _read(mp3)  # warms up FFmpeg, and gives the later stages their input
    Analyzer(bundle).push(np.concatenate(blocks)[: 22_050 * 10])

    decode_s = least_cpu_s(lambda: decode(mp3))
    read_s = least_cpu_s(lambda: _read(mp3))
    features_s = least_cpu_s(lambda: _features(bundle, blocks))
    windows = _features(bundle, blocks)
    classifier = Classifier(bundle)
    inference_s = least_cpu_s(lambda: [classifier.log_probabilities(window) for window in windows])
    whole_s = least_cpu_s(lambda: whole(mp3, bundle))
    per_second = 1000 / seconds
    parts = {
        "decode (FFmpeg)": decode_s,
        "mono and resample (soxr)": max(0.0, read_s - decode_s),
        "ring and features": features_s,
        "inference (LiteRT), calibrated": inference_s,
        "the rest (level, gate, filter)": max(0.0, whole_s - read_s - features_s - inference_s),
    }
    rows = [[name, f"{part * per_second:.2f}", f"{part / whole_s:.0%}"] for name, part in parts.items()]
    rows.append(["genred, MP3 file to estimate", f"{whole_s * per_second:.2f}", "100%"])

    spec, count = bundle.card.front_end, len(windows)
    kernels = {
        "bare kernel: FFT and mel product of a window's new frames": least_cpu_s(lambda: fft_and_mel(bundle, count)),
        "bare kernel: Interpreter.invoke": least_cpu_s(lambda: invoke(bundle, count)),
    }
    rows += [[name, f"{part * per_second:.2f}", f"{part / whole_s:.0%}"] for name, part in kernels.items()]
    obvious_s, obvious_windows = obvious(mp3, bundle)
    obvious_ms = obvious_s / obvious_windows * 1000 * (len(windows) / seconds)
    rows.append(
        [
            f"the obvious pipeline: librosa and TFLite, {spec.kind}",
            f"{obvious_ms:.2f}",
            f"{obvious_ms / (whole_s * per_second):.1f} x",
        ]
    )
    print_table(
        f"CPU of one core for a second of audio ({seconds:.0f} s of MP3, {len(windows)} windows, {bundle.card.name})",
        ["what", "ms", "of genred"],
        rows,
    )
    return [
        Bound(f"CPU for a second of audio, model {bundle.card.name}", whole_s * per_second, MOST_MS_PER_SECOND, "ms")
    ]


def _read(mp3: Path) -> list[NDArray[np.float32]]:
    session = open_source(FileSource(file=str(mp3), pace="fast")).session()
    return [item.samples for item in session if isinstance(item, AudioBlock)]


def _features(bundle: ModelBundle, blocks: list[NDArray[np.float32]]) -> list[NDArray[np.float32]]:
    patches = bundle.card.patches
    ring = FrameRing(shared_front_end(bundle.card.front_end), STEP_HOPS, edges=patches is None)
    return [
        ring.features() if patches is None else ring.patch(patches.frames, 0)
        for block in blocks
        for _ in ring.push(block)
    ]


def whole(mp3: Path, bundle: ModelBundle) -> int:
    """Reads and analyses a file. Returns how many windows it had."""
    session = open_source(FileSource(file=str(mp3), pace="fast")).session()
    blocks = (item.samples for item in session if isinstance(item, AudioBlock))
    return sum(1 for _ in estimate_windows(Analyzer(bundle), blocks))


def obvious(mp3: Path, bundle: ModelBundle) -> tuple[float, int]:
    """librosa.load, then librosa's features of every window and a prediction for each: seconds and windows.

    A network that reads patches is asked for one of them: for the others, too, it would take longer.
    """
    import librosa

    spec = bundle.card.front_end
    frames, _ = bundle.card.features_shape
    classifier = Classifier(bundle)

    def features(window: NDArray[np.float32]) -> NDArray[np.float32]:
        mel = librosa.feature.melspectrogram(
            y=window, sr=spec.sample_rate_hz, n_fft=spec.n_fft, hop_length=spec.hop_samples,
            n_mels=spec.n_mels, fmin=spec.fmin_hz, fmax=spec.fmax_hz,
        )  # fmt: skip
        levels = librosa.power_to_db(mel, top_db=spec.top_db)
        if spec.kind.value == "mfcc":
            return np.asarray(librosa.feature.mfcc(S=levels, n_mfcc=spec.n_coefficients).T)
        return np.asarray((levels - levels.mean()).T / 20)

    features(np.zeros(spec.window_samples, np.float32))  # librosa loads and compiles on first use
    step = STEP_HOPS * spec.hop_samples
    length_s = (spec.window_samples + (LIBROSA_WINDOWS - 1) * step) / spec.sample_rate_hz

    def work() -> None:
        audio, _ = librosa.load(mp3, sr=spec.sample_rate_hz, duration=length_s)
        for start in range(0, audio.size - spec.window_samples + 1, step):
            classifier.log_probabilities(features(audio[start : start + spec.window_samples])[-frames:])

    return least_cpu_s(work, repeats=2), LIBROSA_WINDOWS
