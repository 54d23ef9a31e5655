"""Training: a recipe and a split to a network, resumable after a kill with the same result."""

from __future__ import annotations

import csv
import hashlib
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from genred_build.augment.features import augment
from genred_build.errors import BuildError
from genred_build.training.checkpoint import Checkpoint, Epoch, Progress
from genred_build.training.network import build_network, import_keras

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from genred_build.data.features import FeatureSet
    from genred_build.data.splits import Split
    from genred_build.spec.recipe import Recipe

PLATEAU_MIN_DELTA = 1e-4
"""Keras' `ReduceLROnPlateau` takes smaller gains for none; its `EarlyStopping` takes any gain."""


@dataclass(frozen=True, slots=True)
class Trained:
    """A trained network with its best weights."""

    model: Any
    progress: Progress


def training_key(recipe: Recipe, features: FeatureSet, split: Split) -> str:
    """Gives what a training depends on as a digest: equal keys give equal networks on one machine."""
    parts = hashlib.blake2b(digest_size=16)
    for part in (split.train, split.valid):
        parts.update(np.ascontiguousarray(part, np.int64).tobytes() + b"|")
    fitted = (recipe.network, recipe.spec, recipe.seed, recipe.augmentation, recipe.schedule)
    depends = (fitted, features.fingerprint, features.labels, parts.hexdigest())
    return hashlib.blake2b(msgspec.json.encode(depends), digest_size=16).hexdigest()


def train(
    recipe: Recipe,
    features: FeatureSet,
    split: Split,
    folder: Path,
    *,
    progress: Callable[[Epoch, Progress], None] | None = None,
) -> Trained:
    """Trains, or goes on from the folder's checkpoint, or gives the finished network that lies there.

    Written as it goes: `curves.csv`, a line an epoch; `checkpoint.npz` after each epoch.

    Args:
        recipe: Network, augmentation, schedule and seed.
        features: What `split` indexes.
        split: Its test part is never looked at here.
        folder: Of this run.
        progress: Called after each epoch.

    Raises:
        BuildError: The loss is no number any more.
    """
    folder.mkdir(parents=True, exist_ok=True)
    key = training_key(recipe, features, split)
    model = _compiled(recipe, len(features.labels))
    checkpoint = Checkpoint(folder / "checkpoint.npz", model)
    state = checkpoint.restore(key) or Progress(key, [])
    curves = folder / "curves.csv"
    _write_curves(curves, state.epochs)
    if not state.finished:
        fit = _Fit(recipe, features, split, model)
        while not state.finished:
            epoch = fit.run_epoch(len(state.epochs))
            if not np.isfinite(epoch.val_loss):
                raise BuildError(
                    f"{folder.name}: validation loss is {epoch.val_loss} in epoch {epoch.epoch}; "
                    "lower the learning rate"
                )
            improved = _advance(state, epoch, recipe, model)
            checkpoint.save(state, improved)
            _append_curve(curves, epoch)
            if progress:
                progress(epoch, state)
    checkpoint.load_best()
    return Trained(model, state)


def _compiled(recipe: Recipe, labels: int) -> Any:
    keras = import_keras()
    keras.utils.set_random_seed(recipe.seed)
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        tf.config.experimental.enable_op_determinism()
    model = build_network(recipe, labels)
    model.compile(
        keras.optimizers.Adam(recipe.schedule.learning_rate),
        keras.losses.CategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
        # XLA took 1.7 times as long as plain TensorFlow on two cores.
        jit_compile=False,
    )
    model.optimizer.build(model.trainable_variables)
    return model


class _Fit:
    def __init__(self, recipe: Recipe, features: FeatureSet, split: Split, model: Any) -> None:
        self._recipe, self._model = recipe, model
        self._spec = features.spec
        one_hot = np.eye(len(features.labels), dtype=np.float32)[features.label_of]
        self._train = features.features[split.train], one_hot[split.train]
        self._valid = features.features[split.valid][..., None], one_hot[split.valid]
        counts = self._train[1].sum(axis=0)
        weights = len(split.train) / (len(counts) * np.maximum(counts, 1.0))
        self._weights: NDArray[np.float32] = (self._train[1] @ weights).astype(np.float32)

    def run_epoch(self, number: int) -> Epoch:
        started = time.monotonic()
        schedule, model = self._recipe.schedule, self._model
        rng = np.random.default_rng([self._recipe.seed, number])
        seen, targets = augment(*self._train, self._recipe.augmentation, self._spec, rng)
        order = rng.permutation(len(seen))
        fitted = model.fit(
            seen[order][..., None],
            targets[order],
            sample_weight=self._weights[order] if schedule.balance else None,
            batch_size=schedule.batch,
            shuffle=False,
            verbose=0,
        ).history
        validated = model.evaluate(*self._valid, batch_size=256, verbose=0, return_dict=True)
        return Epoch(
            number,
            float(fitted["loss"][-1]),
            float(fitted["accuracy"][-1]),
            float(validated["loss"]),
            float(validated["accuracy"]),
            float(model.optimizer.learning_rate),
            round(time.monotonic() - started, 2),
        )


def _advance(state: Progress, epoch: Epoch, recipe: Recipe, model: Any) -> bool:
    """Early stopping and the plateau rule, as Keras' callbacks have them; says whether this epoch is the best."""
    schedule = recipe.schedule
    state.epochs.append(epoch)
    improved = epoch.val_loss < state.best_loss
    if improved:
        state.best_loss, state.best_epoch = epoch.val_loss, epoch.epoch
    if epoch.val_loss < state.plateau_loss - PLATEAU_MIN_DELTA:
        state.plateau_loss, state.plateau_wait = epoch.val_loss, 0
    else:
        state.plateau_wait += 1
        if state.plateau_wait >= schedule.plateau_patience:
            lowered = epoch.learning_rate * schedule.plateau_factor
            model.optimizer.learning_rate = max(lowered, schedule.min_learning_rate)
            state.plateau_wait = 0
    stale = epoch.epoch - state.best_epoch >= schedule.early_stop_patience
    state.finished = stale or len(state.epochs) >= schedule.epochs
    return improved


_COLUMNS = Epoch.__struct_fields__


def _write_curves(path: Path, epochs: list[Epoch]) -> None:
    with path.open("w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(_COLUMNS)
        writer.writerows(msgspec.structs.astuple(epoch) for epoch in epochs)


def _append_curve(path: Path, epoch: Epoch) -> None:
    with path.open("a", newline="") as out:
        csv.writer(out).writerow(msgspec.structs.astuple(epoch))
