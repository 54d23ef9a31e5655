"""Degradations of the student's view, in the mel power domain: what happens between a record and a microphone.

Independent sounds add their powers, a loudspeaker multiplies each band, and a room's tail smears power over time
(Lebart et al., "A new method based on spectral subtraction for speech dereverberation", Acta Acustica 87, 2001,
models it so). That leaves out phases, which the front end does not keep either, and costs a hundredth of what
convolving and transforming anew would.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from genred.analysis.frontend import LOGMEL, mel_filter_bank

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from genred_build.spec.distillation import Degradations

BANDS = LOGMEL.n_mels
_BANK = mel_filter_bank(LOGMEL)
BAND_HZ = (_BANK @ np.fft.rfftfreq(LOGMEL.n_fft, 1 / LOGMEL.sample_rate_hz)) / _BANK.sum(axis=1)
"""(96,) centre of each mel band in Hz."""

_STOP_BAND = 1e-9
_TELEPHONE_HZ = (300.0, 3_400.0)


@dataclass(frozen=True, slots=True)
class Room:
    """A loudspeaker, a room and its background, as one recording showed them.

    Attributes:
        transfer: (96,) power gain of each band.
        background: (96,) power of the steady background, relative to the music's mean power after `transfer`.
    """

    transfer: NDArray[np.float32]
    background: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Material:
    """What degradations are made from.

    Attributes:
        rooms: Measured on training recordings; may be empty.
        speech: Levels of people talking, (frames, 96) dB each.
        white: (frames, 96) power of white noise: its fluctuation is that of the front end.
    """

    rooms: tuple[Room, ...]
    speech: tuple[NDArray[np.float16], ...]
    white: NDArray[np.float32]


def degrade(
    power: NDArray[np.float32], degradations: Degradations, material: Material, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Gives the student's view of a window.

    Args:
        power: (frames, 96) mel power; left unchanged.
        degradations: Shares and ranges.
        material: Rooms, talkers and noise to draw from.
        rng: Decides everything.

    Returns:
        (frames, 96) mel power, finite and positive.
    """
    if rng.random() >= degradations.degraded:
        return power
    if rng.random() < degradations.compressor:
        power = compressed(power, rng.uniform(0.2, 0.8), rng.uniform(0.05, 0.5))
    if rng.random() < degradations.room:
        power = in_room(power, degradations, material, rng)
    if rng.random() < degradations.equalizer:
        power = power * random_curve(degradations.equalizer_db, rng)
    if rng.random() < degradations.noise:
        power = with_noise(power, material.white, rng.uniform(*degradations.noise_snr_db), rng.uniform(0.0, 2.0), rng)
    if rng.random() < degradations.band_limit:
        power = power * random_band(rng, degradations.telephone)
    return np.asarray(np.maximum(power, power.mean() * np.float32(1e-9) + np.float32(1e-20)), np.float32)


