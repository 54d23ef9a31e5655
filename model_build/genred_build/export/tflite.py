"""TFLite: networks to flat buffers, and flat buffers to logits."""

from __future__ import annotations

import platform
import time
from typing import TYPE_CHECKING, Any

import numpy as np

from genred.analysis.model_card import TensorSpec
from genred_build.quiet import quiet
from genred_build.spec.recipe import Scheme

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

MACHINE = platform.machine().replace("_", "-")
"""Whose latencies are measured here, as in `x86-64`."""


def convert(model: Any, scheme: Scheme, representative: NDArray[np.float32], *, float_convolutions: int = 0) -> bytes:
    """Converts a Keras model that runs on TensorFlow.

    Args:
        model: Input (batch, frames, bands, 1).
        scheme: How weights and activations are stored.
        representative: (windows, frames, bands) of the training part; int8 takes its ranges from them.
        float_convolutions: For `SELECTIVE_INT8`: how many convolutions at the start stay float.

    Returns:
        The .tflite file's bytes.
    """
    with quiet():
        if scheme is Scheme.SELECTIVE_INT8:
            return _selective(model, representative, float_convolutions)
        return bytes(_converter(model, scheme, representative).convert())


class LiteRtNetwork:
    """A .tflite on one thread, as the daemon runs it.

    Args:
        tflite: The file's bytes.
    """

    def __init__(self, tflite: bytes) -> None:
        from ai_edge_litert.interpreter import Interpreter

        with quiet():
            self._interpreter = Interpreter(model_content=tflite, num_threads=1)
            self._interpreter.allocate_tensors()
        (self._input,) = self._interpreter.get_input_details()
        (self._output,) = self._interpreter.get_output_details()
        self.input = _tensor_spec(self._input)
        self.output = _tensor_spec(self._output)

    def logits(self, features: NDArray[np.float32]) -> tuple[NDArray[np.float64], float]:
        """Runs windows one by one.

        Args:
            features: (windows, frames, bands) float32.

        Returns:
            (windows, labels) float64 logits, and the median milliseconds of `invoke`.
        """
        rows, times_s = [], []
        for window in features:
            values: NDArray[Any] = window
            if self.input.dtype == "int8":
                quantized = np.rint(window / np.float32(self.input.scale)) + self.input.zero_point
                values = np.clip(quantized, -128, 127).astype(np.int8)
            self._interpreter.set_tensor(self._input["index"], values.reshape(self.input.shape))
            started = time.perf_counter()
            self._interpreter.invoke()
            times_s.append(time.perf_counter() - started)
            output = self._interpreter.get_tensor(self._output["index"])[0].astype(np.float64)
            if self.output.dtype == "int8":
                output = (output - self.output.zero_point) * self.output.scale
            rows.append(output)
        return np.stack(rows), float(np.median(times_s) * 1e3)

    def float_operations(self) -> int:
        """How many convolutions and dense layers work on float32."""
        names = {"CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"}
        interpreter = self._interpreter
        kinds = {tensor["index"]: tensor["dtype"] for tensor in interpreter.get_tensor_details()}
        return sum(
            operation["op_name"] in names and kinds.get(int(operation["outputs"][0])) is np.float32
            for operation in interpreter._get_ops_details()  # noqa: SLF001 - there is no public way to list them
        )


def _tensor_spec(details: dict[str, Any]) -> TensorSpec:
    scale, zero_point = details["quantization"]
    shape = tuple(int(size) for size in details["shape"])
    if details["dtype"] is np.int8:
        return TensorSpec("int8", shape, float(scale), int(zero_point))
    return TensorSpec("float32", shape)


def _converter(model: Any, scheme: Scheme, representative: NDArray[np.float32]) -> Any:
    import tensorflow as tf

    def windows() -> Iterator[list[NDArray[np.float32]]]:
        for window in representative:
            yield [window[None, ..., None]]

    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    if scheme is Scheme.FLOAT:
        return converter
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if scheme is Scheme.FLOAT16:
        converter.target_spec.supported_types = [tf.float16]
    elif scheme is not Scheme.DYNAMIC:
        converter.representative_dataset = windows
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    if scheme is Scheme.FULL_INT8:
        converter.inference_input_type = tf.int8
        converter.inference_output_type = tf.int8
    return converter


def _selective(model: Any, representative: NDArray[np.float32], float_convolutions: int) -> bytes:
    import tensorflow as tf

    def windows() -> Iterator[list[NDArray[np.float32]]]:
        for window in representative:
            yield [window[None, ..., None]]

    # The converter names operations by their outputs, and only it knows them: a first conversion tells.
    whole = LiteRtNetwork(bytes(_converter(model, Scheme.FULL_INT8, representative).convert()))
    interpreter = whole._interpreter  # noqa: SLF001 - as above
    names = {tensor["index"]: tensor["name"] for tensor in interpreter.get_tensor_details()}
    convolutions = [
        names[int(operation["outputs"][0])]
        for operation in interpreter._get_ops_details()  # noqa: SLF001
        if operation["op_name"] in {"CONV_2D", "DEPTHWISE_CONV_2D"}
    ]
    debugger = tf.lite.experimental.QuantizationDebugger(
        converter=_converter(model, Scheme.FULL_INT8_FLOAT_IO, representative),
        debug_dataset=windows,
        debug_options=tf.lite.experimental.QuantizationDebugOptions(denylisted_nodes=convolutions[:float_convolutions]),
    )
    return bytes(debugger.get_nondebug_quantized_model())
