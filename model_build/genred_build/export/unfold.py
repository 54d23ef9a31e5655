"""A finished student's weights as a start for training: out of the int8 file, with the batch norms that it lacks.

In a .tflite every batch norm is folded into the convolution before it. Training needs them back: each is given the
mean and deviation that its convolution has on music, and the gain and bias that undo them, so that the network
answers as before and its first batches see what they would see.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from genred_build.errors import BuildError
from genred_build.export.last_layer import read_last_layer
from genred_build.quiet import quiet
from genred_build.spec.labels import LABELS
from genred_build.spec.recipe import load_recipe
from genred_build.training.network import import_keras
from genred_build.training.weights import student_network, write_weights

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


def unfold(tflite: bytes, windows: NDArray[np.float32], path: Path) -> None:
    """Writes a student's weights as `genred_build.training.weights` reads them.

    Args:
        tflite: A student of the recipe `student`, with the student's words.
        windows: (n, frames, bands) features of music, of which the batch norms are measured.
        path: Of the npz.

    Raises:
        BuildError: The network is another.
    """
    model = student_network(frames=windows.shape[1])
    norms: list[tuple[Any, Any]] = []
    stored = _convolutions(tflite)
    convolutions = [layer for layer in model.layers if layer.__class__.__name__ in {"Conv2D", "DepthwiseConv2D"}]
    if len(stored) != len(convolutions):
        raise BuildError(f"the network has {len(stored)} convolutions, a student has {len(convolutions)}")
    for layer, (kernel, bias) in zip(convolutions, stored, strict=True):
        wanted = tuple(layer.get_weights()[0].shape)
        # (out, height, width, in), and for a depthwise one (1, height, width, channels).
        found = kernel.transpose(1, 2, 3, 0)
        if found.shape != wanted:
            raise BuildError(f"the network's {layer.name} has shape {found.shape}, a student's has {wanted}")
        layer.set_weights([found])
        norms.append((_reader_of(model, layer), bias))
    last = read_last_layer(tflite)
    if last.kernel.shape[1] != len(LABELS):
        raise BuildError(f"the network has {last.kernel.shape[1]} words, a student has {len(LABELS)}")
    model.get_layer("logits").set_weights([last.kernel, last.bias])
    for norm, bias in norms:
        _fill(norm, bias, np.zeros_like(bias), np.ones_like(bias))
    for norm, bias in norms:
        # One after the other: what a norm sees does not depend on those behind it, and those before are right already.
        before = import_keras().Model(model.input, norm.input).predict(windows[..., None], batch_size=32, verbose=0)
        axes = tuple(range(before.ndim - 1))
        _fill(norm, bias, before.mean(axis=axes), before.var(axis=axes))
    write_weights(model, load_recipe("student"), path)


def _fill(norm: Any, bias: NDArray[np.float32], mean: NDArray[np.float32], variance: NDArray[np.float32]) -> None:
    norm.set_weights([np.sqrt(variance + norm.epsilon), bias + mean, mean, variance])


def _reader_of(model: Any, layer: Any) -> Any:
    """The batch norm that reads a convolution."""
    return next(other for other in model.layers if other is not layer and other.input is layer.output)


def _convolutions(tflite: bytes) -> list[tuple[NDArray[np.float32], NDArray[np.float32]]]:
    """Kernels and biases in the order of the graph, as real numbers."""
    from ai_edge_litert.interpreter import Interpreter

    with quiet():
        interpreter = Interpreter(model_content=tflite, num_threads=1)
        interpreter.allocate_tensors()
    details = {tensor["index"]: tensor for tensor in interpreter.get_tensor_details()}
    found = []
    for operation in interpreter._get_ops_details():  # noqa: SLF001 - there is no public way to list them
        if operation["op_name"] in {"CONV_2D", "DEPTHWISE_CONV_2D"}:
            kernel, bias = (
                _real(interpreter.get_tensor(int(index)), details[int(index)]) for index in operation["inputs"][1:3]
            )
            found.append((kernel, bias))
    return found


def _real(values: NDArray[Any], details: dict[str, Any]) -> NDArray[np.float32]:
    scales = details["quantization_parameters"]["scales"]
    if not len(scales):
        return values.astype(np.float32)
    shape = [1] * values.ndim
    shape[int(details["quantization_parameters"]["quantized_dimension"])] = len(scales)
    return np.asarray(values * scales.reshape(shape), np.float32)
