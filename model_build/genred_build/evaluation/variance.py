"""How much of what a teacher hears a student hears too, on music that it never heard: the figure to steer training by.

It needs no labels, moves long before the accuracy does, and can be measured on hundreds of songs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from genred_build.evaluation.bootstrap import drawn_ratios, interval

if TYPE_CHECKING:
    from numpy.typing import NDArray

_PENALTIES = (1.0, 10.0, 100.0, 1000.0)


class Variance(msgspec.Struct, frozen=True):
    """Share of the teacher's variance that a linear map of the student's hearing explains.

    Attributes:
        explained: R squared over all columns, each standardised; groups that judge did not fit the map.
        low: Lower end of the 95 % interval, by a bootstrap over groups.
        high: Its upper end.
    """

    explained: float
    low: float
    high: float
    windows: int
    groups: int


def variance_explained(
    heard: NDArray[np.floating],
    wanted: NDArray[np.floating],
    group: NDArray[np.int64],
    *,
    judged: NDArray[np.bool_] | None = None,
    folds: int = 5,
) -> Variance:
    """Fits the map on some groups and judges it on the others, in turn.

    Args:
        heard: (windows, hearing) of the student.
        wanted: (windows, size) of the teacher, in the same windows.
        group: (windows,) numbers of artists.
        judged: (windows,) which of them count; the map is fitted on the others too. All without.
        folds: How many times.
    """
    _, number = np.unique(group, return_inverse=True)
    fold = np.random.default_rng(0).permutation(number.max() + 1)[number] % folds
    centred = (wanted - wanted.mean(axis=0)) / (wanted.std(axis=0) + 1e-6)
    inputs = np.pad((heard - heard.mean(axis=0)) / (heard.std(axis=0) + 1e-3), ((0, 0), (0, 1)), constant_values=1.0)
    errors = []
    for penalty in _PENALTIES:
        left = np.zeros(len(centred))
        for part in range(folds):
            learned = fold != part
            square = inputs[learned].T @ inputs[learned] + penalty * np.eye(inputs.shape[1])
            weights = np.linalg.solve(square, inputs[learned].T @ centred[learned])
            left[~learned] = ((centred[~learned] - inputs[~learned] @ weights) ** 2).sum(axis=1)
        errors.append(left)
    chosen = np.ones(len(number), bool) if judged is None else judged
    least = min(errors, key=lambda each: float(each[chosen].sum()))[chosen]
    _, own = np.unique(number[chosen], return_inverse=True)
    rest, whole = np.bincount(own, least), np.bincount(own, (centred[chosen] ** 2).sum(axis=1))
    low, high = interval(1 - drawn_ratios(rest, whole, np.random.default_rng(1), draws=1000))
    explained = 1 - rest.sum() / whole.sum()
    return Variance(round(float(explained), 4), round(low, 4), round(high, 4), len(least), len(rest))
