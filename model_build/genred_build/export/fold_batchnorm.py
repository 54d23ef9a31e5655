"""Folding: batch norms into the layers around them, exactly, so that int8 does not round there.

A batch norm after a ReLU is `a * relu(conv) + b` for each channel. With every `a` positive the factor moves into
the convolution before (`relu` and `max` keep positive factors), which evens out the channels' ranges: just what a
per-tensor int8 scale needs. `b` moves on through pooling into the bias of the next convolution or dense layer.
Without this, int8 rounds twice more at each batch norm.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from genred_build.spec.recipe import BatchNorm, Conv, Dense, Dropout, GlobalAveragePool, MaxPool, Recipe
from genred_build.training.network import build_network, layer_name

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from genred_build.spec.recipe import Layer

_Weights = list["NDArray[np.float64]"]


def fold_batch_norms(recipe: Recipe, model: Any) -> Any:
    """Gives an equal network with fewer layers, for inference.

    Args:
        recipe: The one that `model` was built from.
        model: Trained.

    Returns:
        A new Keras model: batch norms that stand between a ReLU convolution and an unpadded convolution or a
        dense layer are gone; all others are kept as they are.
    """
    layers: list[Layer] = list(recipe.network)
    weights: list[_Weights] = [
        [np.asarray(array, np.float64) for array in model.get_layer(layer_name(number, layer)).get_weights()]
        if not layer_has_parts(layer)
        else []
        for number, layer in enumerate(layers)
    ]
    if any(layer_has_parts(layer) for layer in layers):
        # The converter folds a block's own batch norms; they follow linear convolutions.
        return model
    last: _Weights = [np.asarray(array, np.float64) for array in model.get_layer("logits").get_weights()]
    gone: set[int] = set()
    for index, layer in enumerate(layers):
        if isinstance(layer, BatchNorm) and _fold_one(layers, weights, last, index):
            gone.add(index)
    kept = [index for index in range(len(layers)) if index not in gone]
    folded_recipe = msgspec.structs.replace(recipe, network=tuple(layers[index] for index in kept))
    folded = build_network(folded_recipe, last[1].size)
    for number, index in enumerate(kept):
        if weights[index]:
            folded.get_layer(layer_name(number, layers[index])).set_weights(weights[index])
    folded.get_layer("logits").set_weights(last)
    return folded


def layer_has_parts(layer: Layer) -> bool:
    """Whether a recipe's layer becomes several of Keras'."""
    return layer.__struct_config__.tag == "inverted_residual"


def _fold_one(layers: list[Layer], weights: list[_Weights], last: _Weights, index: int) -> bool:
    before = next((i for i in range(index - 1, -1, -1) if not isinstance(layers[i], MaxPool)), None)
    passing = (MaxPool, GlobalAveragePool, Dropout)
    after = next((i for i in range(index + 1, len(layers)) if not isinstance(layers[i], passing)), None)
    source = layers[before] if before is not None else None
    target = layers[after] if after is not None else None
    if before is None or not isinstance(source, Conv) or source.activation != "relu" or not source.bias:
        return False
    gamma, beta, mean, variance = weights[index]
    # Keras' default of `BatchNormalization(epsilon=...)`.
    factor = gamma / np.sqrt(variance + 1e-3)
    if not (factor > 0).all():
        return False
    shift = beta - mean * factor
    if after is None:
        last[1] = last[1] + shift @ last[0]
    elif isinstance(target, Conv) and target.padding == "valid" and target.bias:
        kernel, bias = weights[after]
        weights[after] = [kernel, bias + np.einsum("hwio,i->o", kernel, shift)]
    elif isinstance(target, Dense):
        kernel, bias = weights[after]
        weights[after] = [kernel, bias + shift @ kernel]
    else:
        return False
    kernel, bias = weights[before]
    weights[before] = [kernel * factor, bias * factor]
    return True
