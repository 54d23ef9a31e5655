"""Figures with their uncertainty: accuracy, balanced accuracy, F1, confusion, calibration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_Z95 = 1.959964
"""Two-sided 95 % quantile of the normal distribution."""

CALIBRATION_BINS = 10
"""Equal-width bins of confidence for reliability and ECE."""


class Figure(msgspec.Struct, frozen=True):
    """A fraction with its 95 % interval.

    Attributes:
        count: Units counted; the interval's width may rest on fewer independent ones.
    """

    value: float
    low: float
    high: float
    count: int


class LabelReport(msgspec.Struct, frozen=True):
    """One line of the classification report."""

    label: str
    precision: float
    recall: float
    f1: float
    support: int


class ReliabilityBin(msgspec.Struct, frozen=True):
    """Windows whose confidence lies between `low` and `high`."""

    low: float
    high: float
    count: int
    confidence: float
    accuracy: float


class CoveragePoint(msgspec.Struct, frozen=True):
    """At this threshold, so many are answered, and so many of those rightly."""

    threshold: float
    coverage: float
    accuracy: float


class Scores(msgspec.Struct, frozen=True):
    """Everything that is said about one set of answers.

    Attributes:
        confusion: Rows are the true labels, columns the answers; a last column counts what was not answered.
        untested: Labels of which nothing was tested; balanced accuracy and macro-F1 leave them out.
    """

    accuracy: Figure
    balanced_accuracy: Figure
    macro_f1: float
    report: tuple[LabelReport, ...]
    confusion: tuple[tuple[int, ...], ...]
    untested: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answers:
    """Answers to compare with the truth.

    Attributes:
        truth: (n,) indices of labels.
        answer: (n,) indices of labels; -1 for none.
        group: (n,) what is independent of what: windows of one clip, and clips of one artist, share a number.
    """

    truth: NDArray[np.int64]
    answer: NDArray[np.int64]
    group: NDArray[np.int64]


def wilson(right: float, count: float) -> tuple[float, float]:
    """Gives the 95 % score interval of a share (Wilson, JASA 22, 1927); `count` may be an effective one."""
    if count <= 0:
        return 0.0, 1.0
    share = right / count
    centre = (share + _Z95**2 / (2 * count)) / (1 + _Z95**2 / count)
    half = _Z95 * np.sqrt(share * (1 - share) / count + _Z95**2 / (4 * count**2)) / (1 + _Z95**2 / count)
    return float(max(0.0, centre - half)), float(min(1.0, centre + half))


def score(answers: Answers, labels: tuple[str, ...]) -> Scores:
    """Scores answers; intervals count groups, since windows of one clip or songs of one artist err together."""
    size = len(labels)
    confusion = np.zeros((size, size + 1), np.int64)
    np.add.at(confusion, (answers.truth, np.where(answers.answer < 0, size, answers.answer)), 1)
    support = confusion.sum(axis=1)
    tested = np.flatnonzero(support)
    right = confusion.diagonal()
    recall = right / np.maximum(support, 1)
    precision = right / np.maximum(confusion[:, :size].sum(axis=0), 1)
    f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-12)
    groups = np.array([len(set(answers.group[answers.truth == label].tolist())) for label in range(size)])
    accuracy = float(right.sum() / max(1, support.sum()))
    low, high = wilson(accuracy * groups.sum(), groups.sum())
    report = [
        LabelReport(labels[index], float(precision[index]), float(recall[index]), float(f1[index]), int(support[index]))
        for index in tested
    ]
    return Scores(
        Figure(accuracy, low, high, int(support.sum())),
        _balanced(recall[tested], groups[tested], int(support.sum())),
        float(f1[tested].mean()) if tested.size else 0.0,
        tuple(report),
        tuple(tuple(int(value) for value in row) for row in confusion),
        tuple(labels[index] for index in range(size) if not support[index]),
    )


def _balanced(recall: NDArray[np.float64], groups: NDArray[np.int64], count: int) -> Figure:
    """The mean of recalls; its variance is that of independent shares, each smoothed by one hit and one miss.

    Without the smoothing a label with one clip, right or wrong, would count as known for sure.
    """
    if not recall.size:
        return Figure(0.0, 0.0, 1.0, 0)
    smoothed = (recall * groups + 1) / (groups + 2)
    deviation = float(np.sqrt((smoothed * (1 - smoothed) / (groups + 2)).sum()) / recall.size)
    value = float(recall.mean())
    return Figure(value, max(0.0, value - _Z95 * deviation), min(1.0, value + _Z95 * deviation), count)


def reliability(confidence: NDArray[np.float64], right: NDArray[np.bool_]) -> tuple[tuple[ReliabilityBin, ...], float]:
    """Gives the reliability diagram's bins and the expected calibration error (Guo et al., ICML 2017)."""
    edges = np.linspace(0.0, 1.0, CALIBRATION_BINS + 1)
    which = np.clip(np.digitize(confidence, edges) - 1, 0, CALIBRATION_BINS - 1)
    bins, error = [], 0.0
    for index in range(CALIBRATION_BINS):
        inside = which == index
        count = int(inside.sum())
        mean = float(confidence[inside].mean()) if count else 0.0
        accuracy = float(right[inside].mean()) if count else 0.0
        bins.append(ReliabilityBin(float(edges[index]), float(edges[index + 1]), count, mean, accuracy))
        error += count / max(1, right.size) * abs(mean - accuracy)
    return tuple(bins), float(error)


def coverage(
    confidence: NDArray[np.float64], right: NDArray[np.bool_], thresholds: NDArray[np.float64]
) -> tuple[CoveragePoint, ...]:
    """Gives coverage and accuracy among what is answered at each threshold."""
    points = []
    for threshold in thresholds:
        answered = confidence >= threshold
        share = float(answered.mean()) if answered.size else 0.0
        accuracy = float(right[answered].mean()) if answered.any() else 1.0
        points.append(CoveragePoint(round(float(threshold), 4), share, accuracy))
    return tuple(points)
