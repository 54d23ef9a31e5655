"""Where a training stands, and the file from which it goes on after a kill."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from genred_build.npz import DAMAGED, write_npz
from genred_build.training.network import import_keras

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


class Epoch(msgspec.Struct, frozen=True):
    """One line of the training curves."""

    epoch: int
    loss: float
    accuracy: float
    val_loss: float
    val_accuracy: float
    learning_rate: float
    seconds: float


class Progress(msgspec.Struct):
    """Where a training stands; stored in each checkpoint beside the weights.

    Attributes:
        key: Of recipe, features and split: a checkpoint of anything else is not resumed.
        epochs: The curves so far.
        best_loss: Least validation loss yet, that of `best_epoch`.
        plateau_loss: Least validation loss by the plateau rule's own measure.
        plateau_wait: Epochs since that.
        finished: Whether nothing is left to do.
    """

    key: str
    epochs: list[Epoch]
    best_loss: float = float("inf")
    best_epoch: int = -1
    plateau_loss: float = float("inf")
    plateau_wait: int = 0
    finished: bool = False


class Checkpoint:
    """Weights, optimizer and random states, and the best weights, in one npz that is replaced whole."""

    def __init__(self, path: Path, model: Any) -> None:
        self._path, self._model = path, model
        self._variables = [*model.variables, *model.optimizer.variables]
        self._best = self._weights()

    def _weights(self) -> list[NDArray[np.generic]]:
        return [np.array(value) for value in self._model.get_weights()]

    def save(self, state: Progress, improved: bool) -> None:
        """Writes all; after an improvement the present weights are the best."""
        if improved:
            self._best = self._weights()
        to_numpy = import_keras().ops.convert_to_numpy
        arrays = {f"now_{index}": to_numpy(variable) for index, variable in enumerate(self._variables)}
        arrays |= {f"best_{index}": weights for index, weights in enumerate(self._best)}
        arrays["progress"] = np.frombuffer(msgspec.json.encode(state), np.uint8)
        write_npz(self._path, arrays, compress=False)

    def restore(self, key: str) -> Progress | None:
        """Goes back to where the training stood; None, and nothing changes, where there is no file of it."""
        if not self._path.is_file():
            return None
        try:
            with np.load(self._path) as stored:
                state = msgspec.json.decode(stored["progress"].tobytes(), type=Progress)
                if state.key != key:
                    return None
                now = [stored[f"now_{index}"] for index in range(len(self._variables))]
                self._best = [stored[f"best_{index}"] for index in range(len(self._best))]
        except DAMAGED:
            return None
        for variable, value in zip(self._variables, now, strict=True):
            variable.assign(value)
        return state

    def load_best(self) -> None:
        """Gives the network the best weights."""
        self._model.set_weights(self._best)
