"""The front end's numbers are librosa's."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import librosa
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genred.analysis.frontend import LOGMEL, LOGMEL_SCALE_DB, MFCC, FrontEnd, FrontEndSpec, mel_filter_bank
from tests.signals import low_chord, wavering_whistle, white_noise

TOLERANCE = 1e-3
RATE_HZ, SIZE = MFCC.sample_rate_hz, MFCC.window_samples
TIME_S = np.arange(SIZE) / RATE_HZ
RNG = np.random.default_rng(20_260_101)


def librosa_mfcc(window: np.ndarray) -> np.ndarray:
    return np.asarray(librosa.feature.mfcc(y=window, sr=RATE_HZ, n_mfcc=13, n_fft=2048, hop_length=512).T)


def librosa_logmel(window: np.ndarray) -> np.ndarray:
    mel = librosa.feature.melspectrogram(y=window, sr=RATE_HZ, n_fft=2048, hop_length=512, n_mels=96, fmax=8000)
    levels = librosa.power_to_db(mel, ref=1.0, amin=1e-10, top_db=80).T
    return np.asarray((levels - levels.mean()) / LOGMEL_SCALE_DB)


def music_like() -> np.ndarray:
    chord = low_chord(5, RNG) + 0.3 * wavering_whistle(5, RNG)
    beat = np.exp(-8 * (TIME_S % 0.5)) * white_noise(5, RNG)
    return np.asarray(chord + beat, np.float32)


WINDOWS = {
    "music-like": music_like(),
    "white noise": white_noise(5, RNG),
    "noise near the least float that matters": (1e-6 * RNG.standard_normal(SIZE)).astype(np.float32),
    "digital silence": np.zeros(SIZE, np.float32),
    "DC alone": np.full(SIZE, 0.5, np.float32),
    "DC with a trace of noise": (0.5 + 1e-5 * RNG.standard_normal(SIZE)).astype(np.float32),
    "clipped": np.clip(5 * music_like(), -1, 1).astype(np.float32),
    "a tone": (0.9 * np.sin(2 * np.pi * 440 * TIME_S)).astype(np.float32),
    "half music, half silence": np.where(TIME_S < 2.5, music_like(), 0).astype(np.float32),
    "a single click": np.eye(1, SIZE, SIZE // 3, dtype=np.float32)[0],
    "a click in the padded edge": np.eye(1, SIZE, 100, dtype=np.float32)[0],
}


@pytest.mark.parametrize("name", WINDOWS)
def test_mfcc_equals_librosa(name: str) -> None:
    features = FrontEnd(MFCC).extract(WINDOWS[name])
    assert features.shape == (216, 13)
    assert features.dtype == np.float32
    assert np.abs(features - librosa_mfcc(WINDOWS[name])).max() <= TOLERANCE


@pytest.mark.parametrize("name", WINDOWS)
def test_logmel_equals_librosa(name: str) -> None:
    features = FrontEnd(LOGMEL).extract(WINDOWS[name])
    assert features.shape == (216, 96)
    assert features.dtype == np.float32
    assert np.abs(features - librosa_logmel(WINDOWS[name])).max() <= TOLERANCE


def test_frames_of_any_length_equal_librosa() -> None:
    spec = FrontEndSpec(kind=MFCC.kind, n_mels=64, fmin_hz=0, fmax_hz=11_025, n_fft=1_500, hop_samples=300)
    window = WINDOWS["music-like"]
    expected = librosa.feature.mfcc(y=window, sr=RATE_HZ, n_mfcc=13, n_fft=1_500, hop_length=300, n_mels=64).T
    assert np.abs(FrontEnd(spec).extract(window) - expected).max() <= TOLERANCE


def test_the_transform_is_computed_in_float32(monkeypatch: pytest.MonkeyPatch) -> None:
    transform, spectra = np.fft.rfft, []

    def recorded(frames: np.ndarray, **options: Any) -> np.ndarray:
        spectrum = transform(frames, **options)
        spectra.append((frames.astype(np.float64), spectrum.copy()))
        return spectrum

    monkeypatch.setattr(np.fft, "rfft", recorded)
    FrontEnd(LOGMEL).frame_levels(WINDOWS["white noise"], 43)
    assert spectra
    for frames, spectrum in spectra:
        assert spectrum.dtype == np.complex64
        # What numpy computes in float64 and then rounds is that to the last bit, and takes five times as long.
        exact = transform(frames, axis=1, norm="forward")
        assert not np.array_equal(spectrum, exact.astype(np.complex64))
        np.testing.assert_allclose(spectrum, exact, atol=1e-6 * np.abs(exact).max())


@pytest.mark.parametrize(
    ("n_mels", "fmin_hz", "fmax_hz", "rate_hz"),
    [(128, 0, 11_025, 22_050), (96, 0, 8_000, 22_050), (40, 100, 4_000, 16_000), (64, 20, 7_600, 22_050)],
)
def test_mel_filters_equal_librosa(n_mels: int, fmin_hz: float, fmax_hz: float, rate_hz: int) -> None:
    spec = FrontEndSpec(kind=MFCC.kind, n_mels=n_mels, fmin_hz=fmin_hz, fmax_hz=fmax_hz, sample_rate_hz=rate_hz)
    expected = librosa.filters.mel(sr=rate_hz, n_fft=2048, n_mels=n_mels, fmin=fmin_hz, fmax=fmax_hz)
    np.testing.assert_allclose(mel_filter_bank(spec), expected, rtol=1e-6, atol=1e-9)


@settings(max_examples=25, deadline=None)
@given(gain_db=st.floats(-100, 20), seed=st.integers(0, 2**32 - 1), clip=st.booleans())
def test_mfcc_equals_librosa_at_any_loudness(gain_db: float, seed: int, clip: bool) -> None:
    rng = np.random.default_rng(seed)
    window = (low_chord(5, rng) + white_noise(5, rng) * rng.uniform(0, 1)) * np.float32(10 ** (gain_db / 20))
    if clip:
        window = np.clip(window, -1, 1)
    assert np.abs(FrontEnd(MFCC).extract(window) - librosa_mfcc(window)).max() <= TOLERANCE


def test_one_front_end_serves_many_threads_at_once() -> None:
    front_end = FrontEnd(LOGMEL)
    windows = [WINDOWS[name] for name in ("music-like", "white noise", "clipped", "a tone")]
    expected = [front_end.extract(window) for window in windows]
    with ThreadPoolExecutor(len(windows)) as threads:
        for _ in range(5):
            for found, alone in zip(threads.map(front_end.extract, windows), expected, strict=True):
                np.testing.assert_array_equal(found, alone)


@pytest.mark.parametrize("n_mels", [3, 13, 128])
def test_any_number_of_bands_equals_librosa(n_mels: int) -> None:
    spec = FrontEndSpec(kind=LOGMEL.kind, n_mels=n_mels, fmin_hz=50, fmax_hz=6_000)
    power = librosa.feature.melspectrogram(
        y=WINDOWS["music-like"], sr=RATE_HZ, n_fft=2048, hop_length=512, n_mels=n_mels, fmin=50, fmax=6_000
    )
    expected = librosa.power_to_db(power, ref=1.0, amin=1e-10, top_db=None).T
    assert np.abs(FrontEnd(spec).window_levels(WINDOWS["music-like"]) - expected).max() <= TOLERANCE
