"""Made-up data sets: three genres that a tiny network tells apart in seconds."""

from __future__ import annotations

import hashlib
import wave
from typing import TYPE_CHECKING

import numpy as np

from genred.analysis.frontend import FrontEndKind, FrontEndSpec
from genred_build.data.features import ClipRecord, FeatureSet

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

RATE_HZ = 22_050

TINY_SPEC = FrontEndSpec(
    kind=FrontEndKind.MFCC,
    n_mels=20,
    fmin_hz=0.0,
    fmax_hz=11_025.0,
    n_coefficients=8,
    window_samples=11_025,
    n_fft=512,
    hop_samples=256,
)
"""Half-second segments of (44, 8): as the real ones, but cheap."""

TINY_RECIPE = """\
name: tiny
description: A tiny network for tests
front_end:
  {kind: mfcc, n_mels: 20, fmin_hz: 0.0, fmax_hz: 11025.0, n_coefficients: 8,
   window_samples: 11025, n_fft: 512, hop_samples: 256}
network:
  - {layer: conv, filters: 8, kernel: [3, 2]}
  - {layer: max_pool, size: [3, 2], strides: [2, 1]}
  - {layer: batch_norm}
  - {layer: conv, filters: 8, kernel: [3, 2]}
  - {layer: batch_norm}
  - {layer: global_average_pool}
  - {layer: dropout, rate: 0.2}
split: artist
seed: 3
schedule: {learning_rate: 0.02, batch: 16, epochs: EPOCHS, early_stop_patience: 50}
quantization: {scheme: selective-int8, representative_windows: 60}
"""


def write_recipe(path: Path, epochs: int = 8) -> Path:
    path.write_text(TINY_RECIPE.replace("EPOCHS", str(epochs)))
    return path


def write_wav(path: Path, samples: NDArray[np.float64], rate_hz: int = RATE_HZ) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(rate_hz)
        out.writeframes((np.clip(samples, -1, 1) * 32_767).astype("<i2").tobytes())
    return path


def play(style: str, seconds: float, seed: int) -> NDArray[np.float64]:
    """`hum`: low chords; `hiss`: bright noise; `beat`: clicks."""
    rng = np.random.default_rng(seed)
    time_s = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    if style == "hum":
        chord = sum(np.sin(2 * np.pi * rng.uniform(80, 300) * time_s) for _ in range(3))
        return 0.2 * np.asarray(chord)
    noise = rng.standard_normal(time_s.size)
    if style == "hiss":
        return 0.1 * noise
    return 0.5 * noise * ((time_s * rng.uniform(3, 6)) % 1 < 0.08)


def write_three_genres(
    root: Path, *, clips: int = 8, seconds: float = 3.0, artists: int = 4, first_seed: int = 0
) -> Path:
    """A folder of three genres with a manifest: each artist plays one genre."""
    lines = ["file,artist"]
    for number, style in enumerate(("hum", "hiss", "beat")):
        for clip in range(clips):
            name = f"{style}/{style}{clip:02d}.wav"
            write_wav(root / name, play(style, seconds, first_seed + 100 * number + clip))
            lines.append(f"{name},{style} band {clip % artists}")
    (root / "manifest.csv").write_text("\n".join(lines) + "\n")
    return root


def made_up_features(clips: list[tuple[str, str, str]], segments: int = 6, name: str = "made-up") -> FeatureSet:
    """A feature set of (label, artist, PCM) triples without any audio: for splits."""
    labels = tuple(sorted({label for label, _, _ in clips}))
    records = tuple(
        ClipRecord(
            clip_id=f"{label}.{index:05d}",
            file=f"{label}/{index}.wav",
            label=label,
            artist=artist,
            album="",
            group="",
            digest=str(index),
            pcm_md5=hashlib.md5(pcm.encode(), usedforsecurity=False).hexdigest(),
            segments=tuple(range(segments)),
        )
        for index, (label, artist, pcm) in enumerate(clips)
    )
    return FeatureSet(
        name=name,
        labels=labels,
        spec=TINY_SPEC,
        clips=records,
        features=np.zeros((len(clips) * segments, 1, 1), np.float32),
        clip_of=np.repeat(np.arange(len(clips)), segments).astype(np.int32),
        segment_of=np.tile(np.arange(segments), len(clips)).astype(np.int32),
        fingerprint="made-up",
    )
