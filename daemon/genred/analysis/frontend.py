"""The front end: samples to the tensor that the network sees, equal to librosa's numbers.

Sources of the method: `librosa.feature.mfcc`, `librosa.filters.mel` (Slaney's Auditory Toolbox scale and
area normalisation), `librosa.power_to_db`. librosa itself is never imported here: its first MFCC costs
hundreds of megabytes, which a small board does not have.
"""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np

from genred.audio import SAMPLE_RATE_HZ

if TYPE_CHECKING:
    from numpy.typing import NDArray

MIN_POWER = 1e-10
"""`amin` of `librosa.power_to_db`: the least power that has a level, -100 dB."""


class FrontEndKind(StrEnum):
    """Which features a network was trained on."""

    MFCC = "mfcc"
    LOGMEL = "logmel"


class FrontEndSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Every number that defines a front end; part of the model card, so that serving cannot drift from training.

    Attributes:
        kind: `mfcc` gives (frames, n_coefficients), `logmel` gives (frames, n_mels).
        window_samples: Length of one window at `sample_rate_hz`.
        top_db: Levels further than this below the window's own maximum are raised to it.
        n_coefficients: Cepstral coefficients kept by `mfcc`; unused by `logmel`.
    """

    kind: FrontEndKind
    n_mels: int
    fmin_hz: float
    fmax_hz: float
    n_coefficients: int = 13
    sample_rate_hz: int = SAMPLE_RATE_HZ
    window_samples: int = 110_250
    n_fft: int = 2048
    hop_samples: int = 512
    top_db: float = 80.0

    @property
    def frames(self) -> int:
        """Frames of one window, centred and padded: 216 for five seconds."""
        return 1 + self.window_samples // self.hop_samples

    @property
    def shape(self) -> tuple[int, int]:
        """(frames, bands or coefficients) of one window's features."""
        return self.frames, self.n_coefficients if self.kind is FrontEndKind.MFCC else self.n_mels


MFCC = FrontEndSpec(kind=FrontEndKind.MFCC, n_mels=128, fmin_hz=0.0, fmax_hz=11_025.0)
"""The original network's features, (216, 13)."""

LOGMEL = FrontEndSpec(kind=FrontEndKind.LOGMEL, n_mels=96, fmin_hz=0.0, fmax_hz=8_000.0)
"""The default network's features, (216, 96); nothing above 8 kHz, since codecs would give genres away."""

LOGMEL_SCALE_DB = 20.0
"""Log-mel levels are divided by this after their mean is taken away, to stand near unit variance."""

_DB_PER_NEPER = np.float32(10.0 / np.log(10.0))

# A second of frames and those of a window's end: a whole window at once takes 8 MB more, and is no faster.
_FRAMES_AT_ONCE = 48


_BAND_GROUPS = 8
"""A band has weight in a few bins only: so many groups of neighbours, each times its own bins, take an eighth of the
multiplications of one whole product. Fewer groups take more of them, more groups more calls: 6 to 8 were fastest."""


class _BandGroup(NamedTuple):
    """Neighbouring mel bands, and what a spectrum's squares are multiplied with for them.

    Attributes:
        bands: Which of the bands.
        columns: Their bins, as columns of the squares: real and imaginary part of each bin are two.
        weights: (columns, bands) float32, each bin's weight twice, so that the product adds up the bin's power.
    """

    bands: slice
    columns: slice
    weights: NDArray[np.float32]


