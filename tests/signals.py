"""Synthetic sounds: those that the tiny test network knows, and awkward ones for the front end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from genred.audio import SAMPLE_RATE_HZ

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray


def low_chord(seconds: float, rng: np.random.Generator) -> NDArray[np.float32]:
    time_s = np.arange(round(seconds * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    root_hz = rng.uniform(80, 160)
    chord = sum(np.sin(2 * np.pi * root_hz * ratio * time_s) / n for n, ratio in enumerate((1, 1.25, 1.5, 2), start=1))
    return np.asarray(0.2 * chord, dtype=np.float32)


def white_noise(seconds: float, rng: np.random.Generator) -> NDArray[np.float32]:
    return np.asarray(0.2 * rng.standard_normal(round(seconds * SAMPLE_RATE_HZ)), dtype=np.float32)


def wavering_whistle(seconds: float, rng: np.random.Generator) -> NDArray[np.float32]:
    time_s = np.arange(round(seconds * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    centre_hz = rng.uniform(2_700, 3_300)
    phase = 2 * np.pi * centre_hz * time_s + 30 * np.sin(2 * np.pi * 4 * time_s)
    return np.asarray(0.5 * np.sin(phase), dtype=np.float32)


SOUNDS: dict[str, Callable[[float, np.random.Generator], NDArray[np.float32]]] = {
    "jazz": low_chord,
    "metal": white_noise,
    "speech": wavering_whistle,
}
"""Label of the tiny test network, and a generator of sounds that it gives this label."""
