"""Distillation: the student learns from labels and teachers on degraded windows, resumable step by step."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from genred_build.errors import BuildError
from genred_build.npz import DAMAGED, write_npz
from genred_build.spec.labels import LABELS
from genred_build.spec.recipe import InvertedResidual, load_recipe
from genred_build.training.fingerprint import KEY, is_of, key_of
from genred_build.training.network import import_keras
from genred_build.training.weights import student_network, write_weights

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from genred_build.spec.distillation import Distillation
    from genred_build.teachers.linear_head import LinearHead
    from genred_build.training.augmented_batches import AugmentedBatches


@dataclass(frozen=True, slots=True)
class TrainingStep:
    """Where a training stands.

    Attributes:
        loss: Mean since the last report: cross-entropy, and the embedding's error where it is learned.
        seconds: Since this process began to train.
    """

    step: int
    loss: float
    learning_rate: float
    seconds: float


def distillation_key(recipe: Distillation, batches: AugmentedBatches, start: Path | None) -> NDArray[np.uint8]:
    """Gives the key of a training's checkpoint and result."""
    return key_of((recipe, batches.fingerprint), start)


def distill(
    recipe: Distillation,
    batches: AugmentedBatches,
    folder: Path,
    *,
    start: Path | None = None,
    every: int = 50,
    progress: Callable[[TrainingStep, Any], None] | None = None,
) -> Any:
    """Trains the student.

    The folder's `checkpoint.npz` holds weights, optimizer and step, so that a killed run goes on; batches depend on
    the step alone, and the same steps follow. `student.npz` is the result, the moving average of the weights.

    Args:
        recipe: Sizes, schedule and degradations.
        batches: Gives each step's batch.
        folder: Of this run.
        start: Weights to go on from; from scratch without.
        every: Steps between checkpoints and reports.
        progress: Called with each report and the Keras model as it is then.

    Returns:
        The trained Keras model.

    Raises:
        BuildError: The loss is no number any more, or `start` holds no weights.
    """
    keras = import_keras()
    keras.utils.set_random_seed(recipe.seed)
    network = load_recipe("student")
    model = student_network(start, recipe.crop_frames)
    _freeze(model, recipe.frozen_blocks if start is not None else None)
    optimizer = keras.optimizers.AdamW(
        _schedule(keras, recipe), weight_decay=recipe.weight_decay, use_ema=True, ema_momentum=recipe.ema
    )
    optimizer.exclude_from_weight_decay(var_names=["bias", "beta", "gamma"])
    learner = _with_embedding(keras, model, batches.embedding_size, start)
    losses_of = [cross_entropy, keras.losses.MeanSquaredError()]
    outputs = len(learner.outputs)
    learner.compile(optimizer, losses_of[:outputs], loss_weights=[1.0, recipe.embedding][:outputs], jit_compile=False)
    optimizer.build(learner.trainable_variables)
    folder.mkdir(parents=True, exist_ok=True)
    checkpoint = folder / "checkpoint.npz"
    key = distillation_key(recipe, batches, start)
    first = _restore(checkpoint, key, [*learner.variables, *optimizer.variables])
    started, losses = time.monotonic(), []
    with ThreadPoolExecutor(1) as ahead:
        coming = ahead.submit(batches.batch, first)
        for step in range(first, recipe.steps):
            features, targets = coming.result()
            coming = ahead.submit(batches.batch, step + 1)
            wanted = [targets[:, : len(LABELS)], targets[:, len(LABELS) :]][:outputs]
            losses.append(float(np.ravel(learner.train_on_batch(features[..., None], wanted))[0]))
            if (step + 1) % every == 0 or step + 1 == recipe.steps:
                if not np.isfinite(losses).all():
                    raise BuildError(f"{folder}: the loss is no number before step {step + 1}; lower the learning rate")
                _save(checkpoint, key, step + 1, [*learner.variables, *optimizer.variables])
                rate = float(keras.ops.convert_to_numpy(optimizer.learning_rate))
                if progress:
                    progress(TrainingStep(step + 1, float(np.mean(losses)), rate, time.monotonic() - started), model)
                losses.clear()
    optimizer.finalize_variable_values(learner.trainable_variables)
    if not recipe.music:
        # No word was learned: whoever goes on from here is to start without opinion, not with a random one.
        words = model.get_layer("logits")
        words.set_weights([np.zeros_like(weight) for weight in words.get_weights()])
    if batches.head is not None and recipe.head_share:
        mix_head(learner, batches.head, recipe.head_share)
    write_weights(model, network, folder / "student.npz", beside={**_embedding_of(learner), KEY: key})
    return model


