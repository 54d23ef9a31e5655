"""Columns of a last layer, fitted on what a finished network hears: all of them anew, or new words beside the old."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from genred_build.softmax import softmax

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Examples:
    """Windows to fit on.

    Attributes:
        heard: (windows, hearing) what the network hears in each.
        given: (windows, words) logits that the columns are added to; those of new words are zero.
        targets: (windows, words) probabilities of sum 1.
        weights: (windows,) of any scale.
    """

    heard: NDArray[np.floating]
    given: NDArray[np.float64]
    targets: NDArray[np.float64]
    weights: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Columns:
    """What is added to the logits of the last words.

    Attributes:
        kernel: (hearing, words that were fitted).
        bias: (words that were fitted,).
    """

    kernel: NDArray[np.float64]
    bias: NDArray[np.float64]

    def logits(self, heard: NDArray[np.floating], given: NDArray[np.float64]) -> NDArray[np.float64]:
        """(windows, words): the given ones, those of the fitted words with these columns added."""
        found = given.copy()
        found[:, given.shape[1] - len(self.bias) :] += heard @ self.kernel + self.bias
        return found


def fit_columns(examples: Examples, words: int, shrinkage: float) -> Columns:
    """Fits the last words' columns: the least cross-entropy over all words, the columns drawn to zero.

    Args:
        examples: With every word that is fitted among the targets.
        words: How many of the last words are fitted; the logits of those before stay as given.
        shrinkage: Weight of the squared columns beside the cross-entropy, over standardised inputs: with a few artists
            a word, more than a few directions of what the network hears cannot be learned.
    """
    from scipy.optimize import minimize  # type: ignore[import-untyped]

    centre, scale = examples.heard.mean(axis=0), examples.heard.std(axis=0) + 1e-3
    standard = ((examples.heard - centre) / scale).astype(np.float32)
    size, first = standard.shape[1], examples.given.shape[1] - words
    weights = examples.weights / examples.weights.sum()

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        kernel, bias = flat[: size * words].reshape(size, words), flat[size * words :]
        logits = examples.given.copy()
        logits[:, first:] += standard @ kernel.astype(np.float32) + bias
        found = softmax(logits)
        value = -float(weights @ (examples.targets * np.log(found + 1e-12)).sum(axis=1))
        slope = weights[:, None] * (found - examples.targets)[:, first:]
        steep = standard.T @ slope.astype(np.float32) + 2 * shrinkage * kernel
        return value + shrinkage * float((kernel**2).sum()), np.concatenate([steep.ravel(), slope.sum(axis=0)])

    start = np.zeros((size + 1) * words)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": _MOST_STEPS}).x
    kernel, bias = found[: size * words].reshape(size, words), found[size * words :]
    kernel = kernel / scale[:, None]
    return Columns(kernel, bias - centre @ kernel)


def even_weights(truth: NDArray[np.int64], artist: NDArray[np.int64], power: float = 1.0) -> NDArray[np.float64]:
    """Gives windows such weights that each word counts the same, and within it its artists.

    Args:
        truth: (windows,) words.
        artist: (windows,) numbers of artists.
        power: 1 counts each artist of a word the same; 0 each window.
    """
    _, pair, windows = np.unique(np.stack([truth, artist]), axis=1, return_inverse=True, return_counts=True)
    weights = windows[pair.ravel()].astype(np.float64) ** -power
    return np.asarray(weights / np.bincount(truth, weights)[truth], np.float64)


_MOST_STEPS = 200
