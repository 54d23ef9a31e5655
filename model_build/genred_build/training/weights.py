"""Weights between the student's npz files and the Keras network that its recipe describes.

The npz layout is PyTorch's, since that is how the starting weights were given: `unfolded/<layer>.c.weight` as
(out, in, height, width), `unfolded/<layer>.b.*` for the batch norm behind it, `unfolded/fc.*` for the logits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from genred.analysis.frontend import LOGMEL
from genred_build.errors import BuildError
from genred_build.npz import DAMAGED, write_npz
from genred_build.spec.labels import LABELS
from genred_build.spec.recipe import Conv, InvertedResidual, load_recipe
from genred_build.training.network import build_network, import_keras, layer_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from genred_build.spec.recipe import Recipe

_NORM = (("weight", "gamma"), ("bias", "beta"), ("running_mean", "moving_mean"), ("running_var", "moving_variance"))


def student_network(weights: Path | None = None, frames: int = LOGMEL.frames) -> Any:
    """Builds the student as its recipe says.

    Args:
        weights: npz to fill it with; untrained without.
        frames: Of its windows; the same weights serve any length, since the network averages over time.

    Returns:
        A Keras model: (batch, frames, 96, 1) float32 to (batch, 11) logits.

    Raises:
        BuildError: The npz lacks a layer, has one of another shape, or is for other labels.
    """
    recipe = load_recipe("student")
    spec = msgspec.structs.replace(LOGMEL, window_samples=(frames - 1) * LOGMEL.hop_samples)
    model = build_network(msgspec.structs.replace(recipe, front_end=spec), len(LABELS))
    if weights is not None:
        read_weights(model, recipe, weights)
    return model


def read_weights(model: Any, recipe: Recipe, path: Path) -> None:
    """Fills a network from an npz; raises BuildError as `student_network` does."""
    arrays = {name.removeprefix("unfolded/"): value for name, value in _stored(path).items()}
    labels = tuple(str(word) for word in arrays.get("classes", ()))
    if labels != LABELS:
        raise BuildError(f"{path}: field `classes` is {labels}, the student's labels are {LABELS}")
    for stored_name, keras_layer, variable in _variables(recipe):
        if stored_name not in arrays:
            raise BuildError(f"{path}: lacks {stored_name}")
        value = _to_keras(arrays[stored_name], keras_layer)
        target = _variable(model, keras_layer, variable)
        if tuple(target.shape) != value.shape:
            raise BuildError(f"{path}: {stored_name} has shape {value.shape}, the network needs {tuple(target.shape)}")
        target.assign(value)


def write_weights(model: Any, recipe: Recipe, path: Path, *, beside: Mapping[str, NDArray[Any]] | None = None) -> None:
    """Writes a network's weights as `read_weights` reads them, and others beside them, which it passes over."""
    to_numpy = import_keras().ops.convert_to_numpy
    arrays: dict[str, NDArray[np.generic]] = {"classes": np.array(LABELS), **(beside or {})}
    for stored_name, keras_layer, variable in _variables(recipe):
        arrays[f"unfolded/{stored_name}"] = _from_keras(to_numpy(_variable(model, keras_layer, variable)), keras_layer)
    write_npz(path, arrays, compress=False)


def blend_weights(parts: Sequence[tuple[Path, float]], path: Path) -> None:
    """Writes the weighted mean of some npz of `write_weights`' layout, batch norms' statistics included.

    Args:
        parts: Files and their shares, of sum 1.
        path: Where to.
    """
    total: dict[str, NDArray[np.float64]] = {}
    for part, share in parts:
        for name, value in _stored(part).items():
            if name.startswith("unfolded/") and not name.endswith("num_batches_tracked"):
                total[name] = total.get(name, 0.0) + share * value.astype(np.float64)
    arrays: dict[str, NDArray[np.generic]] = {name: value.astype(np.float32) for name, value in total.items()}
    write_npz(path, {**arrays, "classes": np.array(LABELS)}, compress=False)


def knows_no_word(path: Path) -> bool:
    """Whether these weights give every word the same answer: they come from music without a genre alone."""
    return not np.any(_stored(path).get("unfolded/fc.weight"))


def _stored(path: Path) -> dict[str, NDArray[Any]]:
    try:
        with np.load(path) as stored:
            return {name: stored[name] for name in stored.files}
    except DAMAGED as error:
        raise BuildError(f"{path}: no weights that can be read ({error})") from error


def folded_parameters(model: Any, recipe: Recipe) -> int:
    """Counts what is left once each batch norm is folded: kernels, and one bias an output channel."""
    to_numpy = import_keras().ops.convert_to_numpy
    return sum(
        to_numpy(_variable(model, keras_layer, variable)).size
        for _, keras_layer, variable in _variables(recipe)
        if variable in {"kernel", "beta", "bias"}
    )


def _variables(recipe: Recipe) -> list[tuple[str, str, str]]:
    """Each variable as (name in the npz, Keras layer, Keras variable)."""
    pairs: list[tuple[str, str, str]] = []

    def unit(stored: str, conv: str, norm: str) -> None:
        pairs.append((f"{stored}.c.weight", conv, "kernel"))
        pairs.extend((f"{stored}.b.{theirs}", norm, ours) for theirs, ours in _NORM)

    channels, block = 0, 0
    for number, layer in enumerate(recipe.network):
        if isinstance(layer, Conv):
            conv, norm = (layer_name(at, recipe.network[at]) for at in (number, number + 1))
            unit("head" if number else "stem", conv, norm)
            channels = layer.filters
        elif isinstance(layer, InvertedResidual):
            name = f"{number:02d}_inverted_residual"
            if layer.expand != channels:
                unit(f"blocks.{block}.e", f"{name}_expand", f"{name}_expand_norm")
            unit(f"blocks.{block}.d", f"{name}_depthwise", f"{name}_depthwise_norm")
            unit(f"blocks.{block}.p", f"{name}_project", f"{name}_project_norm")
            channels, block = layer.filters, block + 1
    pairs += [("fc.weight", "logits", "kernel"), ("fc.bias", "logits", "bias")]
    return pairs


def _variable(model: Any, keras_layer: str, variable: str) -> Any:
    return next(found for found in model.get_layer(keras_layer).variables if found.name == variable)


def _to_keras(value: NDArray[np.float32], keras_layer: str) -> NDArray[np.float32]:
    if value.ndim == 4:
        # A depthwise kernel has one input channel in PyTorch and one multiplier in Keras.
        return value.transpose(2, 3, 0, 1) if keras_layer.endswith("_depthwise") else value.transpose(2, 3, 1, 0)
    return value.T


def _from_keras(value: NDArray[np.float32], keras_layer: str) -> NDArray[np.float32]:
    if value.ndim == 4:
        return value.transpose(2, 3, 0, 1) if keras_layer.endswith("_depthwise") else value.transpose(3, 2, 0, 1)
    return value.T
