"""The temperature that makes confidence reliable, and how far it is from that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from genred_build.softmax import softmax

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Degradation = Callable[[NDArray[np.float32], np.random.Generator], NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class Fit:
    """A temperature and what confidence is worth with it."""

    temperature: float
    ece: float


def fit_temperature(
    logits: NDArray[np.float64],
    truth: NDArray[np.int64],
    file_of: NDArray[np.int64],
    offsets: NDArray[np.float64],
    weights: NDArray[np.float64] | None = None,
) -> Fit:
    """Fits the temperature (Guo et al., ICML 2017) on all files; the ECE is cross-fitted on halves of them.

    Args:
        logits: (windows, 11).
        truth: (windows,) labels.
        file_of: (windows,) number of each window's file: halves divide files, never windows of one.
        offsets: (11,) added after the temperature.
        weights: (windows,) of each window; all equal without.
    """
    weights = np.ones(len(truth)) if weights is None else weights
    half = np.random.default_rng(0).permutation(file_of.max() + 1) % 2
    side = half[file_of]
    confidence, right = np.zeros(len(truth)), np.zeros(len(truth), bool)
    for own in (0, 1):
        other = side != own
        temperature = best_temperature(logits[other], truth[other], offsets, weights[other])
        probabilities = softmax(logits[side == own] / temperature + offsets)
        confidence[side == own] = probabilities.max(axis=1)
        right[side == own] = probabilities.argmax(axis=1) == truth[side == own]
    return Fit(best_temperature(logits, truth, offsets, weights), weighted_ece(confidence, right, weights))


def best_temperature(
    logits: NDArray[np.float64], truth: NDArray[np.int64], offsets: NDArray[np.float64], weights: NDArray[np.float64]
) -> float:
    """Gives the temperature of the least weighted cross-entropy; `offsets` are (11,) or (windows, 11)."""
    rows = np.arange(len(truth))
    grid = np.geomspace(0.3, 4.0, 120)
    losses = [
        float(np.average(-np.log(softmax(logits / t + offsets)[rows, truth] + 1e-12), weights=weights)) for t in grid
    ]
    return round(float(grid[int(np.argmin(losses))]), 3)


def weighted_ece(confidence: NDArray[np.float64], right: NDArray[np.bool_], weights: NDArray[np.float64]) -> float:
    """Gives the expected calibration error over ten bins of equal width (Naeini et al., AAAI 2015)."""
    bins = np.minimum((confidence * 10).astype(int), 9)
    error = 0.0
    for index in range(10):
        inside = bins == index
        if inside.any():
            own = weights[inside]
            gap = np.average(confidence[inside], weights=own) - np.average(right[inside], weights=own)
            error += own.sum() / weights.sum() * abs(float(gap))
    return float(error)
