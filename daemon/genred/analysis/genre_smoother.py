"""The genre filter of audio that has an end: what comes after a window says as much about it as what came before.

The model is the genre filter's: a state that mostly stays, and windows that are tempered witnesses of it. Live, only
the forward recursion can run, and each answer comes late by what it takes to be sure. Of a file the backward recursion
runs too, so that a change is placed where it was, and the beginning is known from what follows it (forward-backward:
Rabiner, "A tutorial on hidden Markov models", Proc. IEEE 77, 1989).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from genred.analysis.genre_filter import MIN_POSTERIOR, passed_on

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from genred.analysis.genre_filter import GenreFilterSettings

LOOK_AHEAD_WINDOWS = 120
"""Of what comes after a window at least so much is looked at (two minutes by default), so that a file of any length
takes the same memory; with what lies further away no answer changes."""


class GenreSmoother:
    """Gives, for each window, how likely each label is, given the windows before and after it.

    Args:
        labels: How many labels there are.
        step_s: Seconds between windows.
        window_s: Length of a window.
        settings: Those of the genre filter.
    """

    def __init__(self, labels: int, step_s: float, window_s: float, settings: GenreFilterSettings) -> None:
        self._stay = settings.stay(step_s)
        self._weight = settings.evidence_weight * min(1.0, step_s / window_s)
        self._likelihoods = np.ones((2 * LOOK_AHEAD_WINDOWS, labels))
        self._forward = np.empty((2 * LOOK_AHEAD_WINDOWS, labels))
        self._uniform = np.full(labels, 1.0 / labels)
        self._last = self._uniform
        self._count = 0

    def update(self, log_probabilities: NDArray[np.float64] | None, evidence: float = 1.0) -> NDArray[np.float64]:
        """Takes the next window.

        Args:
            log_probabilities: As in `GenreFilter.update`.
            evidence: Likewise.

        Returns:
            (n, labels) of the oldest windows that have not been given yet; often n is 0.
        """
        likelihood = np.ones_like(self._uniform)
        if log_probabilities is not None:
            scores = self._weight * evidence * log_probabilities
            likelihood = np.exp(scores - scores.max())
        self._last = _normalised(passed_on(self._last, self._stay) * likelihood)
        self._likelihoods[self._count], self._forward[self._count] = likelihood, self._last
        self._count += 1
        if self._count < len(self._forward):
            return self._forward[:0]
        done = self._smoothed()[:LOOK_AHEAD_WINDOWS]
        self._count -= LOOK_AHEAD_WINDOWS
        for kept in (self._likelihoods, self._forward):
            kept[: self._count] = kept[LOOK_AHEAD_WINDOWS:]
        return done

    def finish(self) -> NDArray[np.float64]:
        """Gives (n, labels) of all windows that are left, and begins anew: after silence nothing is known."""
        done = self._smoothed()
        self._count, self._last = 0, self._uniform
        return done

    def _smoothed(self) -> NDArray[np.float64]:
        posteriors = self._forward[: self._count].copy()
        after = np.ones_like(self._uniform)
        for index in range(self._count - 2, -1, -1):
            weighted = self._likelihoods[index + 1] * after
            # Both recursions move by the same matrix, as it is symmetric.
            after = passed_on(weighted / weighted.sum(), self._stay)
            posteriors[index] = _normalised(posteriors[index] * after)
        return posteriors


def _normalised(weights: NDArray[np.float64]) -> NDArray[np.float64]:
    floored = np.maximum(weights / weights.sum(), MIN_POSTERIOR)
    return np.asarray(floored / floored.sum())
