"""The bootstrap (Efron, Annals of Statistics 1979): how far a figure goes when artists are drawn anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

DRAWS = 4000
"""Drawings of artists for an interval."""

_TINY = np.finfo(np.float64).tiny


def drawn_ratios(
    part: NDArray[np.number], whole: NDArray[np.number], rng: np.random.Generator, draws: int = DRAWS
) -> NDArray[np.float64]:
    """Draws groups with replacement, and gives the ratio of the sums each time; 0 where nothing was drawn.

    Args:
        part: (groups,) what each adds to the numerator.
        whole: (groups,) what each adds to the denominator.
        rng: Draws them.
        draws: How many times.
    """
    picked = rng.integers(0, len(whole), (draws, len(whole)))
    ratios: NDArray[np.float64] = part[picked].sum(axis=1) / np.maximum(_TINY, whole[picked].sum(axis=1))
    return ratios


def interval(drawn: NDArray[np.float64]) -> tuple[float, float]:
    """Gives the 95 % interval of a figure that was drawn so many times."""
    low, high = np.percentile(drawn, [2.5, 97.5])
    return float(low), float(high)
