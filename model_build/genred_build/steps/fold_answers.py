"""What a fold's network answers for the files that it has not learned, and the file that keeps it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from genred_build.evaluation.assess import CONDITIONS, FilePredictions
from genred_build.npz import write_npz
from genred_build.softmax import softmax
from genred_build.training.fingerprint import KEY, is_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from genred_build.training.training_set import TrainingSet


@dataclass(frozen=True, slots=True)
class FoldAnswers:
    """What one fold's network answers: `predictions` by condition, with these offsets and a temperature of 1."""

    predictions: dict[str, list[FilePredictions]]
    offsets: NDArray[np.float64]
    agreement: float

    def logits(self, probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
        """(windows, 11) before the offsets and the softmax."""
        return np.asarray(np.log(np.maximum(probabilities, 1e-12)) - self.offsets)

    def calibrated(self, probabilities: NDArray[np.float64], temperature: float) -> NDArray[np.float64]:
        """(windows, 11) probabilities at another temperature."""
        return softmax(self.logits(probabilities) / temperature + self.offsets)


def write_answers(
    path: Path,
    predictions: dict[str, list[FilePredictions]],
    offsets: NDArray[np.float64],
    agreement: float,
    key: NDArray[np.uint8],
) -> None:
    """Writes the answers of a fold, without the material; `key` as for `holds_answers`."""
    arrays: dict[str, NDArray[np.generic]] = {"offsets": offsets, "agreement": np.array(agreement), KEY: key}
    for condition, every in predictions.items():
        arrays[f"{condition}/probabilities"] = np.concatenate([one.probabilities for one in every])
        arrays[f"{condition}/windows"] = np.array([len(one.probabilities) for one in every])
        arrays[f"{condition}/names"] = np.array([one.file.name for one in every])
    write_npz(path, arrays)


def holds_answers(path: Path, key: NDArray[np.uint8], conditions: Sequence[str]) -> bool:
    """Whether answers are there, made from what the key stands for, and under all these conditions."""
    if not is_of(path, key):
        return False
    with np.load(path) as stored:
        return all(f"{condition}/names" in stored for condition in conditions)


def read_answers(path: Path, training_set: TrainingSet) -> FoldAnswers:
    """Reads what `write_answers` wrote, of the files of the same material."""
    files = {file.name: file for file in training_set.corpus.files}
    predictions = {}
    with np.load(path) as stored:
        for condition in (*CONDITIONS, "rooms"):
            if f"{condition}/names" in stored:
                ends = np.cumsum(stored[f"{condition}/windows"])[:-1]
                parts = np.split(stored[f"{condition}/probabilities"], ends)
                names = stored[f"{condition}/names"].tolist()
                predictions[condition] = [
                    FilePredictions(files[name], rows) for name, rows in zip(names, parts, strict=True)
                ]
        return FoldAnswers(predictions, stored["offsets"], float(stored["agreement"]))
