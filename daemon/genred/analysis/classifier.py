"""The classifier: one window's features to calibrated log-probabilities, through LiteRT."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import numpy as np

from genred.analysis.native_messages import delegate_message_hidden
from genred.errors import BundleError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from genred.analysis.bundle import ModelBundle
    from genred.analysis.model_card import TensorSpec

MIN_PROBABILITY = 1e-7
"""Keeps the logarithm of a softmax output finite."""

_DTYPES = {"int8": np.int8, "float32": np.float32}


class Classifier:
    """Runs a bundle's network on one thread: many stations share a small board's cores better so.

    Not safe for use by two threads at once.

    Args:
        bundle: Checked by `load_bundle`.

    Raises:
        BundleError: The .tflite is no network, or its tensors are not those that the card describes.
    """

    def __init__(self, bundle: ModelBundle) -> None:
        # LiteRT takes tenths of a second to import; `genred --help` need not wait for it.
        from ai_edge_litert.interpreter import Interpreter  # noqa: PLC0415

        card = bundle.card
        try:
            with delegate_message_hidden():
                self._interpreter = Interpreter(model_content=bundle.tflite, num_threads=1)
                self._interpreter.allocate_tensors()
        except (ValueError, RuntimeError) as error:
            raise BundleError(f"{bundle.path.with_suffix('.tflite')}: not a usable TFLite network: {error}") from error
        inputs, outputs = self._interpreter.get_input_details(), self._interpreter.get_output_details()
        for name, details, spec in (("input", inputs, card.input), ("output", outputs, card.output)):
            _check_tensor(bundle, name, details, spec)
        self._input_index, self._output_index = inputs[0]["index"], outputs[0]["index"]
        self._card = card
        self.inference_s = 0.0
        """Seconds that the network has run so far."""
        self._offsets = np.asarray(card.logit_offsets or np.zeros(len(card.labels)), np.float64)

    def logits(self, features: NDArray[np.float32]) -> NDArray[np.float64]:
        """Gives the network's raw outputs as real numbers, before calibration.

        Args:
            features: float32 of the card's `features_shape`.

        Returns:
            (labels,) float64: logits, or log-probabilities for a network that ends in a softmax.
        """
        card = self._card
        values: NDArray[np.float32] | NDArray[np.int8] = features
        if card.input.dtype == "int8":
            quantized = np.rint(features / np.float32(card.input.scale)) + card.input.zero_point
            values = np.clip(quantized, -128, 127).astype(np.int8)
        self._interpreter.set_tensor(self._input_index, values.reshape(card.input.shape))
        started_at = time.perf_counter()
        self._interpreter.invoke()
        self.inference_s += time.perf_counter() - started_at
        output = self._interpreter.get_tensor(self._output_index)[0].astype(np.float64)
        if card.output.dtype == "int8":
            output = (output - card.output.zero_point) * card.output.scale
        if card.activation == "softmax":
            output = np.log(np.maximum(output, MIN_PROBABILITY))
        return np.asarray(output)

    def log_probabilities(self, features: NDArray[np.float32]) -> NDArray[np.float64]:
        """Gives calibrated log-probabilities, (labels,) float64."""
        return self.calibrated(self.logits(features))

    def calibrated(self, logits: NDArray[np.float64]) -> NDArray[np.float64]:
        """Makes log-probabilities, (labels,) float64, of logits: temperature, then offsets, then log-softmax."""
        scores = logits / self._card.temperature + self._offsets
        scores -= scores.max()
        return np.asarray(scores - np.log(np.exp(scores).sum()))


def _check_tensor(bundle: ModelBundle, name: str, details: list[dict[str, Any]], spec: TensorSpec) -> None:
    path = bundle.path
    if len(details) != 1:
        raise BundleError(f"{path}: field `{name}`: the .tflite has {len(details)} tensors there, one is expected")
    shape = tuple(int(size) for size in np.asarray(details[0]["shape"]))
    if shape != spec.shape:
        raise BundleError(f"{path}: field `{name}.shape`: is {spec.shape}, the .tflite has {shape}")
    if details[0]["dtype"] is not _DTYPES[spec.dtype]:
        found = np.dtype(details[0]["dtype"]).name
        raise BundleError(f"{path}: field `{name}.dtype`: is {spec.dtype}, the .tflite has {found}")
    if spec.dtype == "int8":
        scale, zero_point = details[0]["quantization"]
        if not np.isclose(scale, spec.scale, rtol=1e-5) or int(zero_point) != spec.zero_point:
            raise BundleError(
                f"{path}: field `{name}.scale`: is {spec.scale} with zero point {spec.zero_point}, "
                f"the .tflite has {scale} with {zero_point}"
            )
