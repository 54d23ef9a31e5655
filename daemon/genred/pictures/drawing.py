"""Draws the pictures: with Pillow, which takes 6 MB where matplotlib takes 36."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from genred.analysis.frontend import MFCC, mel_filter_bank
from genred.audio import SAMPLE_RATE_HZ
from genred.duration_text import clock_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from genred.pictures.gathering import PictureColumns

WIDTH, HEIGHT = 1_600, 520
"""Pixels of one picture."""

_LEFT, _RIGHT, _TOP, _BOTTOM = 110, 120, 64, 72
_PLOT_WIDTH, _PLOT_HEIGHT = WIDTH - _LEFT - _RIGHT, HEIGHT - _TOP - _BOTTOM
_PAPER, _INK, _MUTED, _GRID, _WAVE = "#ffffff", "#15171c", "#565c68", "#dcdee3", "#3160d2"
_TITLE_PX, _TEXT_PX = 30, 22


class _Plot(NamedTuple):
    left: int
    top: int
    width: int
    height: int


PLOT = _Plot(_LEFT, _TOP, _PLOT_WIDTH, _PLOT_HEIGHT)
"""Where in a picture the plot is, in pixels."""

_RANGE_DB = 80.0
_MARKED_HZ = (256, 512, 1_024, 2_048, 4_096, 8_192)

_STEPS_S = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 28_800, 86_400)
_MAX_TICKS = 10

_COLOURS = ("#0b0724", "#3b0f70", "#8c2981", "#de4968", "#fe9f6d", "#fcfdbf")
"""From silence to the loudest: steadily lighter, so that it reads in grey, too."""


def draw_waveform(columns: PictureColumns) -> Image.Image:
    """Draws amplitude over time."""
    seconds = columns.waveform.samples / SAMPLE_RATE_HZ
    picture, draw = sheet("Waveform", seconds)
    for value in (-1.0, -0.5, 0.0, 0.5, 1.0):
        y = _amplitude_y(value)
        draw.line([(_LEFT, y), (_LEFT + _PLOT_WIDTH, y)], _GRID, 1)
        draw.text((_LEFT - 14, y), f"{value:g}", _MUTED, font(_TEXT_PX), "rm")
    lows, highs = columns.waveform.envelope()
    covered = lows.size * columns.waveform.column_samples / max(1, columns.waveform.samples)
    for x, (start, end) in enumerate(_pixel_spans(lows.size, round(covered * _PLOT_WIDTH))):
        low, high = float(lows[start:end].min()), float(highs[start:end].max())
        draw.line([(_LEFT + x, _amplitude_y(high)), (_LEFT + x, _amplitude_y(low))], _WAVE, 1)
    return picture


def draw_mel_spectrogram(columns: PictureColumns) -> Image.Image:
    """Draws levels, in dB under the loudest, over time and frequency."""
    seconds = columns.waveform.samples / SAMPLE_RATE_HZ
    picture, draw = sheet("MelSpectrogram", seconds)
    levels = columns.mel.levels()
    top_db = float(levels.max()) if levels.size else 0.0
    shades = np.clip((levels.T[::-1] - top_db) / _RANGE_DB + 1.0, 0.0, 1.0)
    table = _colour_table()
    if shades.size:
        plot = Image.fromarray(table[(shades * 255).astype(np.uint8)], "RGB")
        samples = max(1, columns.waveform.samples)
        shown = min(levels.shape[0], max(1.0, samples / columns.mel.column_samples))
        picture.paste(
            plot.resize(
                (_PLOT_WIDTH, _PLOT_HEIGHT), Image.Resampling.BILINEAR, (0.0, 0.0, float(shown), float(shades.shape[0]))
            ),
            (_LEFT, _TOP),
        )
    for hz, share in _band_places():
        y = _TOP + round((1.0 - share) * _PLOT_HEIGHT)
        draw.line([(_LEFT - 6, y), (_LEFT, y)], _MUTED, 1)
        draw.text((_LEFT - 14, y), f"{hz} Hz", _MUTED, font(_TEXT_PX), "rm")
    _draw_colour_bar(picture, draw, table)
    return picture


def draw_both(columns: PictureColumns) -> Image.Image:
    """Draws one above the other."""
    both = Image.new("RGB", (WIDTH, 2 * HEIGHT), _PAPER)
    both.paste(draw_waveform(columns), (0, 0))
    both.paste(draw_mel_spectrogram(columns), (0, HEIGHT))
    return both


def sheet(title: str, seconds: float) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    """Gives an empty picture with its title and its axis of time, and what draws on it."""
    picture = Image.new("RGB", (WIDTH, HEIGHT), _PAPER)
    draw = ImageDraw.Draw(picture)
    draw.text((_LEFT, _TOP - 20), title, _INK, font(_TITLE_PX), "ls")
    bottom = _TOP + _PLOT_HEIGHT
    step_s = next((step for step in _STEPS_S if seconds / step <= _MAX_TICKS), _STEPS_S[-1])
    for tick in range(int(seconds / step_s) + 1):
        x = _LEFT + round(tick * step_s / max(1e-9, seconds) * _PLOT_WIDTH)
        draw.line([(x, bottom), (x, bottom + 7)], _MUTED, 1)
        draw.text((x, bottom + 14), _clock(tick * step_s, step_s), _MUTED, font(_TEXT_PX), "ma")
    draw.line([(_LEFT, bottom), (_LEFT + _PLOT_WIDTH, bottom)], _MUTED, 1)
    return picture, draw


def _clock(at_s: float, step_s: float) -> str:
    if step_s < 1:
        return f"{at_s:.1f} s"
    return clock_text(at_s)


def _amplitude_y(value: float) -> int:
    return _TOP + round((1.0 - min(1.0, max(-1.0, value))) / 2 * (_PLOT_HEIGHT - 1))


def _pixel_spans(columns: int, width: int) -> Iterator[tuple[int, int]]:
    """The columns that each pixel shows: one at least."""
    for x in range(width if columns else 0):
        start = x * columns // width
        yield start, max(start + 1, (x + 1) * columns // width)


def _band_places() -> Iterator[tuple[int, float]]:
    """The share of the height at which frequencies lie, by the centres of the bands."""
    bank = mel_filter_bank(MFCC).astype(np.float64)
    bins_hz = np.fft.rfftfreq(MFCC.n_fft, 1.0 / SAMPLE_RATE_HZ)
    centres_hz = bank @ bins_hz / bank.sum(axis=1)
    for hz in _MARKED_HZ:
        yield hz, float(np.interp(hz, centres_hz, np.arange(MFCC.n_mels)) + 0.5) / MFCC.n_mels


def _colour_table() -> NDArray[np.uint8]:
    anchors = np.array([[int(colour[at : at + 2], 16) for at in (1, 3, 5)] for colour in _COLOURS], np.float64)
    places = np.linspace(0, len(_COLOURS) - 1, 256)
    parts = [np.interp(places, np.arange(len(_COLOURS)), anchors[:, part]) for part in range(3)]
    return np.stack(parts, axis=1).round().astype(np.uint8)


def _draw_colour_bar(picture: Image.Image, draw: ImageDraw.ImageDraw, table: NDArray[np.uint8]) -> None:
    left = _LEFT + _PLOT_WIDTH + 20
    bar = Image.fromarray(np.repeat(table[::-1, None, :], 18, axis=1), "RGB")
    picture.paste(bar.resize((18, _PLOT_HEIGHT)), (left, _TOP))
    for share, anchor in ((0.0, "lt"), (0.5, "lm"), (1.0, "lb")):
        y = _TOP + round(share * (_PLOT_HEIGHT - 1))
        draw.text((left + 26, y), f"{round(-share * _RANGE_DB)} dB", _MUTED, font(_TEXT_PX - 3), anchor)


def font(size_px: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Gives the font of all pictures."""
    return ImageFont.load_default(size_px)
