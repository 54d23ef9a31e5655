"""The mel spectrogram as columns: the mean level of each band over a stretch of time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from genred.analysis.frontend import MFCC, FrontEnd

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAX_COLUMNS = 2_048
"""As of `WaveformColumns`."""

_FRAMES_OF_A_COLUMN = 16
"""Of longer columns only so many frames are transformed, evenly spaced: the mean of more looks no different, and three
hours would take half a minute."""


class MelColumns:
    """Gathers the mel spectrogram of a recording whose length is not known. Its memory does not grow.

    Frames and bands are those of the original network's front end (128 slaney bands up to 11,025 Hz).
    """

    def __init__(self) -> None:
        self.column_samples = MFCC.hop_samples
        """What a column stands for."""
        self._front_end = FrontEnd(MFCC)
        self._levels = np.empty((MAX_COLUMNS, MFCC.n_mels), np.float32)
        self._full = 0
        self._frames_of_column = 1
        self._sum = np.zeros(MFCC.n_mels, np.float64)
        self._summed = 0
        self._waiting = np.zeros(self._front_end.padding_samples, np.float32)
        self._skip_samples = 0

    def add(self, samples: NDArray[np.float32]) -> None:
        """Takes the next samples, any number of them."""
        skipped = min(self._skip_samples, samples.size)
        self._skip_samples -= skipped
        self._waiting = np.concatenate([self._waiting, samples[skipped:]])
        while self._waiting.size >= MFCC.n_fft:
            if self._full == MAX_COLUMNS:
                self._halve()
                continue
            self._transform()

    def levels(self) -> NDArray[np.float32]:
        """Gives (columns, 128) float32, dB with ref 1.0; the last column may be of fewer frames than the others."""
        found = self._levels[: self._full]
        if self._summed and self._full < MAX_COLUMNS:
            found = np.vstack([found, (self._sum / self._summed).astype(np.float32)])
        return found.copy()

    def _transform(self) -> None:
        hop = self._front_end.spec.hop_samples
        wanted = (MAX_COLUMNS - self._full) * self._frames_of_column - self._summed
        count = min(1 + (self._waiting.size - MFCC.n_fft) // hop, wanted)
        for level in self._front_end.frame_levels(np.ascontiguousarray(self._waiting), count):
            self._sum += level
            self._summed += 1
            if self._summed == self._frames_of_column:
                self._levels[self._full] = self._sum / self._summed
                self._full += 1
                self._sum[:] = 0.0
                self._summed = 0
        done = count * hop
        self._skip_samples = max(0, done - self._waiting.size)
        self._waiting = self._waiting[done:].copy()

    def _halve(self) -> None:
        self._full //= 2
        self._levels[: self._full] = self._levels.reshape(self._full, 2, -1).mean(axis=1)
        self.column_samples *= 2
        if self._frames_of_column < _FRAMES_OF_A_COLUMN:
            self._frames_of_column *= 2
        else:
            spec = self._front_end.spec
            self._front_end = FrontEnd(msgspec.structs.replace(spec, hop_samples=2 * spec.hop_samples))
