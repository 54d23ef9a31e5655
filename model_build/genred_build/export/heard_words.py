"""What a network hears in the music of each of its words, as a mean and a spread: enough to remember them by.

A word that is added must be told from the old ones, whose recordings whoever adds it does not have. Drawing from what
the network heard in them stands in for the recordings (Zhu et al., "Prototype augmentation and self-supervision for
incremental learning", CVPR 2021). Nothing of any single recording is in these numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from genred_build.errors import BuildError
from genred_build.npz import DAMAGED, write_npz

if TYPE_CHECKING:
    from numpy.typing import NDArray

SHIPPED = Path(__file__).parent.parent / "spec" / "heard_words.npz"
"""Of the student that genred ships."""

_DIRECTIONS = 96
"""Of the spread that words share; the rest of it is kept a value each."""


@dataclass(frozen=True, slots=True)
class HeardWords:
    """Means and spreads.

    Attributes:
        labels: The words.
        means: (words, hearing).
        directions: (directions, hearing) along which windows of one word differ, each as long as its deviation.
        rest: (hearing,) deviations that no direction has.
        hearing: Of the network that heard it, as `hearing_digest` gives it.
    """

    labels: tuple[str, ...]
    means: NDArray[np.float64]
    directions: NDArray[np.float64]
    rest: NDArray[np.float64]
    hearing: str

    def draw(self, word: int, count: int, rng: np.random.Generator) -> NDArray[np.float64]:
        """(count, hearing) windows as they might be heard of one word."""
        along = rng.standard_normal((count, len(self.directions))) @ self.directions
        # Values under zero, which no network hears, stay: without them the mean would be another, and a word would be
        # learned by that from whatever is real.
        return np.asarray(self.means[word] + along + rng.standard_normal((count, self.rest.size)) * self.rest)

    def joined(self, labels: tuple[str, ...], means: NDArray[np.float64]) -> HeardWords:
        """Gives these words and others of the same spread."""
        return HeardWords(
            self.labels + labels, np.concatenate([self.means, means]), self.directions, self.rest, self.hearing
        )


def measure_heard_words(
    labels: tuple[str, ...], heard: NDArray[np.floating], truth: NDArray[np.int64], weights: NDArray[np.float64],
    hearing: str,
) -> HeardWords:  # fmt: skip
    """Takes means and spreads.

    Args:
        labels: The words; every one needs windows.
        heard: (windows, hearing).
        truth: (windows,) indices of words.
        weights: (windows,) of any scale: that an artist or a long file does not decide alone.
        hearing: Of the network that heard it.
    """
    means = np.stack(
        [np.average(heard[truth == word], axis=0, weights=weights[truth == word]) for word in range(len(labels))]
    )
    apart = heard - means[truth]
    totals = np.bincount(truth, weights, len(labels))
    share = weights / totals[truth] / len(labels)
    spread = (apart * share[:, None]).T @ apart
    variances, axes = np.linalg.eigh(spread)
    kept = np.maximum(variances[-_DIRECTIONS:], 0.0)
    directions = (axes[:, -_DIRECTIONS:] * np.sqrt(kept)).T
    rest = np.sqrt(np.maximum(np.diag(spread) - (directions**2).sum(axis=0), 0.0))
    return HeardWords(labels, means, directions, rest, hearing)


def write_heard_words(path: Path, words: HeardWords) -> None:
    """Writes them as `read_heard_words` reads them."""
    arrays: dict[str, NDArray[np.generic]] = {
        name: getattr(words, name).astype(np.float16) for name in ("means", "directions", "rest")
    }
    write_npz(path, {**arrays, "labels": np.array(words.labels), "hearing": np.array(words.hearing)})


def read_heard_words(path: Path) -> HeardWords:
    """Reads them.

    Raises:
        BuildError: It is missing, or something else.
    """
    try:
        with np.load(path) as stored:
            means, directions, rest = (stored[name].astype(np.float64) for name in ("means", "directions", "rest"))
            words = HeardWords(tuple(stored["labels"].tolist()), means, directions, rest, str(stored["hearing"]))
    except DAMAGED as error:
        raise BuildError(f"{path}: not what a network hears in its words ({error})") from error
    if words.means.shape != (len(words.labels), words.rest.size) or words.directions.shape[1:] != words.rest.shape:
        raise BuildError(f"{path}: its means and spreads do not fit together")
    return words
