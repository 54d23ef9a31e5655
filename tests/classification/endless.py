"""Files of hours that take no space; the longest keep whoever reads them busy for as long as a test lasts."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import numpy as np

from tests.cli.wav import write_wav

if TYPE_CHECKING:
    from pathlib import Path

_BYTES_PER_S = 2 * 22_050


def write_endless(path: Path) -> Path:
    """Writes twelve hours of digital silence."""
    return write_silence(path, 12 * 3_600)


def write_silence(path: Path, seconds: int) -> Path:
    """Writes digital silence, WAV, as a sparse file."""
    data_bytes = seconds * _BYTES_PER_S
    write_wav(path, np.zeros(1, np.float32))
    with path.open("r+b") as file:
        file.truncate(44 + data_bytes)
        for position, size in ((4, 36 + data_bytes), (40, data_bytes)):
            file.seek(position)
            file.write(struct.pack("<I", size))
    return path