def in_room(
    power: NDArray[np.float32], degradations: Degradations, material: Material, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Plays a window through a loudspeaker into a room with a background."""
    frames = len(power)
    wet = reverberated(power, rng.uniform(*degradations.room_t60_s), rng.uniform(-6.0, 9.0))
    if material.rooms and rng.random() < degradations.measured_room:
        room = material.rooms[rng.integers(len(material.rooms))]
        transfer, steady = room.transfer * random_curve(2.0, rng), room.background
    else:
        low_cut = 1.0 / (1.0 + (rng.uniform(40.0, 400.0) / np.maximum(BAND_HZ, 20.0)) ** rng.uniform(2.0, 6.0))
        transfer = (random_curve(6.0, rng) * low_cut).astype(np.float32)
        steady = (np.maximum(BAND_HZ, 60.0) ** -rng.uniform(0.0, 2.0)).astype(np.float32) * random_curve(4.0, rng)
    wet = wet * transfer
    background = np.zeros_like(wet)
    machines = _stretch(material.white, frames, rng) * steady
    background += machines / machines.mean()
    if material.speech and rng.random() < 0.6:
        people = babble(material, frames, int(rng.integers(1, 9)), rng) * random_curve(4.0, rng)
        background += people / people.mean() * np.float32(10 ** rng.uniform(-0.5, 1.5))
    ratio = 10 ** (rng.uniform(*degradations.room_snr_db) / 10)
    return np.asarray(wet + background * np.float32(wet.mean() / (background.mean() * ratio)), np.float32)


def babble(material: Material, frames: int, talkers: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Gives (frames, 96) power of some people who talk at once, each at a level of their own, reverberant."""
    total = np.full((frames, BANDS), 1e-12, np.float32)
    for _ in range(talkers):
        levels = material.speech[rng.integers(len(material.speech))]
        start = rng.integers(0, max(1, len(levels) - frames))
        talker = np.float32(10.0) ** (levels[start : start + frames].astype(np.float32) / 10)
        talker = np.resize(talker, (frames, BANDS))
        total += talker / (talker.mean() + 1e-12) * np.float32(10 ** rng.uniform(-1.0, 0.0))
    return reverberated(total, rng.uniform(0.2, 1.0), rng.uniform(-6.0, 3.0))


def reverberated(power: NDArray[np.float32], t60_s: float, direct_to_reverberant_db: float) -> NDArray[np.float32]:
    """Adds an exponential tail to each band; high bands fade sooner, as air and furniture have it."""
    band_t60_s = t60_s * np.clip((1000.0 / np.maximum(BAND_HZ, 125.0)) ** 0.3, 0.5, 1.6)
    hop_s = LOGMEL.hop_samples / LOGMEL.sample_rate_hz
    decay = (10.0 ** (-6.0 * hop_s / band_t60_s)).astype(np.float32)
    tail = np.empty_like(power)
    state = power[0].copy()
    gain = 1 - decay
    for frame, row in enumerate(power):
        state = decay * state + gain * row
        tail[frame] = state
    direct = np.float32(10 ** (direct_to_reverberant_db / 10))
    return (direct * power + tail) / (direct + 1)


def with_noise(
    power: NDArray[np.float32], white: NDArray[np.float32], snr_db: float, slope: float, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Adds noise whose power falls with frequency to `slope`: 0 is white, 1 pink, 2 brown."""
    shape = (np.maximum(BAND_HZ, 40.0) ** -slope).astype(np.float32)
    noise = _stretch(white, len(power), rng) * shape
    # The ratio is one of samples: mel bands have unit area, so that their power a hertz counts by their width.
    width = np.gradient(BAND_HZ).astype(np.float32)
    scale = (power @ width).mean() / ((noise @ width).mean() * 10 ** (snr_db / 10))
    return np.asarray(power + noise * np.float32(scale), np.float32)


def compressed(power: NDArray[np.float32], amount: float, smoothing_s: float) -> NDArray[np.float32]:
    """Draws a window's levels over time together by `amount` (0 to 1 of their dB), as a gain control does."""
    share = 1 - np.exp(-LOGMEL.hop_samples / LOGMEL.sample_rate_hz / smoothing_s)
    loudness = 10 * np.log10(power.mean(axis=1) + 1e-12)
    smooth = np.empty_like(loudness)
    state = loudness.mean()
    for frame, value in enumerate(np.maximum(loudness, loudness.max() - 40)):
        state += share * (value - state)
        smooth[frame] = state
    gain_db = -amount * (smooth - smooth.mean())
    return np.asarray(power * (10 ** (gain_db / 10)).astype(np.float32)[:, None], np.float32)


def random_curve(deviation_db: float, rng: np.random.Generator) -> NDArray[np.float32]:
    """Gives (96,) power gains: a smooth curve through eight random points."""
    points = rng.normal(0.0, deviation_db, 8)
    curve_db = np.interp(np.linspace(0, 7, BANDS), np.arange(8), points)
    return (10 ** (curve_db / 10)).astype(np.float32)


def random_band(rng: np.random.Generator, telephone: float) -> NDArray[np.float32]:
    """Gives (96,) power gains of a telephone, or of a low pass between it and 8 kHz with or without a high pass."""
    steepness = np.exp(rng.uniform(np.log(20.0), np.log(600.0)))
    if rng.random() < telephone:
        return band(*_TELEPHONE_HZ, steepness)
    low_hz = rng.choice([0.0, rng.uniform(30.0, 300.0)])
    return band(low_hz, np.exp(rng.uniform(np.log(2_500.0), np.log(8_000.0))), steepness)


def band(low_hz: float, high_hz: float, steepness: float = 30.0) -> NDArray[np.float32]:
    """Gives (96,) power gains that leave a band.

    Args:
        low_hz: Under it less passes.
        high_hz: Over it less passes.
        steepness: Of the gain as a power of frequency: 30 falls by 90 dB an octave, as an analogue telephone's filter;
            500 is what a codec or a resampler does.
    """
    hz = np.maximum(BAND_HZ, 1.0)
    edges = np.maximum(0.0, np.maximum(np.log(max(low_hz, 1.0) / hz), np.log(hz / high_hz)))
    return np.asarray(np.exp(np.maximum(-steepness * edges, np.log(_STOP_BAND))), np.float32)


def measure_room(recording: NDArray[np.float32], clean: NDArray[np.float32]) -> Room:
    """Estimates a room from a recording and what was played, at the same second of the clip.

    Long-term means need no alignment to the frame. The background is what is left when the music pauses in a band:
    the fifth percentile over time.

    Args:
        recording: (frames, 96) power.
        clean: (frames, 96) power.
    """
    background = np.percentile(recording, 5, axis=0)
    gain_db = 10 * np.log10((recording.mean(axis=0) - background + 1e-12) / (clean.mean(axis=0) + 1e-12))
    gain_db = _smoothed(gain_db, 5)
    gain_db = np.clip(gain_db - np.median(gain_db), -25.0, 15.0)
    steady = 10 ** (_smoothed(10 * np.log10(background + 1e-12), 5) / 10)
    return Room((10 ** (gain_db / 10)).astype(np.float32), (steady / steady.mean()).astype(np.float32))


def white_noise_power(frames: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Gives (frames, 96) power of white noise through the front end, mean 1."""
    from genred.analysis.frontend import shared_front_end

    samples = rng.standard_normal(LOGMEL.n_fft + (frames - 1) * LOGMEL.hop_samples).astype(np.float32)
    power = np.float32(10) ** (shared_front_end(LOGMEL).frame_levels(samples, frames) / 10)
    return np.asarray(power / power.mean(), np.float32)


def _smoothed(values: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    padded = np.pad(values, width // 2, mode="edge")
    return np.convolve(padded, np.full(width, 1 / width), "valid")


def _stretch(noise: NDArray[np.float32], frames: int, rng: np.random.Generator) -> NDArray[np.float32]:
    start = rng.integers(0, len(noise) - frames + 1)
    return noise[start : start + frames]
