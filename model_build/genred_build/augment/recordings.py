"""Degradations: what happens to music between a studio and a soundcard, at 22,050 Hz mono."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import av
import numpy as np
import soxr

from genred.audio import SAMPLE_RATE_HZ

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Degradation = Callable[[NDArray[np.float32], np.random.Generator], NDArray[np.float32]]


def mp3_32k(samples: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Encodes to MP3 at 32 kbit/s and back, its delay taken away."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp3") as container:
        stream = container.add_stream("libmp3lame", rate=SAMPLE_RATE_HZ, layout="mono")
        stream.bit_rate = 32_000
        frame = av.AudioFrame.from_ndarray(np.clip(samples, -1, 1)[None].astype(np.float32), "fltp", "mono")
        frame.sample_rate = SAMPLE_RATE_HZ
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            container.mux(packet)
    buffer.seek(0)
    with av.open(buffer, "r") as played:
        decoded = np.concatenate([frame.to_ndarray()[0] for frame in played.decode(audio=0)])
    return _fitted(decoded, samples.size)


def telephone(samples: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Leaves 300 to 3,400 Hz."""
    return _filtered(samples, lambda hz: np.where((hz >= 300) & (hz <= 3_400), 1.0, 0.0))


def noise(snr_db: float) -> Degradation:
    """Adds white noise at this ratio to the clip's own power."""

    def add(samples: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
        power = float(np.mean(np.square(samples, dtype=np.float64)))
        deviation = np.sqrt(power / 10 ** (snr_db / 10))
        return np.asarray(samples + deviation * rng.standard_normal(samples.size), np.float32)

    return add


def room(samples: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Adds a room: the direct sound and an exponentially fading noise tail of 0.5 s (RT60), 3 dB below it."""
    length = SAMPLE_RATE_HZ // 2
    tail = rng.standard_normal(length) * 10 ** (-3.0 * np.arange(length) / length)
    tail *= 10 ** (-3 / 20) / np.sqrt(np.sum(tail**2))
    tail[0] += 1.0
    size = 1 << int(samples.size + length).bit_length()
    wet = np.fft.irfft(np.fft.rfft(samples, size) * np.fft.rfft(tail, size), size)[: samples.size]
    gain = np.sqrt(float(np.mean(np.square(samples))) / max(1e-12, float(np.mean(np.square(wet)))))
    return np.asarray(wet * gain, np.float32)


def quiet_20_db(samples: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Takes 20 dB of gain away."""
    return samples * np.float32(0.1)


def resampled(samples: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Goes through 16 kHz, so that nothing above 8 kHz is left."""
    down = soxr.resample(samples, SAMPLE_RATE_HZ, 16_000, "HQ")
    return _fitted(soxr.resample(down, 16_000, SAMPLE_RATE_HZ, "HQ"), samples.size)


DEGRADATIONS: dict[str, Degradation] = {
    "MP3 at 32 kbit/s": mp3_32k,
    "telephone band (300 to 3,400 Hz)": telephone,
    "white noise, 20 dB SNR": noise(20),
    "white noise, 10 dB SNR": noise(10),
    "room (RT60 0.5 s)": room,
    "gain of -20 dB": quiet_20_db,
    "resampled through 16 kHz": resampled,
}
"""Rows of the robustness table, by the name that stands in it."""


def _filtered(
    samples: NDArray[np.float32], response: Callable[[NDArray[np.float64]], NDArray[np.float64]]
) -> NDArray[np.float32]:
    spectrum = np.fft.rfft(samples)
    spectrum *= response(np.asarray(np.fft.rfftfreq(samples.size, 1.0 / SAMPLE_RATE_HZ), np.float64))
    return np.asarray(np.fft.irfft(spectrum, samples.size), np.float32)


def _fitted(samples: NDArray[np.float32], size: int) -> NDArray[np.float32]:
    return np.pad(samples, (0, max(0, size - samples.size)))[:size].astype(np.float32)
