"""One recording explained: waveform, mel spectrogram, probabilities over time and entries, on one axis of time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw

from genred.audio import SAMPLE_RATE_HZ
from genred.pictures.drawing import HEIGHT, PLOT, WIDTH, draw_mel_spectrogram, draw_waveform, font, sheet

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from genred.pictures.gathering import PictureColumns
    from genred.pictures.probabilities import ProbabilityColumns

_TEXT_PX = 22
_LEGEND_PX = 20
_LEAST_WORD_PX = 40


@dataclass(frozen=True, slots=True)
class DrawnEntry:
    """A part of the recording with one answer.

    Attributes:
        start_s: From its beginning.
        end_s: Likewise.
        word: The answer.
        confidence: Of the word.
    """

    start_s: float
    end_s: float
    word: str
    confidence: float


def draw_explanation(
    columns: PictureColumns,
    probabilities: ProbabilityColumns,
    entries: Sequence[DrawnEntry],
    colours: Mapping[str, str],
) -> Image.Image:
    """Draws the four pictures, one above the other.

    Args:
        columns: Of waveform and spectrogram.
        probabilities: Of each window.
        entries: The timeline.
        colours: Of all labels and states, as `#rrggbb`.
    """
    seconds = columns.waveform.samples / SAMPLE_RATE_HZ
    parts = (
        draw_waveform(columns),
        draw_mel_spectrogram(columns),
        _draw_probabilities(probabilities, seconds, colours),
        _draw_entries(entries, seconds, colours),
    )
    whole = Image.new("RGB", (WIDTH, len(parts) * HEIGHT), "#ffffff")
    for index, part in enumerate(parts):
        whole.paste(part, (0, index * HEIGHT))
    return whole


def _draw_probabilities(probabilities: ProbabilityColumns, seconds: float, colours: Mapping[str, str]) -> Image.Image:
    """A band for each label, as wide as it is likely; where nothing is to be heard, nothing."""
    picture, draw = sheet("Probabilities", seconds)
    at_s, means = probabilities.means()
    for share in (0.0, 0.5, 1.0):
        y = PLOT.top + round((1.0 - share) * PLOT.height)
        draw.text((PLOT.left - 14, y), f"{share:.0%}", "#565c68", font(_TEXT_PX), "rm")
    if at_s.size:
        for x in range(PLOT.width):
            index = min(at_s.size - 1, int(np.searchsorted(at_s, x / PLOT.width * seconds)))
            bottom = float(PLOT.top + PLOT.height)
            for label, share in zip(probabilities.labels, means[index].tolist(), strict=True):
                top = bottom - share * PLOT.height
                if round(top) < round(bottom):
                    draw.line(
                        [(PLOT.left + x, round(top)), (PLOT.left + x, round(bottom) - 1)], colours.get(label, "#565c68")
                    )
                bottom = top
    _draw_legend(draw, probabilities.labels, colours)
    return picture


def _draw_legend(draw: ImageDraw.ImageDraw, labels: Sequence[str], colours: Mapping[str, str]) -> None:
    left = PLOT.left + PLOT.width + 10
    for row, label in enumerate(reversed(labels)):
        y = PLOT.top + row * (_LEGEND_PX + 12)
        draw.rectangle([(left, y), (left + 12, y + _LEGEND_PX)], colours.get(label, "#565c68"))
        draw.text((left + 18, y + _LEGEND_PX // 2), label, "#15171c", font(_LEGEND_PX - 2), "lm")


def _draw_entries(entries: Sequence[DrawnEntry], seconds: float, colours: Mapping[str, str]) -> Image.Image:
    """A box for each entry, as high as it is sure."""
    picture, draw = sheet("Entries", seconds)
    bottom = PLOT.top + PLOT.height
    for share in (0.0, 0.5, 1.0):
        draw.text(
            (PLOT.left - 14, bottom - round(share * PLOT.height)), f"{share:.0%}", "#565c68", font(_TEXT_PX), "rm"
        )
    for entry in entries:
        left, right = (PLOT.left + round(at / max(1e-9, seconds) * PLOT.width) for at in (entry.start_s, entry.end_s))
        top = bottom - round(entry.confidence * PLOT.height)
        draw.rectangle([(left, top), (max(left, right - 2), bottom - 1)], colours.get(entry.word, "#565c68"))
        if right - left >= _LEAST_WORD_PX:
            text = f"{entry.word} {entry.confidence:.2f}"
            shown = text if draw.textlength(text, font(_TEXT_PX)) < right - left else entry.word[:2]
            inside = top - PLOT.top < _TEXT_PX
            ink = "#ffffff" if inside and _is_dark(colours.get(entry.word, "#565c68")) else "#15171c"
            draw.text(((left + right) // 2, top + (18 if inside else -14)), shown, ink, font(_TEXT_PX), "mm")
    return picture


def _is_dark(colour: str) -> bool:
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return 0.299 * red + 0.587 * green + 0.114 * blue < 140
