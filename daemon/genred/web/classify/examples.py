"""Songs to try the page with: synthesised, as those of `genred demo`."""

from __future__ import annotations

import wave
from typing import TYPE_CHECKING

import numpy as np

from genred.audio import SAMPLE_RATE_HZ
from genred.demo.programme import STYLES

if TYPE_CHECKING:
    from pathlib import Path

_PART_S = 15.0


def write_examples(folder: Path) -> list[Path]:
    """Writes two files: one style, and one after the other.

    Raises:
        OSError: They cannot be written.
    """
    styles = [compose(_PART_S) for compose in STYLES.values()]
    pieces = {
        "piano over a walking bass.wav": styles[-1],
        "four styles, one after the other.wav": np.concatenate(styles),
    }
    paths = []
    for name, samples in pieces.items():
        path = folder / name
        with wave.open(str(path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(SAMPLE_RATE_HZ)
            file.writeframes((samples * 32_767).astype("<i2").tobytes())
        paths.append(path)
    return paths
