"""A file that keeps whoever reads it busy for as long as a test lasts, and takes no space."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import numpy as np

from tests.cli.wav import write_wav

if TYPE_CHECKING:
    from pathlib import Path

_DATA_BYTES = 1_900_000_000


def write_endless(path: Path) -> Path:
    """Writes twelve hours of digital silence, WAV, as a sparse file."""
    write_wav(path, np.zeros(1, np.float32))
    with path.open("r+b") as file:
        file.truncate(44 + _DATA_BYTES)
        for position, size in ((4, 36 + _DATA_BYTES), (40, _DATA_BYTES)):
            file.seek(position)
            file.write(struct.pack("<I", size))
    return path
