"""What teachers say of the training material, as it is stored: soft labels and embeddings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from genred.analysis.frontend import LOGMEL
from genred_build.errors import BuildError
from genred_build.npz import DAMAGED

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

WINDOW_S = LOGMEL.window_samples / LOGMEL.sample_rate_hz
"""Seconds that one soft label stands for; soft labels of a file follow each other without overlap."""

_SECOND_TEACHER = "mn04_zs"


@dataclass(frozen=True, slots=True)
class SoftLabels:
    """What the teachers say.

    Attributes:
        by_name: For each file's name, (windows, 11) probabilities, speech 0; windows of five seconds in a row.
        held_out: Names of the artist-safe validation slice.
    """

    by_name: dict[str, NDArray[np.float32]]
    held_out: frozenset[str]


def read_soft_labels(path: Path, teacher: str = "ensemble") -> SoftLabels:
    """Reads precomputed soft labels: `names`, `own`, `val` and the teacher's log-probabilities over the ten genres.

    Raises:
        BuildError: The file is missing, or has no such teacher.
    """
    try:
        with np.load(path) as stored:
            names, own, held_out = stored["names"].tolist(), stored["own"], stored["val"]
            probabilities = np.exp(stored[teacher]).astype(np.float32)
    except DAMAGED as error:
        raise BuildError(f"{path}: no soft labels of {teacher!r} that can be read ({error})") from error
    padded = np.pad(probabilities / probabilities.sum(axis=1, keepdims=True), ((0, 0), (0, 1)))
    return SoftLabels(
        {name: padded[own == index] for index, name in enumerate(names)},
        frozenset(name for name, held in zip(names, held_out, strict=True) if held),
    )


def read_second_teacher(path: Path) -> SoftLabels | None:
    """Reads what EfficientAT alone says at its own ten classes; None where the soft labels do not have it apart.

    Raises:
        BuildError: The file is missing or unreadable.
    """
    try:
        with np.load(path) as stored:
            has_it = _SECOND_TEACHER in stored.files
    except DAMAGED as error:
        raise BuildError(f"{path}: cannot be read ({error})") from error
    return read_soft_labels(path, _SECOND_TEACHER) if has_it else None


@dataclass(frozen=True, slots=True)
class Embeddings:
    """What a tagger hears, as numbers.

    Attributes:
        by_name: For each file's name, the middle of each of the tagger's windows in seconds, (windows,), and what it
            heard there, (windows, size); over all files each column has mean 0.
    """

    by_name: dict[str, tuple[NDArray[np.float32], NDArray[np.float32]]]
    size: int

    def at(self, name: str, second: float) -> NDArray[np.float32] | None:
        """(size,) at a second of a file, or None where nothing is known of it."""
        found = self.by_name.get(name)
        if found is None:
            return None
        seconds, values = found
        after = int(np.clip(np.searchsorted(seconds, second), 1, max(1, len(seconds) - 1)))
        if len(seconds) == 1:
            return np.asarray(values[0], np.float32)
        span = float(seconds[after] - seconds[after - 1])
        share = np.float32(np.clip((second - float(seconds[after - 1])) / span, 0.0, 1.0))
        return np.asarray((1 - share) * values[after - 1] + share * values[after], np.float32)


def read_embeddings(path: Path) -> Embeddings:
    """Reads embeddings: `names`, `own` (index into names), `at` (seconds) and `embedding` (windows, size).

    Raises:
        BuildError: The file is missing or lacks one of them.
    """
    try:
        with np.load(path) as stored:
            names, own, at = stored["names"].tolist(), stored["own"], stored["at"].astype(np.float32)
            values = stored["embedding"].astype(np.float32)
    except DAMAGED as error:
        raise BuildError(f"{path}: no embeddings that can be read ({error})") from error
    edges = np.searchsorted(own, np.arange(len(names) + 1))
    by_name = {
        name: (at[first:last], values[first:last])
        for name, first, last in zip(names, edges[:-1], edges[1:], strict=True)
        if last > first
    }
    return Embeddings(by_name, values.shape[1])
