"""The last layer of a finished .tflite: read, looked at from before, and put in anew, without TensorFlow.

All that a network hears is in the numbers that its last dense layer reads; which words it makes of them is that layer
alone. A layer with other words, or fitted anew, takes its place in the flat buffer, and every other byte of the network
keeps its meaning: what it hears stays exactly what it was, and it takes seconds on any machine.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from genred_build.errors import BuildError
from genred_build.export.rounding import round_layer

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from genred.analysis.model_card import Patches, Quantization

_IDENTIFIER = b"TFL3"

_BEYOND_THE_MEAN = 1.4
"""So much further than any mean over a window's patches, a single patch may go."""


@dataclass(frozen=True, slots=True)
class LastLayer:
    """A dense layer from what the network hears to a logit a word.

    Attributes:
        kernel: (hearing, words) float.
        bias: (words,) float.
    """

    kernel: NDArray[np.float64]
    bias: NDArray[np.float64]

    def logits(self, heard: NDArray[np.floating]) -> NDArray[np.float64]:
        """(windows, hearing) to (windows, words)."""
        return np.asarray(heard @ self.kernel + self.bias, np.float64)


def read_last_layer(tflite: bytes) -> LastLayer:
    """Gives the last layer's weights as real numbers.

    Raises:
        BuildError: The network does not end in a dense int8 layer.
    """
    opened = _Opened(tflite)
    kernel, bias = opened.tensor(opened.dense.inputs[1]), opened.tensor(opened.dense.inputs[2])
    scales = np.asarray(kernel.quantization.scale, np.float64).reshape(-1, 1)
    values = opened.values(kernel, np.int8).reshape(kernel.shape) * scales
    biases = opened.values(bias, np.int32) * np.asarray(bias.quantization.scale, np.float64)
    return LastLayer(values.T, biases)


def hearing_network(tflite: bytes) -> bytes:
    """Gives the network without its last layer: its output is what that layer would have read.

    Raises:
        BuildError: As `read_last_layer`.
    """
    opened = _Opened(tflite)
    heard = opened.dense.inputs[0]
    opened.graph.operators.pop()
    opened.graph.outputs = [heard]
    for signature in opened.model.signatureDefs or ():
        signature.outputs[0].tensorIndex = heard
    return opened.packed()


def hearing_digest(tflite: bytes) -> str:
    """Names all of a network but its last layer: equal before and after that was put in anew.

    Raises:
        BuildError: As `read_last_layer`.
    """
    opened = _Opened(tflite)
    digest = hashlib.sha256()
    for operator in opened.graph.operators[:-1]:
        for index in operator.inputs:
            data = opened.model.buffers[opened.tensor(index).buffer].data if index >= 0 else None
            digest.update(b"" if data is None else bytes(data))
    return digest.hexdigest()


def with_last_layer(
    tflite: bytes, layer: LastLayer, heard: NDArray[np.floating], *, patches: Patches | None = None
) -> bytes:
    """Puts another last layer into a network, in int8.

    Args:
        tflite: The network.
        layer: Any number of words.
        heard: (windows, hearing) typical output of `hearing_network`, from which the range of the logits is taken.
        patches: What the network reads at once: one patch is surer of itself than the mean of a window's.

    Raises:
        BuildError: As `read_last_layer`, or the layer reads another number of values than the network gives.
    """
    opened = _Opened(tflite)
    source, kernel, bias, output = (
        opened.tensor(index) for index in (*opened.dense.inputs[:3], opened.dense.outputs[0])
    )
    if layer.kernel.shape[0] != kernel.shape[1]:
        raise BuildError(f"the layer reads {layer.kernel.shape[0]} values, the network gives {kernel.shape[1]}")
    words = layer.kernel.shape[1]
    rounded = round_layer(layer.kernel, layer.bias, heard)
    opened.fill(kernel, rounded.kernel.T, rounded.scales)
    bias_scales = rounded.scales * float(source.quantization.scale[0])
    opened.fill(bias, np.rint(rounded.bias / bias_scales).astype(np.int32), bias_scales)
    logits = layer.logits(heard)
    beyond = 1.0 if patches is None else _BEYOND_THE_MEAN
    low, high = min(0.0, float(logits.min())) * beyond, max(0.0, float(logits.max())) * beyond
    scale = max(high - low, 1e-6) / 255
    output.quantization.scale = np.array([scale], np.float32)
    output.quantization.zeroPoint = np.array([round(-128 - low / scale)], np.int64)
    output.shape = np.array([1, words], np.int32)
    if output.shapeSignature is not None:
        output.shapeSignature = np.array([-1, words], np.int32)
    return opened.packed()


def rounding_figures(
    given: Quantization, layer: LastLayer, tflite: bytes, heard: NDArray[np.floating], truth: NDArray[np.int64]
) -> Quantization:
    """Compares a layer that was put in anew with its int8 form; what comes before it is int8 already.

    Args:
        given: Figures of the network as it was before, for the scheme.
        layer: As it was fitted.
        tflite: The network with it.
        heard: (windows, hearing) what the network hears.
        truth: (windows,) words.
    """
    exact, rounded = (each.logits(heard).argmax(axis=1) for each in (layer, read_last_layer(tflite)))
    return msgspec.structs.replace(
        given,
        agreement=round(float((exact == rounded).mean()), 4),
        windows=len(heard),
        accuracy_change=round(float((rounded == truth).mean() - (exact == truth).mean()), 4),
    )


class _Opened:
    """A flat buffer as objects that can be changed.

    Args:
        tflite: Its bytes.

    Raises:
        BuildError: It is no network of one graph that ends in a dense int8 layer.
    """

    def __init__(self, tflite: bytes) -> None:
        from ai_edge_litert import schema_py_generated as schema

        if tflite[4:8] != _IDENTIFIER:
            raise BuildError("the network is not a TFLite file")
        self.model: Any = schema.ModelT.InitFromPackedBuf(tflite)
        self.graph: Any = self.model.subgraphs[0]
        self.dense: Any = self.graph.operators[-1]
        code = self.model.operatorCodes[self.dense.opcodeIndex]
        dense = max(code.builtinCode, code.deprecatedBuiltinCode) == schema.BuiltinOperator.FULLY_CONNECTED
        whole = len(self.model.subgraphs) == 1 and list(self.dense.outputs) == list(self.graph.outputs)
        if not dense or not whole or len(self.dense.inputs) != 3:
            raise BuildError("the network does not end in a dense layer with a bias")
        kernel = self.tensor(self.dense.inputs[1])
        if kernel.type != schema.TensorType.INT8:
            raise BuildError("the network's last layer is not int8")

    def tensor(self, index: int) -> Any:
        return self.graph.tensors[index]

    def values(self, tensor: Any, kind: type[np.generic]) -> NDArray[Any]:
        return np.frombuffer(bytes(self.model.buffers[tensor.buffer].data), kind)

    def fill(self, tensor: Any, values: NDArray[Any], scales: NDArray[np.float64]) -> None:
        self.model.buffers[tensor.buffer].data = np.frombuffer(values.tobytes(), np.uint8)
        tensor.shape = np.array(values.shape, np.int32)
        tensor.quantization.scale = scales.astype(np.float32)
        tensor.quantization.zeroPoint = np.zeros(len(scales), np.int64)

    def packed(self) -> bytes:
        import flatbuffers  # type: ignore[import-untyped]

        builder = flatbuffers.Builder(1 << 20)
        builder.Finish(self.model.Pack(builder), _IDENTIFIER)
        return bytes(builder.Output())
