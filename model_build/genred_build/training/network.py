"""Networks: a recipe's layers as a Keras model that ends in logits."""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING, Any

from genred_build.errors import BuildError
from genred_build.quiet import quiet
from genred_build.spec.recipe import (
    Activation,
    BatchNorm,
    Conv,
    Dense,
    Dropout,
    GlobalAveragePool,
    InvertedResidual,
    MaxPool,
    Recipe,
)

if TYPE_CHECKING:
    from genred_build.spec.recipe import Layer


def import_keras() -> Any:
    """Imports Keras with TensorFlow's start-up messages off; `KERAS_BACKEND` chooses the backend as usual."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    # TensorFlow greets on standard error before it reads that variable.
    with quiet():
        import keras
    # It warns of retraced functions whenever one process holds several networks, as the folds of a split.
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    return keras


def build_network(recipe: Recipe, labels: int) -> Any:
    """Builds a recipe's network, untrained.

    Args:
        recipe: Its `network` and front end.
        labels: How many outputs.

    Returns:
        A Keras model: (batch, frames, bands or coefficients, 1) float32 to (batch, labels) logits. Without a
        softmax an int8 output keeps its resolution where the network is sure.

    Raises:
        BuildError: The layers do not fit each other or the front end.
    """
    layers = import_keras().layers
    inputs = values = layers.Input((*recipe.spec.shape, 1), name="features")
    for number, layer in enumerate(recipe.network):
        name = layer_name(number, layer)
        try:
            values = _add(layers, layer, values, name)
        except ValueError as error:
            raise BuildError(f"recipe {recipe.name!r}: layer {name}: {error}") from error
    if len(values.shape) != 2:
        raise BuildError(f"recipe {recipe.name!r}: ends in {tuple(values.shape[1:])}; it needs a global_average_pool")
    outputs = layers.Dense(labels, name="logits")(values)
    return import_keras().Model(inputs, outputs, name=recipe.name)


def layer_name(number: int, layer: Layer) -> str:
    """Name of a recipe's layer in the Keras model."""
    return f"{number:02d}_{layer.__struct_config__.tag}"


def _add(layers: Any, layer: Layer, values: Any, name: str) -> Any:
    match layer:
        case Conv():
            penalty = import_keras().regularizers.L1L2(layer.l1, layer.l2) if layer.l1 or layer.l2 else None
            return layers.Conv2D(
                layer.filters,
                layer.kernel,
                layer.strides,
                layer.padding,
                activation=layer.activation,
                use_bias=layer.bias,
                kernel_regularizer=penalty,
                name=name,
            )(values)
        case InvertedResidual():
            return _inverted_residual(layers, layer, values, name)
        case MaxPool():
            return layers.MaxPooling2D(layer.size, layer.strides, name=name)(values)
        case BatchNorm():
            return layers.BatchNormalization(name=name)(values)
        case Activation():
            return layers.Activation(layer.function, name=name)(values)
        case GlobalAveragePool():
            return layers.GlobalAveragePooling2D(name=name)(values)
        case Dropout():
            return layers.Dropout(layer.rate, name=name)(values)
        case Dense():
            return layers.Dense(layer.units, activation=layer.activation, name=name)(values)


def _inverted_residual(layers: Any, layer: InvertedResidual, values: Any, name: str) -> Any:
    before = values
    channels = values.shape[-1]
    if layer.expand != channels:
        values = layers.Conv2D(layer.expand, 1, use_bias=False, name=f"{name}_expand")(values)
        values = layers.BatchNormalization(name=f"{name}_expand_norm")(values)
        values = layers.Activation("relu6", name=f"{name}_expand_relu")(values)
    values = layers.DepthwiseConv2D(3, layer.strides, "same", use_bias=False, name=f"{name}_depthwise")(values)
    values = layers.BatchNormalization(name=f"{name}_depthwise_norm")(values)
    values = layers.Activation("relu6", name=f"{name}_depthwise_relu")(values)
    values = layers.Conv2D(layer.filters, 1, use_bias=False, name=f"{name}_project")(values)
    values = layers.BatchNormalization(name=f"{name}_project_norm")(values)
    if layer.strides == (1, 1) and layer.filters == channels:
        values = layers.Add(name=f"{name}_add")([before, values])
    return values