class FrontEnd:
    """Turns windows and frames of samples into features. Holds only constants: one object serves many streams.

    Args:
        spec: The numbers of the front end.
    """

    def __init__(self, spec: FrontEndSpec) -> None:
        self.spec = spec
        # numpy transforms float32 in float32 only with a norm that scales (2.0 to 2.4; otherwise it goes through
        # float64, in five times the time). "forward" divides by n_fft, for which the window makes up beforehand.
        self._hann = _periodic_hann(spec.n_fft) * np.float32(spec.n_fft)
        self._band_groups = _band_groups(mel_filter_bank(spec))
        self._dct = _dct_ii_orthonormal(spec.n_mels, spec.n_coefficients)
        self.padding_samples = spec.n_fft // 2
        """Zeros before and behind a window, so that its first frame is centred on its first sample."""
        self.head_frames = -(-self.padding_samples // spec.hop_samples)
        """Frames at a window's start that reach into its zero padding."""
        self.head_samples = spec.n_fft - self.padding_samples + (self.head_frames - 1) * spec.hop_samples
        """Samples of a window that its head frames see."""
        self.tail_frames = spec.frames - 1 - (spec.window_samples - self.padding_samples) // spec.hop_samples
        """Frames at a window's end that reach into its zero padding."""
        self.inner_end = spec.frames - self.tail_frames
        """Frames of a window before those that reach into the padding at its end."""
        self.inner_frames = self.inner_end - self.head_frames
        """Frames of a window that reach into no padding: those that other windows have in common with it."""

    def frame_levels(self, samples: NDArray[np.float32], count: int) -> NDArray[np.float32]:
        """Gives the mel levels of `count` frames, the first of which starts at `samples[0]`.

        Args:
            samples: float32, contiguous, at least `n_fft + (count - 1) * hop_samples` of them.
            count: How many frames.

        Returns:
            (count, n_mels) float32, dB with ref 1.0 and amin 1e-10, not yet limited by `top_db`.
        """
        # What `sliding_window_view` gives, and numpy checks that there are so many samples, without its 0.015 ms.
        strides = self.spec.hop_samples * samples.itemsize, samples.itemsize
        frames: NDArray[np.float32] = np.ndarray((count, self.spec.n_fft), np.float32, samples, strides=strides)
        levels = np.empty((count, self.spec.n_mels), np.float32)
        for start in range(0, count, _FRAMES_AT_ONCE):
            end = min(start + _FRAMES_AT_ONCE, count)
            spectrum = np.fft.rfft(frames[start:end] * self._hann, axis=1, norm="forward")
            squares = spectrum.view(np.float32)
            np.square(squares, out=squares)
            for group in self._band_groups:
                np.matmul(squares[:, group.columns], group.weights, out=levels[start:end, group.bands])
        np.maximum(levels, MIN_POWER, out=levels)
        # numpy's natural logarithm of float32 has vector instructions, its log10 has none: a fifth of the time.
        np.log(levels, out=levels)
        levels *= _DB_PER_NEPER
        return levels

    def head_levels(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Gives the mel levels of the frames at a window's start that reach into its zero padding.

        Args:
            samples: (head_samples,) float32, the window's first.

        Returns:
            (head_frames, n_mels) float32, as from `frame_levels`.
        """
        return self.frame_levels(
            np.concatenate([np.zeros(self.padding_samples, np.float32), samples]), self.head_frames
        )

    def features(self, levels: NDArray[np.float32]) -> NDArray[np.float32]:
        """Finishes the levels of a window, or of a part of one: limits them to `top_db`, makes what the network sees.

        Args:
            levels: (frames, n_mels) dB, as `frame_levels` gives them; left unchanged.

        Returns:
            (frames, bands or coefficients) float32, `spec.shape` for a window.
        """
        limited: NDArray[np.float32] = np.maximum(levels, levels.max() - np.float32(self.spec.top_db))
        if self.spec.kind is FrontEndKind.MFCC:
            # In float32 the sums over 128 bands drift by more than 1e-3 where levels are near -100 dB.
            return np.asarray(limited.astype(np.float64) @ self._dct, dtype=np.float32)
        limited -= limited.mean(dtype=np.float64).astype(np.float32)
        limited /= np.float32(LOGMEL_SCALE_DB)
        return limited

    def window_levels(self, window: NDArray[np.float32]) -> NDArray[np.float32]:
        """Gives all levels of one window from scratch, for training and for tests.

        Args:
            window: (window_samples,) float32 in [-1, 1].

        Returns:
            (frames, n_mels) dB.
        """
        return self.frame_levels(np.pad(window, self.padding_samples), self.spec.frames)

    def extract(self, window: NDArray[np.float32]) -> NDArray[np.float32]:
        """Gives the features of one window from scratch: (window_samples,) float32 to `spec.shape` float32."""
        return self.features(self.window_levels(window))


@lru_cache(maxsize=4)
def shared_front_end(spec: FrontEndSpec) -> FrontEnd:
    """Gives the one front end of these numbers in this process: dozens of stations need no bank each."""
    return FrontEnd(spec)


def mel_filter_bank(spec: FrontEndSpec) -> NDArray[np.float32]:
    """Gives the triangular filters of `librosa.filters.mel(norm="slaney", htk=False)`.

    Args:
        spec: Uses `sample_rate_hz`, `n_fft`, `n_mels`, `fmin_hz` and `fmax_hz`.

    Returns:
        (n_mels, n_fft // 2 + 1) float32; each triangle has unit area over frequency.
    """
    bins_hz = np.fft.rfftfreq(spec.n_fft, 1.0 / spec.sample_rate_hz)
    edges_hz = _slaney_mel_to_hz(
        np.linspace(_slaney_hz_to_mel(spec.fmin_hz), _slaney_hz_to_mel(spec.fmax_hz), spec.n_mels + 2)
    )
    widths_hz = np.diff(edges_hz)
    ramps = edges_hz[:, None] - bins_hz[None, :]
    rising = -ramps[:-2] / widths_hz[:-1, None]
    falling = ramps[2:] / widths_hz[1:, None]
    triangles = np.maximum(0.0, np.minimum(rising, falling))
    area = 2.0 / (edges_hz[2:] - edges_hz[:-2])
    # librosa rounds the triangles to float32 before it scales them; so do we, to be equal to the last bit or so.
    return np.asarray(triangles.astype(np.float32) * area[:, None], dtype=np.float32)


def _band_groups(bank: NDArray[np.float32]) -> list[_BandGroup]:
    """Divides (n_mels, bins) filters into groups."""
    groups = []
    for bands in np.array_split(np.arange(len(bank)), min(_BAND_GROUPS, len(bank))):
        filters = bank[bands]
        used = np.flatnonzero(filters.any(axis=0))
        first, end = (int(used[0]), int(used[-1]) + 1) if used.size else (0, 1)
        groups.append(
            _BandGroup(
                slice(int(bands[0]), int(bands[-1]) + 1),
                slice(2 * first, 2 * end),
                np.repeat(filters[:, first:end].T, 2, axis=0),
            )
        )
    return groups


# Slaney's scale: linear to 1 kHz at 200/3 Hz a mel, then logarithmic with 27 mels a factor of 6.4.
_LINEAR_HZ_PER_MEL = 200.0 / 3.0
_LOG_START_HZ = 1000.0
_LOG_START_MEL = _LOG_START_HZ / _LINEAR_HZ_PER_MEL
_LOG_STEP = np.log(6.4) / 27.0


def _slaney_hz_to_mel(frequency_hz: float) -> float:
    if frequency_hz < _LOG_START_HZ:
        return frequency_hz / _LINEAR_HZ_PER_MEL
    return float(_LOG_START_MEL + np.log(frequency_hz / _LOG_START_HZ) / _LOG_STEP)


def _slaney_mel_to_hz(mels: NDArray[np.float64]) -> NDArray[np.float64]:
    linear = mels * _LINEAR_HZ_PER_MEL
    logarithmic = _LOG_START_HZ * np.exp(_LOG_STEP * (mels - _LOG_START_MEL))
    return np.where(mels < _LOG_START_MEL, linear, logarithmic)


@lru_cache
def _periodic_hann(length: int) -> NDArray[np.float32]:
    window = 0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(length) / length)
    return window.astype(np.float32)


def _dct_ii_orthonormal(size: int, coefficients: int) -> NDArray[np.float64]:
    """`scipy.fft.dct(type=2, norm="ortho")` as a (size, coefficients) matrix."""
    position = (np.arange(size) + 0.5)[:, None] * np.arange(coefficients)[None, :]
    matrix = np.cos(np.pi * position / size) * np.sqrt(2.0 / size)
    matrix[:, 0] /= np.sqrt(2.0)
    return np.asarray(matrix, dtype=np.float64)
