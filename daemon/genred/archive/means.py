"""What the windows of each entry come to, in memory that grows with what is undecided only."""

from __future__ import annotations

import math
from collections import deque
from typing import TYPE_CHECKING

import numpy as np

from genred.analysis.level import FLOOR_DBFS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from genred.analysis.estimate import Estimate
    from genred.classification.timeline import Timeline


class EntrySums:
    """Sums over the windows of one entry.

    Args:
        labels: How many labels there are.

    Attributes:
        windows: How many windows there are of it.
    """

    def __init__(self, labels: int) -> None:
        self.windows = 0
        self._scored = 0
        self._sum = np.zeros(labels)
        self._least = np.full(labels, np.inf)
        self._power = 0.0
        self._levels = 0

    def add_window(self, probabilities: NDArray[np.float64] | None) -> None:
        """Takes a window, which speaks for its middle."""
        self.windows += 1
        if probabilities is not None:
            self._scored += 1
            self._sum += probabilities
            np.minimum(self._least, probabilities, out=self._least)

    def add_level(self, level_dbfs: float) -> None:
        """Takes the level of a window's newest step."""
        self._levels += 1
        self._power += 10 ** (level_dbfs / 10)

    def merge(self, other: EntrySums) -> None:
        """Takes all that another one has."""
        self.windows += other.windows
        self._scored += other._scored
        self._sum += other._sum
        np.minimum(self._least, other._least, out=self._least)
        self._power += other._power
        self._levels += other._levels

    @property
    def probabilities(self) -> tuple[float, ...]:
        """The mean of each label; empty where no window was shown to the network."""
        return tuple((self._sum / self._scored).tolist()) if self._scored else ()

    def least(self, label: int) -> float | None:
        """The lowest probability that a window gave a label; None where there is none."""
        return float(self._least[label]) if self._scored else None

    @property
    def level_dbfs(self) -> float | None:
        """The level of the mean power; None where nothing was measured."""
        if not self._levels:
            return None
        return max(FLOOR_DBFS, 10 * math.log10(max(self._power / self._levels, 1e-12)))


class MeansOfEntries:
    """Gives each window to the entry that a timeline has it in.

    Args:
        labels: How many labels there are.
        window_s: Length of a window.
        step_s: Seconds between windows.
    """

    def __init__(self, labels: int, window_s: float, step_s: float) -> None:
        self._labels = labels
        self._half_window_s, self._half_step_s = window_s / 2, step_s / 2
        self._windows: deque[tuple[float, NDArray[np.float64] | None]] = deque()
        self._levels: deque[tuple[float, float]] = deque()
        self._open = EntrySums(labels)
        self._sums: list[EntrySums] = []
        self._until_s = 0.0

    def add(self, estimate: Estimate, timeline: Timeline) -> None:
        """Takes the next window, after the timeline has."""
        probabilities = estimate.window_probabilities
        scores = None if probabilities is None else np.array(probabilities)
        self._windows.append((estimate.position_s - self._half_window_s, scores))
        self._levels.append((estimate.position_s - self._half_step_s, estimate.level.rms_dbfs))
        self.follow(timeline)
        self._take(self._open, timeline.decided_s)

    def follow(self, timeline: Timeline) -> None:
        """Brings the sums up to the timeline's entries."""
        for index, entry in enumerate(timeline.entries):
            if index == len(self._sums):
                self._sums.append(EntrySums(self._labels))
            if entry.end_s > self._until_s:
                sums, self._until_s = self._sums[index], entry.end_s
                sums.merge(self._open)
                self._open = EntrySums(self._labels)
                self._take(sums, entry.end_s)

    def finish(self, timeline: Timeline) -> None:
        """Gives what is left to the last entry."""
        self.follow(timeline)
        if self._sums:
            self._sums[-1].merge(self._open)
            self._take(self._sums[-1], math.inf)

    def of(self, index: int) -> EntrySums:
        """Gives the sums of an entry of the timeline."""
        return self._sums[index]

    def forget(self, count: int) -> None:
        """Drops the first entries, as the timeline does."""
        del self._sums[:count]

    def _take(self, sums: EntrySums, until_s: float) -> None:
        while self._windows and self._windows[0][0] <= until_s:
            sums.add_window(self._windows.popleft()[1])
        while self._levels and self._levels[0][0] <= until_s:
            sums.add_level(self._levels.popleft()[1])
