"""A few instruments out of sines, saws and noise, and a bar line to put them on.

All voices give float32 at 22,050 Hz, and the same numbers on every run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from genred.audio import SAMPLE_RATE_HZ

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    Samples = NDArray[np.float32]

_NOISE = np.random.default_rng(7).standard_normal(SAMPLE_RATE_HZ).astype(np.float32)


def midi_hz(note: float) -> float:
    """Frequency of a MIDI note: 69 is A4, 440 Hz."""
    return float(440.0 * 2 ** ((note - 69) / 12))


def times(seconds: float) -> Samples:
    """Sample times from 0, in seconds."""
    return np.arange(round(seconds * SAMPLE_RATE_HZ), dtype=np.float32) / np.float32(SAMPLE_RATE_HZ)


def struck_string(note: float, seconds: float, brightness: float = 1.0) -> Samples:
    """A piano-like tone: slightly stretched partials, the higher the sooner gone."""
    time_s = times(seconds)
    tone = np.zeros_like(time_s)
    for partial in range(1, 9):
        frequency_hz = midi_hz(note) * partial * np.sqrt(1 + 0.0004 * partial**2)
        if frequency_hz > SAMPLE_RATE_HZ / 2.2:
            break
        decay = np.exp(-time_s * (1.2 + 0.9 * partial / brightness))
        tone += decay * np.sin(2 * np.pi * frequency_hz * time_s) / partial**1.4
    return _faded(0.4 * tone)


def bowed_string(note: float, seconds: float) -> Samples:
    """A string section: three saws a few cents apart, with vibrato and a slow onset."""
    time_s = times(seconds)
    tone = np.zeros_like(time_s)
    for cents, vibrato_hz in ((-6, 5.1), (0, 5.6), (7, 4.8)):
        phase = midi_hz(note + cents / 100) * time_s + 0.012 * np.sin(2 * np.pi * vibrato_hz * time_s)
        tone += _saw(phase, midi_hz(note), most_partials=12)
    swell = np.minimum(1.0, time_s / 0.25)
    return _faded(0.12 * tone * swell, release_s=0.15)


def bass_guitar(note: float, seconds: float) -> Samples:
    """A plucked bass."""
    time_s = times(seconds)
    tone = _saw(midi_hz(note) * time_s, midi_hz(note), most_partials=7) * np.exp(-time_s * 3.0)
    return _faded(0.45 * tone)


def skank(notes: Sequence[float], seconds: float) -> Samples:
    """A short choked chord on a clean guitar, as on the off-beat of reggae."""
    time_s = times(seconds)
    chord = sum(_saw(midi_hz(note) * time_s, midi_hz(note), most_partials=9) for note in notes)
    return _faded(0.2 * np.asarray(chord) * np.exp(-time_s * 22.0))


def kick(seconds: float = 0.3) -> Samples:
    """A bass drum: a sine that falls from 140 Hz to 45 Hz."""
    time_s = times(seconds)
    phase = 45 * time_s + (140 - 45) / 28 * (1 - np.exp(-28 * time_s))
    return _faded(0.9 * np.sin(2 * np.pi * phase) * np.exp(-time_s * 9))


def snare(seconds: float = 0.2) -> Samples:
    """A snare drum: a noise burst on a short tone."""
    time_s = times(seconds)
    noise = _NOISE[: time_s.size] * np.exp(-time_s * 22)
    return _faded(0.3 * noise + 0.3 * np.sin(2 * np.pi * 190 * time_s) * np.exp(-time_s * 30))


def hat(seconds: float = 0.06) -> Samples:
    """A hi-hat: noise with its low end taken off."""
    time_s = times(seconds)
    noise = np.diff(_NOISE[: time_s.size + 1], n=1)
    return _faded(0.12 * noise * np.exp(-time_s * (3.5 / seconds)))


def mix(seconds: float, events: Iterable[tuple[float, Samples]]) -> Samples:
    """Puts sounds where they begin, cuts what rings beyond the end, and limits the sum softly.

    Args:
        seconds: Length of the result.
        events: Start in seconds, and the sound.
    """
    track = np.zeros(round(seconds * SAMPLE_RATE_HZ), np.float32)
    for start_s, sound in events:
        start = round(start_s * SAMPLE_RATE_HZ)
        piece = sound[: max(0, track.size - start)]
        track[start : start + piece.size] += piece
    return np.asarray(np.tanh(0.8 * track) * 0.8, dtype=np.float32)


def _saw(phase: Samples, frequency_hz: float, most_partials: int) -> Samples:
    partials = min(most_partials, int(SAMPLE_RATE_HZ / 2.2 / frequency_hz))
    wave = np.zeros_like(phase)
    for partial in range(1, partials + 1):
        wave += np.sin(2 * np.pi * partial * phase) / partial
    return wave


def _faded(sound: NDArray[np.floating], release_s: float = 0.005) -> Samples:
    """Ends without a click."""
    release = min(sound.size, round(release_s * SAMPLE_RATE_HZ))
    sound[sound.size - release :] *= np.linspace(1, 0, release)
    return np.asarray(sound, dtype=np.float32)
