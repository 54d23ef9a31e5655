"""Calibration: what a confidence must mean before it is announced."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from genred_build.evaluation.metrics import coverage
from genred_build.softmax import softmax

if TYPE_CHECKING:
    from numpy.typing import NDArray

WRONG_ANNOUNCEMENTS = 0.05
"""Share of announced windows that may be wrong on validation."""

_TEMPERATURES = np.geomspace(0.2, 8.0, 400)
_THRESHOLDS = np.arange(0.20, 0.96, 0.01)


class Calibration(msgspec.Struct, frozen=True):
    """What the card says about confidence.

    Attributes:
        temperature: Divides the logits; least negative log-likelihood on validation.
        reject_threshold: Least confidence at which no more than `WRONG_ANNOUNCEMENTS` of the windows are wrong.
        release_threshold: Under which an announced genre is given up.
        coverage: Share of the validation windows at or above the threshold.
        wrong: Share of those that are wrong.
    """

    temperature: float
    reject_threshold: float
    release_threshold: float
    coverage: float
    wrong: float


def calibrate(logits: NDArray[np.float64], labels: NDArray[np.int32], *, leaky: bool) -> Calibration:
    """Fits temperature scaling (Guo et al., ICML 2017) and the threshold.

    Args:
        logits: (windows, labels) of the quantized network over validation.
        labels: (windows,) true indices.
        leaky: Whether validation holds songs that trained. The fit would then sharpen the network for music that
            it knows by heart; the temperature stays at 1 at least.

    Returns:
        The fit; where no threshold keeps the bound, the highest one.
    """
    rows = np.arange(len(labels))
    losses = [-np.log(softmax(logits, float(t))[rows, labels] + 1e-12).mean() for t in _TEMPERATURES]
    fitted = float(_TEMPERATURES[int(np.argmin(losses))])
    temperature = round(max(1.0, fitted) if leaky else fitted, 4)
    probabilities = softmax(logits, temperature)
    right = probabilities.argmax(axis=1) == labels
    points = coverage(probabilities.max(axis=1), right, _THRESHOLDS)
    kept = next((point for point in points if 1 - point.accuracy <= WRONG_ANNOUNCEMENTS), points[-1])
    threshold = round(kept.threshold, 2)
    return Calibration(
        temperature, threshold, round(0.7 * threshold, 3), round(kept.coverage, 4), round(1 - kept.accuracy, 4)
    )
