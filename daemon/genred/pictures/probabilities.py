"""Probabilities of labels over time as columns: the mean of each label over a stretch of time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from genred.analysis.analyzer import Analyzer
    from genred.analysis.estimate import Estimate

MAX_COLUMNS = 2_048
"""As of `WaveformColumns`."""


class ProbabilityColumns:
    """Gathers what the network says of each window. Its memory does not grow: full columns are joined two by two.

    Args:
        labels: Of the network, in its order.

    Attributes:
        labels: Likewise.
        window_s: Length of a window; a column begins with a window's middle.
    """

    def __init__(self, labels: Sequence[str]) -> None:
        self.labels = tuple(labels)
        self.window_s = 0.0
        self._means = np.zeros((MAX_COLUMNS, len(self.labels)), np.float32)
        self._ends_s = np.zeros(MAX_COLUMNS)
        self._full = 0
        self._windows_of_column = 1
        self._sum, self._summed = np.zeros(len(self.labels)), 0

    def add(self, estimate: Estimate) -> None:
        """Takes the next window; a silent one has no probabilities."""
        if estimate.window_probabilities is not None:
            self._sum += estimate.window_probabilities
        self._summed += 1
        if self._summed < self._windows_of_column:
            return
        if self._full == MAX_COLUMNS:
            self._halve()
        self._means[self._full] = self._sum / self._summed
        self._ends_s[self._full] = estimate.position_s
        self._full += 1
        self._sum[:] = 0.0
        self._summed = 0

    def end(self, analyzer: Analyzer) -> None:
        """Takes the length of a window."""
        self.window_s = analyzer.window_s

    def means(self) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
        """Gives (columns,) seconds at which the columns' last windows have their middle, and (columns, labels)."""
        return self._ends_s[: self._full] - self.window_s / 2, self._means[: self._full].copy()

    def _halve(self) -> None:
        self._full //= 2
        self._means[: self._full] = self._means.reshape(self._full, 2, -1).mean(axis=1)
        self._ends_s[: self._full] = self._ends_s.reshape(self._full, 2)[:, 1]
        self._windows_of_column *= 2
