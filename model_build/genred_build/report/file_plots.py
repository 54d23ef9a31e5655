"""The original project's pictures of one file: waveform, spectrogram, mel spectrogram, MFCC."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from genred.analysis.frontend import MFCC, FrontEnd
from genred.audio import SAMPLE_RATE_HZ
from genred_build.data.audio import read_recording
from genred_build.report.plots import BLUE, COLOUR_MAP, new_figure, to_png

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

LONGEST_S = 60.0
"""Only the beginning of a long file is drawn: more columns than a page has show nothing."""

_FLOOR_DB = 80.0


def draw_file(file: Path, folder: Path) -> list[Path]:
    """Draws a file with the daemon's own front end.

    Args:
        file: Any audio file.
        folder: Gets `NAME-waveform.png`, `-spectrogram.png`, `-mel.png` and `-mfcc.png`.

    Returns:
        The four paths.

    Raises:
        BuildError: The file holds no audio.
    """
    samples = read_recording(file).samples[: round(LONGEST_S * SAMPLE_RATE_HZ)]
    padded = np.pad(samples, (0, max(0, MFCC.n_fft - samples.size)))
    front_end = FrontEnd(MFCC)
    frames = 1 + (padded.size - MFCC.n_fft) // MFCC.hop_samples
    mel = front_end.frame_levels(padded, frames)
    drawings = {
        "waveform": _waveform(samples, file.name),
        "spectrogram": _map(_spectrogram_db(padded), file.name, "frequency (kHz)", SAMPLE_RATE_HZ / 2_000, "dB"),
        "mel": _map(mel, file.name, "mel band", MFCC.n_mels, "dB"),
        "mfcc": _map(front_end.features(mel), file.name, "coefficient", MFCC.n_coefficients, "value"),
    }
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, png in drawings.items():
        paths.append(folder / f"{file.stem}-{name}.png")
        paths[-1].write_bytes(png)
    return paths


def _waveform(samples: NDArray[np.float32], title: str) -> bytes:
    figure, (axes,) = new_figure(10, 3)
    # Lowest and highest sample of each column: plotting every sample would draw the same, slowly.
    columns = min(2_000, samples.size)
    pieces = np.array_split(samples, columns)
    seconds = np.linspace(0, samples.size / SAMPLE_RATE_HZ, columns)
    axes.fill_between(seconds, [piece.min() for piece in pieces], [piece.max() for piece in pieces], color=BLUE)
    axes.set(xlabel="seconds", ylabel="amplitude", ylim=(-1.05, 1.05), xlim=(0, seconds[-1]))
    axes.set_title(title)
    return to_png(figure)


def _spectrogram_db(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    frames = np.lib.stride_tricks.sliding_window_view(samples, MFCC.n_fft)[:: MFCC.hop_samples]
    spectrum = np.fft.rfft(frames * np.hanning(MFCC.n_fft), axis=1)
    power = np.square(np.abs(spectrum))
    return np.asarray(10 * np.log10(np.maximum(power, 1e-10)), np.float32)


def _map(values: NDArray[np.float32], title: str, ylabel: str, top: float, unit: str) -> bytes:
    figure, (axes,) = new_figure(10, 3.6)
    if unit == "dB":
        values = np.maximum(values, values.max() - _FLOOR_DB)
    # c0, the level, spans ten times what the others do; it would leave them all one colour.
    low, high = (values.min(), values.max()) if unit == "dB" else np.percentile(values[:, 1:], (1, 99))
    seconds = values.shape[0] * MFCC.hop_samples / SAMPLE_RATE_HZ
    image = axes.imshow(
        values.T,
        origin="lower",
        aspect="auto",
        cmap=COLOUR_MAP,
        extent=(0, seconds, 0, top),
        interpolation="nearest",
        vmin=float(low),
        vmax=float(high),
    )
    axes.set(xlabel="seconds", ylabel=ylabel)
    axes.set_title(title)
    figure.colorbar(image, ax=axes, label=unit)
    return to_png(figure)
