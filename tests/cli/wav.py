"""WAV files for the command line's tests."""

from __future__ import annotations

import wave
from typing import TYPE_CHECKING

import numpy as np

from tests.signals import SOUNDS

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


def write_wav(path: Path, samples: NDArray[np.floating], rate_hz: int = 22_050) -> Path:
    """Writes (n,) mono or (channels, n) samples."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1 if samples.ndim == 1 else len(samples))
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(pcm(samples.T))
    return path


def pcm(samples: NDArray[np.floating]) -> bytes:
    return bytes((np.clip(samples, -1, 1) * 32_767).astype("<i2").tobytes())


def sound(label: str, seconds: float, seed: int = 2) -> NDArray[np.float32]:
    return SOUNDS[label](seconds, np.random.default_rng(seed))
