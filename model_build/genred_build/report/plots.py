"""Figures of a report, as PNG bytes: readable in print, and without colours that some cannot tell apart."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from genred_build.evaluation.evaluate import CalibrationScores, RobustnessRow
    from genred_build.evaluation.metrics import Figure, Scores
    from genred_build.training.checkpoint import Epoch

# Okabe and Ito's palette, which was made for all kinds of colour vision.
BLUE, ORANGE, GREY = "#0072B2", "#E69F00", "#777777"

COLOUR_MAP = "cividis"
"""Looks the same with and without red-green vision, and stays ordered in grey."""

_DPI = 150
_STYLE: dict[Any, Any] = {"font.size": 11, "axes.spines.top": False, "axes.spines.right": False}


def new_figure(width: float, height: float, columns: int = 1) -> tuple[Any, Any]:
    """Gives a figure of so many inches with axes in a row, drawn without a display."""
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure as Canvas

    with mpl.rc_context(_STYLE):
        figure = Canvas(figsize=(width, height), dpi=_DPI, layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.subplots(1, columns, squeeze=False)[0]
    return figure, axes


def to_png(figure: Any) -> bytes:
    """Gives a figure's bytes."""
    out = io.BytesIO()
    figure.savefig(out, format="png")
    return out.getvalue()


def draw_curves(epochs: Sequence[Epoch], best_epoch: int) -> bytes:
    """Draws loss and accuracy over epochs, training and validation, and the epoch whose weights were kept."""
    figure, (left, right) = new_figure(10, 3.8, 2)
    number = [epoch.epoch + 1 for epoch in epochs]
    pairs = ((left, "loss", "loss", "val_loss"), (right, "accuracy", "accuracy", "val_accuracy"))
    for axes, title, trained, validated in pairs:
        axes.plot(number, [getattr(epoch, trained) for epoch in epochs], color=BLUE, label="training")
        values = [getattr(epoch, validated) for epoch in epochs]
        axes.plot(number, values, color=ORANGE, linestyle="--", label="validation")
        axes.axvline(best_epoch + 1, color=GREY, linewidth=1, linestyle=":", label="weights kept")
        axes.set_xlabel("epoch")
        axes.set_ylabel(title)
    left.legend(frameon=False)
    right.set_ylim(0, 1)
    return to_png(figure)


def draw_confusion(scores: Scores, labels: tuple[str, ...], title: str) -> bytes:
    """Draws the confusion matrix: shares of each true label in colour, counts in words."""
    counts = np.array(scores.confusion)
    names = list(labels)
    if counts[:, -1].any():
        names.append("no answer")
    else:
        counts = counts[:, :-1]
    shares = counts / np.maximum(1, counts.sum(axis=1, keepdims=True))
    size = 2.2 + 0.55 * len(labels)
    figure, (axes,) = new_figure(size + 1.2, size)
    image = axes.imshow(shares, cmap=COLOUR_MAP, vmin=0, vmax=1, aspect="auto")
    axes.set_xticks(range(len(names)), names, rotation=45, ha="right")
    axes.set_yticks(range(len(labels)), labels)
    axes.set_xlabel("answer")
    axes.set_ylabel("truth")
    axes.set_title(title)
    for (row, column), count in np.ndenumerate(counts):
        if count:
            colour = "black" if shares[row, column] > 0.55 else "white"
            axes.text(column, row, str(count), ha="center", va="center", color=colour, fontsize=10)
    figure.colorbar(image, ax=axes, label="share of the true label")
    return to_png(figure)


def draw_reliability(scores: CalibrationScores) -> bytes:
    """Draws the reliability diagram before and after the temperature."""
    figure, panels = new_figure(10, 4.2, 2)
    sides = (
        ("before temperature scaling", scores.reliability_before, scores.ece_before),
        (f"after, temperature {scores.temperature:g}", scores.reliability_after, scores.ece_after),
    )
    for axes, (title, bins, error) in zip(panels, sides, strict=True):
        filled = [each for each in bins if each.count]
        axes.plot([0, 1], [0, 1], color=GREY, linestyle=":", label="perfect")
        middles = [(each.low + each.high) / 2 for each in filled]
        axes.bar(middles, [each.accuracy for each in filled], width=0.09, color=BLUE, alpha=0.35, label="accuracy")
        confidence = [each.confidence for each in filled]
        axes.plot(confidence, [each.accuracy for each in filled], "o", color=BLUE)
        for each in filled:
            axes.annotate(
                str(each.count), (each.confidence, each.accuracy), (0, 6), textcoords="offset points", fontsize=8
            )
        axes.set(xlim=(0, 1), ylim=(0, 1.08), xlabel="confidence", ylabel="accuracy")
        axes.set_title(f"{title}: ECE {error:.3f}", fontsize=11)
    panels[0].legend(frameon=False, loc="upper left")
    return to_png(figure)


def draw_coverage(scores: CalibrationScores, threshold: float) -> bytes:
    """Draws how many windows are answered, and how rightly, as the threshold rises."""
    figure, (axes,) = new_figure(7, 4)
    at = [point.threshold for point in scores.coverage]
    axes.plot(at, [point.coverage for point in scores.coverage], color=BLUE, marker="o", label="windows answered")
    kept = [point for point in scores.coverage if point.coverage > 0]
    axes.plot(
        [point.threshold for point in kept],
        [point.accuracy for point in kept],
        color=ORANGE,
        marker="s",
        linestyle="--",
        label="right among them",
    )
    axes.axvline(threshold, color=GREY, linestyle=":", label=f"bundle's threshold {threshold:g}")
    axes.set(xlabel="confidence threshold", ylabel="share", ylim=(0, 1.02))
    axes.legend(frameon=False, loc="lower left")
    return to_png(figure)


def draw_bars(rows: Sequence[tuple[str, Figure, bool]], xlabel: str) -> bytes:
    """Draws figures with their intervals, one bar a row; leaky ones are hatched.

    Args:
        rows: Name, figure, and whether it is leaky; top to bottom.
        xlabel: Of the common axis.
    """
    figure, (axes,) = new_figure(9, 1.2 + 0.45 * len(rows))
    for position, (_, value, leaky) in enumerate(rows):
        axes.barh(
            position,
            value.value,
            color=ORANGE if leaky else BLUE,
            hatch="//" if leaky else None,
            edgecolor="white" if leaky else BLUE,
            height=0.7,
        )
        spread = [[max(0.0, value.value - value.low)], [max(0.0, value.high - value.value)]]
        axes.errorbar(value.value, position, xerr=spread, color="black", capsize=3, linewidth=1)
        axes.text(value.high + 0.01, position, f"{value.value:.1%}", va="center", fontsize=10)
    axes.set_yticks(range(len(rows)), [name for name, _, _ in rows])
    axes.invert_yaxis()
    axes.set(xlim=(0, 1.12), xlabel=xlabel)
    return to_png(figure)


def draw_robustness(rows: Sequence[RobustnessRow]) -> bytes:
    """Draws window accuracy under each degradation, with intervals."""
    return draw_bars([(row.degradation, row.accuracy, False) for row in rows], "window accuracy, 95 % interval")
