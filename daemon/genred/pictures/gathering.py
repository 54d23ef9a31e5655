"""Both pictures' columns from one stream of samples."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genred.pictures.mel_spectrogram import MelColumns
from genred.pictures.waveform import WaveformColumns

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class PictureColumns:
    """Gathers what both pictures show, in constant memory.

    Attributes:
        waveform: Of the first picture.
        mel: Of the second.
    """

    def __init__(self) -> None:
        self.waveform = WaveformColumns()
        self.mel = MelColumns()

    def add(self, samples: NDArray[np.float32]) -> None:
        """Takes the next samples: (n,) float32 mono at 22,050 Hz, any n."""
        self.waveform.add(samples)
        self.mel.add(samples)