def cross_entropy(targets: Any, logits: Any) -> Any:
    """Cross-entropy that a row of zeros takes no part in.

    TensorFlow's fused one has the gradient softmax - target whatever the target sums to: music without a genre would
    push all logits down for ever.

    Args:
        targets: (windows, labels), rows of sum 1, or 0 where nothing is known.
        logits: (windows, labels).

    Returns:
        (windows,).
    """
    ops = import_keras().ops
    return -ops.sum(targets * ops.log_softmax(logits, axis=-1), axis=-1)


def mix_head(learner: Any, head: LinearHead, share: float) -> None:
    """Mixes the teacher's head into the words, by way of the embedding that the student learned.

    Args:
        learner: Network with an output for the embedding.
        head: From embeddings to words.
        share: Of the head; the rest stays the network's own.
    """
    kernel, bias = learner.get_layer(_EMBEDDING).get_weights()
    mean, variance = learner.get_layer(_CENTRED).get_weights()
    scale = 1 / np.sqrt(variance + learner.get_layer(_CENTRED).epsilon)
    over = (scale[:, None] * kernel) @ head.kernel
    words = learner.get_layer("logits")
    own_kernel, own_bias = words.get_weights()
    over_bias = (bias - (mean * scale) @ kernel) @ head.kernel + head.bias
    words.set_weights([(1 - share) * own_kernel + share * over, (1 - share) * own_bias + share * over_bias])


def _with_embedding(keras: Any, model: Any, size: int, start: Path | None) -> Any:
    """Adds an output that says what the tagger hears, from the same pooled features; the bundle goes without it."""
    if not size:
        return keras.Model(model.input, [model.output])
    # The pooled features are all positive: without their mean taken away, each step moves all outputs together.
    centred = keras.layers.BatchNormalization(center=False, scale=False, name=_CENTRED)
    pooled = centred(model.get_layer("logits").input)
    layer = keras.layers.Dense(size, kernel_initializer="zeros", name=_EMBEDDING)
    learner = keras.Model(model.input, [model.output, layer(pooled)])
    if start is not None:
        with np.load(start) as stored:
            found = [stored[f"{_EMBEDDING}/{part}"] for part in _PARTS if f"{_EMBEDDING}/{part}" in stored]
        if [each.shape for each in found] == [tuple(weight.shape) for weight in layer.weights]:
            layer.set_weights(found)
    return learner


def _embedding_of(learner: Any) -> dict[str, Any]:
    if len(learner.outputs) == 1:
        return {}
    weights = learner.get_layer(_EMBEDDING).get_weights()
    return {f"{_EMBEDDING}/{part}": weight for part, weight in zip(_PARTS, weights, strict=True)}


_CENTRED = "centred"
_EMBEDDING = "embedding"
_PARTS = ("kernel", "bias")


def _schedule(keras: Any, recipe: Distillation) -> Any:
    return keras.optimizers.schedules.CosineDecay(
        0.0,
        max(1, recipe.steps - recipe.warmup_steps),
        warmup_target=recipe.learning_rate,
        warmup_steps=recipe.warmup_steps,
    )


def _freeze(model: Any, blocks: int | None) -> None:
    """Keeps the stem and the first blocks as they are: most of the work is there, and least of what is learned."""
    if blocks is None:
        return
    residuals = [
        number for number, layer in enumerate(load_recipe("student").network) if isinstance(layer, InvertedResidual)
    ]
    for layer in model.layers:
        number = layer.name.partition("_")[0]
        if number.isdigit() and int(number) < residuals[blocks]:
            layer.trainable = False


def _save(path: Path, key: NDArray[np.uint8], step: int, variables: list[Any]) -> None:
    to_numpy = import_keras().ops.convert_to_numpy
    arrays = {f"{index}": to_numpy(variable) for index, variable in enumerate(variables)}
    stored = {"step": np.array(step), KEY: key, **arrays}
    write_npz(path, stored, compress=False)


def _restore(path: Path, key: NDArray[np.uint8], variables: list[Any]) -> int:
    """Fills the variables and gives the next step, or 0 without a whole checkpoint of this recipe and these files."""
    if not is_of(path, key):
        return 0
    try:
        with np.load(path) as stored:
            values = [stored[f"{index}"] for index in range(len(variables))]
            step = int(stored["step"])
    except DAMAGED:
        return 0
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)
    return step
