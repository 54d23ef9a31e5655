"""The process that classifies one upload: what a file does to a decoder, it does to no page.

`python -m genred.web.classify.job_process MODEL FILE FOLDER` prints JSON lines: `JobProgress`, then one `JobEnd`; the
pictures are put into the folder.
"""

from __future__ import annotations

import os
import resource
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from genred.classification.summary import Classification

if TYPE_CHECKING:
    from collections.abc import Sequence

WAVEFORM, MEL_SPECTROGRAM = "Waveform.png", "MelSpectrogram.png"

_MEMORY_BYTES = 1_500_000_000
"""Half an hour and three hours take 150 MB alike; a damaged file may ask for anything."""

_NICENESS = 10
"""Stations go first, where they are analysed by the same machine."""

_TELL_S = 0.25


class JobProgress(msgspec.Struct, frozen=True, tag="progress"):
    """So many seconds are done, of so many (None where the length is not known)."""

    done_s: float
    duration_s: float | None


class JobEnd(msgspec.Struct, frozen=True, tag="end"):
    """What came of it: one of the two.

    Attributes:
        result: As `genred classify --json` prints it.
        error: In a line.
    """

    result: Classification | None = None
    error: str = ""


def main(arguments: Sequence[str]) -> int:
    """Classifies a file."""
    model, file, folder = arguments
    os.nice(_NICENESS)
    # For numpy, which is loaded after this.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    resource.setrlimit(resource.RLIMIT_DATA, (_MEMORY_BYTES, _MEMORY_BYTES))
    _tell(_classify(model, Path(file), Path(folder)))
    return 0


def _classify(model: str, file: Path, folder: Path) -> JobEnd:
    from genred.analysis.bundle import load_bundle  # noqa: PLC0415
    from genred.classification.file import FileClassifier  # noqa: PLC0415
    from genred.errors import GenredError  # noqa: PLC0415
    from genred.pictures.drawing import draw_mel_spectrogram, draw_waveform  # noqa: PLC0415
    from genred.pictures.gathering import PictureColumns  # noqa: PLC0415

    columns = PictureColumns()
    told_at = time.monotonic()

    def progress(done_s: float, duration_s: float | None) -> None:
        nonlocal told_at
        if time.monotonic() - told_at >= _TELL_S:
            told_at = time.monotonic()
            _tell(JobProgress(done_s, duration_s))

    try:
        result = FileClassifier(load_bundle(model)).classify(file, progress, columns.add)
    except GenredError as error:
        return JobEnd(error=str(error))
    except MemoryError:
        return JobEnd(error=f"{file}: would need too much memory")
    draw_waveform(columns).save(folder / WAVEFORM)
    draw_mel_spectrogram(columns).save(folder / MEL_SPECTROGRAM)
    return JobEnd(result)


def _tell(message: JobProgress | JobEnd) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(message) + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
