"""The estimates of a file summed up, one after the other."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from genred.analysis.estimate import State

if TYPE_CHECKING:
    from collections.abc import Sequence

    from genred.analysis.estimate import Estimate

SHARE_DECIMALS = 4
CONFIDENCE_DECIMALS = 3
TIME_DECIMALS = 2
LENGTH_DECIMALS = 3


class TimelineEntry(msgspec.Struct, frozen=True):
    """A part of a file in which the smoothed estimate stayed the same.

    Attributes:
        start_s: From the file's beginning.
        end_s: Likewise.
        word: The genre while there is one, else the state.
        confidence: Mean over the part's windows.
    """

    start_s: float
    end_s: float
    word: str
    confidence: float


class Classification(msgspec.Struct, frozen=True):
    """What is known of one file.

    Attributes:
        path: As text that every output can hold.
        seconds: Its length.
        windows: How many were analysed.
        shares: Share of all windows on which the network's first choice was this label (`silence` for windows without
            sound); sum 1, largest first, labels without a window left out.
        mean: Mean probability of each label over the windows with sound, unsmoothed; all labels.
        timeline: What would have been announced live, without the first five seconds' delay.
        model: Name of the model.
    """

    path: str
    seconds: float
    windows: int
    shares: dict[str, float]
    mean: dict[str, float]
    timeline: list[TimelineEntry]
    model: str


class Summary:
    """Sums estimates up; its memory grows with the changes on the timeline, not with the windows.

    Args:
        labels: Of the network, in its order.

    Attributes:
        windows: Estimates so far.
    """

    def __init__(self, labels: Sequence[str]) -> None:
        self.windows = 0
        self._labels = labels
        self._counts: Counter[str] = Counter()
        self._sum = np.zeros(len(labels))
        self._timeline: list[TimelineEntry] = []
        self._announcement: str | None = None
        self._start_s = 0.0
        self._end_s = 0.0
        self._confidences: tuple[float, int] = (0.0, 0)

    def add(self, estimate: Estimate) -> None:
        """Takes the next window."""
        self.windows += 1
        if estimate.window_probabilities is None:
            self._counts[State.SILENCE.value] += 1
        else:
            self._sum += estimate.window_probabilities
            self._counts[self._labels[int(np.argmax(estimate.window_probabilities))]] += 1
        if self._announcement is not None and estimate.announcement != self._announcement:
            self._timeline.append(self._entry(self._end_s))
            self._start_s, self._confidences = self._end_s, (0.0, 0)
        total, count = self._confidences
        self._announcement, self._confidences = estimate.announcement, (total + estimate.confidence, count + 1)
        self._end_s = estimate.position_s

    def result(self, path: str, seconds: float, model: str) -> Classification:
        """Gives what the windows so far amount to.

        Args:
            path: Of the file.
            seconds: Its length.
            model: Name of the model.

        Raises:
            ValueError: There was no window.
        """
        if not self.windows:
            raise ValueError("there was no window to sum up")
        with_sound = self.windows - self._counts[State.SILENCE.value]
        mean = self._sum / max(1, with_sound)
        return Classification(
            path=path,
            seconds=round(seconds, LENGTH_DECIMALS),
            windows=self.windows,
            shares={label: round(count / self.windows, SHARE_DECIMALS) for label, count in self._counts.most_common()},
            mean={label: round(float(value), SHARE_DECIMALS) for label, value in zip(self._labels, mean, strict=True)},
            timeline=[*self._timeline, self._entry(seconds)],
            model=model,
        )

    def _entry(self, end_s: float) -> TimelineEntry:
        total, count = self._confidences
        return TimelineEntry(
            round(self._start_s, TIME_DECIMALS),
            round(end_s, TIME_DECIMALS),
            self._announcement or "",
            round(total / count, CONFIDENCE_DECIMALS),
        )
